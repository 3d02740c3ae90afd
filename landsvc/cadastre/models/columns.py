"""Say once how tables of `cadastre` are told, which type their geometry has, and since when a row is believed."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import text

from landsvc.core.config import WORKING_SRID

RECORDED = text("tstzrange(clock_timestamp(), NULL)")


def told(comment: str) -> dict[str, str]:
    """Return the last of `__table_args__`: the schema and what the table is."""
    return {"schema": "cadastre", "comment": comment}


def geometry(kind: str = "GEOMETRY", srid: int = WORKING_SRID) -> Geometry:
    """Return the type of a geometry column; its index, where it has one, stands with the table."""
    return Geometry(kind, srid=srid, spatial_index=False)
