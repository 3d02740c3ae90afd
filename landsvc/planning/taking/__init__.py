"""What public works that are planned would take of a parcel, and what would be left."""
