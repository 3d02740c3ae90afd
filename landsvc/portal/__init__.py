"""Show citizens the map and the answer; own no table."""
