"""Describe the tile layers of planning: `zones` (surfaces of plans) and `restrictions` (corridors, lines, marks)."""

from __future__ import annotations

from landsvc.geo.tiles import Layer
from landsvc.planning.queries import SQL

FIELDS = {
    "id": "Number of the zone",
    "theme": "Code of the theme",
    "plan": "Code of the plan",
    "code": "Code of the zone",
    "name": "Name",
    "name_en": "Name in English",
    "use": "Planned land use",
    "status": "inForce or pending",
    "accuracy": "How far its edge may be off, metres",
}


def layers() -> tuple[Layer, ...]:
    """Return the layers `zones` and `restrictions`."""
    return (
        Layer("zones", "Khu vực quy hoạch (zones)", SQL["zone_tile"], FIELDS),
        Layer("restrictions", "Hành lang, chỉ giới, mốc (restrictions)", SQL["restriction_tile"], FIELDS),
    )
