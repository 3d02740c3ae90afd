"""Take in registers of older systems, and let a person match what did not find its parcel."""
