"""Land prices (bảng giá đất): tables by decision, where parcels stand in them, and what land costs on a day."""
