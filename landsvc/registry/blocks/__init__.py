"""What stops changes of hands: disputes, seizures, block notices and recoveries, and how they are lifted."""
