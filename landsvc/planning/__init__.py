"""Keep plans, zones and restrictions, and answer what land may be used for (quy hoạch)."""
