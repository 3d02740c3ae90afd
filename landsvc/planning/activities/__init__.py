"""What may be done on a piece of land: a decision table by use and zone, kept as data."""
