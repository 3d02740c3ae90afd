"""Know what is wrong in old land: find it, list it worst first, count it day by day, suggest what would mend it."""
