"""Rasters: take in orthophotos, scanned plans and elevation models, and draw tiles of them.

Only `source`, `writing` and `drawing` import rasterio, and only when a raster is taken in or drawn: it costs 50 MB.
"""
