"""Messages of the tax sector's gateway (GIP style): one adapter between their envelope and our services."""
