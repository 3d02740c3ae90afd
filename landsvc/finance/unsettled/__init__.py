"""Payments somebody must still look at: of no known parcel, on no line, too much, late, or on what is no more owed."""
