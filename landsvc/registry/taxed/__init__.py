"""What the tax office's machine may see of land: a parcel with its money, or what a taxpayer holds."""
