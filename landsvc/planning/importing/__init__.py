"""Take in plans and zones: read, judge, load in one transaction, report."""
