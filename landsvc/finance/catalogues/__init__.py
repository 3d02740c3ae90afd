"""Code lists that the tax office and we share: dated, each with its source and how certain it is."""
