"""Measure our answers against the limit of the database itself: reference SQL by pgbench, in the same run."""
