"""Hold what every room needs and knows nothing of land: configuration, database, errors, time."""
