"""Keep administrative units, sheets, parcels and their versions (địa chính; LADM spatial units)."""
