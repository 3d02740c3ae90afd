"""What is done to rights and parcels as an office counts it: transactions (giao dịch, biến động)."""
