"""Payments of a day as one file of the tax office: taken as a whole, row by row the same as single messages."""
