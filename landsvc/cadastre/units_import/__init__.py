"""Import administrative units from whatever GDAL reads: `read` decides about each row, `run` writes and reports."""

from landsvc.cadastre.units_import.read import Options, Units, read_units
from landsvc.cadastre.units_import.run import Report, import_units

__all__ = ["Options", "Report", "Units", "import_units", "read_units"]
