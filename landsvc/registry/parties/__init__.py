"""Who holds land: persons, couples, households, organisations, communities, groups and the State (LA_Party)."""
