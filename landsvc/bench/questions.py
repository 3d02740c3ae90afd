"""The hot questions: our address and statement for each, the reference it is measured against, floor and aim.

Floors are shares of the limit our HTTP must reach. Aims are what would put us ahead of the best peer measured
with the reference (its requests over the limit of that run, times the factor wanted): docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN_SQL_FLOOR = 0.7
"""Our own SQL must reach this share of the reference SQL."""
GROWTH_CEILING = 0.15
"""Highest exponent of p50 over the number of parcels for an interactive question."""


@dataclass(frozen=True)
class Question:
    """One thing clients ask all day."""

    name: str
    reference: str
    """File of the reference SQL, without `.sql`."""
    path: str
    """Our address; `{column}` are columns of bench.ours."""
    room: str
    statement: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Parameters of our statement as SQL over the sample row `o`."""
    floor: float = 0.0
    aim: float | None = None
    fresh: bool = False
    """Whether no tile may come from the cache."""
    kept: bool = False
    """Whether every tile shall come from the cache."""


TODAY = {"valid_at": "CAST(cadastre.today() AS date)"}


def _tile(z: int, floor: float, aim: float) -> Question:
    return Question(
        f"fresh tile z{z}",
        f"mvtB_{z}",
        f"/tiles/parcels/{z}/{{x{z}}}/{{y{z}}}.mvt",
        "cadastre",
        "parcel_tile",
        {"z": str(z), "x": f"o.x{z}", "y": f"o.y{z}"},
        floor,
        aim,
        fresh=True,
    )


QUESTIONS = (
    Question(
        "parcel by code",
        "item",
        "/api/v1/parcels/{code}",
        "cadastre",
        "parcel_by_code",
        {"code": "o.code"},
        0.05,
        3.5 * 945 / 50_700,
    ),
    Question(
        "parcel by number",
        "search_ref",
        "/api/v1/parcels/{commune}-{sheet}-{number}",
        "cadastre",
        "parcel_by_number",
        {"commune": "o.commune", "years": "CAST('(,)' AS daterange)", "sheet": "o.sheet", "number": "o.number"},
        0.06,
        3.5 * 633 / 40_500,
    ),
    Question(
        "box of about 95",
        "bbox_cat4326",
        "/api/v1/parcels?bbox={west},{south},{east},{north}&limit=500",
        "cadastre",
        "parcels_in_box",
        {name: f"o.{name}" for name in ("west", "south", "east", "north")} | {"after": "0", "page": "500"},
        0.20,
        4 * 370 / 5_400,
    ),
    Question(
        "point with zones",
        "point_part",
        "/api/v1/lookup?lon={lon}&lat={lat}",
        "planning",
        "answer_kept",
        {"unit_id": "CAST(NULL AS bigint)", "code": "CAST(NULL AS text)", "x": "o.x", "y": "o.y"} | TODAY,
        0.08,
        2.5 * 661 / 17_300,
    ),
    Question(
        "extract of a parcel",
        "overlay_table",
        "/api/v1/parcels/{code}/planning",
        "planning",
        "answer_kept",
        {
            "unit_id": "CAST(NULL AS bigint)",
            "code": "o.code",
            "x": "CAST(NULL AS float8)",
            "y": "CAST(NULL AS float8)",
        }
        | TODAY,
        0.04,
    ),
    _tile(14, 0.75, 1.25 * 43 / 60),
    _tile(15, 0.75, 1.25 * 99 / 156),
    _tile(16, 0.65, 1.25 * 223 / 475),
    _tile(17, 0.45, 1.1 * 774 / 1_462),
    Question(
        "cached tile z14",
        "mvt_cache_14",
        "/tiles/parcels/14/{x14}/{y14}.mvt",
        "geo",
        "tile_cached",
        {"layer": "'parcels'", "z": "14", "x": "o.x14", "y": "o.y14", "known_etag": "CAST(NULL AS text)"},
        0.3,
        kept=True,
    ),
)
