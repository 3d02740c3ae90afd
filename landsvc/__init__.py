"""Keep the land register of a province: parcels, planning, look-up."""

import os

__version__ = "0.1.0"

LEADING_ELSEWHERE = (
    *("OGR_VRT", "GDALG", "GPSBabel", "WFS", "OAPIF", "OGCAPI", "CSW", "HTTP", "EEDA", "ADBC"),
    *("Elasticsearch", "Carto", "AmigoCloud", "PLSCENES", "NGW"),
)
"""Formats of GDAL that name other files, addresses or programs. It tells a format by its content, so a file from
outside, whatever its name ends in, could have us read any file of this machine or call any address."""

# GDAL looks here once, when it is first imported: nothing of ours is imported before this.
# A process that one of ours started has inherited the list: GDAL warns of a format that is named twice.
_SKIPPED = [name for name in os.environ.get("OGR_SKIP", "").split(",") if name]
os.environ["OGR_SKIP"] = ",".join(dict.fromkeys([*_SKIPPED, *LEADING_ELSEWHERE]))
