"""What banks, portals and counters tell of money they took: signed messages, and each day's list."""
