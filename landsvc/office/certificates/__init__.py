"""Show certificates to officers, print and sign their sheets, keep blanks and books."""
