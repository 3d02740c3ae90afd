"""Read what GDAL reads: choose a layer, learn what is in it, and take it in batches.

`inspect` says what a file holds and how its text seems to be written; `read_batches` yields geometries and
columns in the file's own system. `read_drawing` gives the lines and texts of a drawing, for who makes parcels of
them. No transformation happens here: GDAL's choice of datum shift is not ours.
"""

from landsvc.geo.formats.drawing import is_drawing
from landsvc.geo.formats.drawings import read_drawing
from landsvc.geo.formats.read import Batch, Notes, read_batches
from landsvc.geo.formats.source import Field, Layer, SourceInfo, inspect

__all__ = [
    "Batch",
    "Field",
    "Layer",
    "Notes",
    "SourceInfo",
    "inspect",
    "is_drawing",
    "read_batches",
    "read_drawing",
]
