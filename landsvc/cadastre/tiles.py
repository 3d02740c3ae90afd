"""Describe the cadastre's tile layers."""

from __future__ import annotations

from landsvc.core.sql import statements
from landsvc.geo.tiles import Layer

SQL = statements("cadastre", "queries_tiles.sql")


def layers() -> tuple[Layer, ...]:
    """Return the layers `parcels` (from zoom 13) and `units`."""
    return (
        Layer(
            "parcels",
            "Thửa đất (parcels)",
            SQL["parcel_tile"],
            {
                "id": "Number of the unit",
                "use": "Land-use codes, joined by +",
                "commune": "Commune that issued the number: first part of {commune}-{sheet}-{no}; from zoom 16. The"
                " feature's id opens the one parcel: /api/v1/parcels/unit-{id}",
                "sheet": "Map sheet (số tờ); from zoom 16",
                "no": "Parcel number (số thửa); from zoom 16",
                "ref": "Code of a parcel without a number; from zoom 16",
                "area": "Registered area, m²; from zoom 17",
            },
            min_zoom=13,
        ),
        Layer(
            "units",
            "Đơn vị hành chính (administrative units)",
            SQL["unit_tile"],
            {"id": "Number of the unit", "code": "Official code", "name": "Name", "level": "Level"},
        ),
    )
