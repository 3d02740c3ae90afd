"""Read what GDAL reads: choose a layer, learn what is in it, and take it in batches.

`inspect` says what a file holds and how its text seems to be written; `read_batches` yields geometries and
columns in the file's own system. No transformation happens here: GDAL's choice of datum shift is not ours.
"""

from landsvc.geo.formats.read import Batch, Notes, read_batches
from landsvc.geo.formats.source import Field, Layer, SourceInfo, inspect

__all__ = ["Batch", "Field", "Layer", "Notes", "SourceInfo", "inspect", "read_batches"]
