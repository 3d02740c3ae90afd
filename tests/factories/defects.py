"""Lay land that is wrong in known ways: one overlap, one gap, one drift, one sliver, one spike, each of a known size.

Metres from the origin of the test land:

    y 30 +--------+--------+~~+   1 and 2 overlap by 0.4 x 30 = 12 m² (x 19.6 to 20); 4 is a sliver of 0.2 x 30 m
         |   1    |   2    |  |   between 2 and 3 lies a gap of 0.3 x 30 = 9 m² (x 40 to 40.3)
    y 0  +--------+--------+--+   5 is registered 30 m² larger than its 600 m²; 6 has a spike of about 1.1 degrees
"""

from __future__ import annotations

from typing import Any

import psycopg
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, box, polygon
from tests.factories.drafts import rules

PARCELS = 6


def lay(conn: psycopg.Connection[Any]) -> dict[str, int]:
    """Make the land; return its units by number."""
    sheet = make.series(conn, make.commune(conn))
    rules(conn)
    why = make.record(conn)
    first = make.parcel(conn, box(0, 0, 20, 30), number="1", series_id=sheet)
    # The overlap is admitted as an import admits it, before the trigger judges the second parcel.
    conn.execute(
        "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s)",
        (why,),
    )
    second = int(make.one(conn, "SELECT max(id) FROM cadastre.parcel_unit"))
    conn.execute(
        "INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id)"
        " VALUES (%s, %s, ST_GeomFromText(%s, %s), %s)",
        (first, second, box(19.6, 0, 0.4, 30), SRID, why),
    )
    make.lock(conn, box(0, 0, 60, 60))
    make.version(conn, second, why, box(19.6, 0, 20.4, 30))
    conn.execute(
        "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, used, record_id)"
        " VALUES (%s, %s, '12', '2', '[2012-01-01,)', %s)",
        (second, sheet, why),
    )
    units = {"1": first, "2": second}
    units["3"] = make.parcel(conn, box(40.3, 0, 19.7, 30), number="3", series_id=sheet)
    units["4"] = make.parcel(conn, box(60, 0, 0.2, 30), number="4", series_id=sheet)
    units["5"] = make.parcel(conn, box(60.2, 0, 20, 30), number="5", series_id=sheet, area=630)
    spiked = polygon((80.2, 0), (100.2, 0), (100.2, 14.9), (115.2, 15), (100.2, 15.2), (100.2, 30), (80.2, 30))
    units["6"] = make.parcel(conn, spiked, number="6", series_id=sheet)
    road = "((0 -8, 116 -8, 116 0, 100.2 0, 80.2 0, 60.2 0, 60 0, 40.3 0, 40 0, 20 0, 19.6 0, 0 0, 0 -8))"
    corners = [tuple(map(float, pair.split())) for pair in road.strip("()").split(", ")][:-1]
    make.parcel(conn, polygon(*corners), kind="object", uses={"DGT": 928})
    extent(conn, why, polygon((0, -8), (100.2, -8), (100.2, 30), (0, 30)))
    return units


def extent(conn: psycopg.Connection[Any], why: int, geom: str, commune: str = "25195") -> None:
    """Declare land of a commune as mapped."""
    conn.execute(
        "INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom)"
        " VALUES (%s, %s, ST_Multi(ST_GeomFromText(%s, %s)))",
        (commune, why, geom, SRID),
    )
