"""The yearly data package for the tax office: every parcel on New Year's Day, and what changed since the one before."""
