"""The change feed: what the tax office follows of parcels, rights, slips, notices and payments, without a gap."""
