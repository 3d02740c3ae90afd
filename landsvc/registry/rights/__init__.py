"""What parties may do with land and what limits it: rights, restrictions, responsibilities (LA_RRR)."""
