"""Take parcels in from files: read, clean, put on the grid, node, judge, load in one transaction, report."""
