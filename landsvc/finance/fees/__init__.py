"""Fees of the office itself (phí, lệ phí): what its work costs, what was asked, paid, waived and paid back."""
