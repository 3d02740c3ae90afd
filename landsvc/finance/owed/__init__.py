"""Tell what is owed as the tax office states it, what of it is late, and about what being late costs."""
