"""Rasters: take in orthophotos, scanned plans and elevation models, and draw tiles of them.

Only `source`, `writing` and `drawing` import rasterio, and only when a raster is taken in or drawn: it costs 50 MB.
"""

import logging

# One list of formats is switched off for two builds of GDAL: each warns of the names only the other one knows.
logging.getLogger("rasterio._env").addFilter(lambda record: "GDAL_SKIP" not in record.getMessage())
