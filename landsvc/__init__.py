"""Keep the land register of a province: parcels, planning, look-up."""

__version__ = "0.1.0"
