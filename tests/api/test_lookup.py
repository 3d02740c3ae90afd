"""One look-up tells the parcel at a place and what plans say about it; a bad question is named."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.geo import crs

from tests.factories import cadastre as land
from tests.factories import planning as plans

PARCEL = (0.0, 0.0, 20.0, 10.0)


@pytest.fixture
def town(fresh_db: str) -> dict[str, int]:
    """Two parcels under a land-use plan with two zones; a power line; heritage is covered and empty."""
    with psycopg.connect(fresh_db) as conn:
        unit = land.commune(conn)
        sheet = land.series(conn, unit)
        made = {
            "345": land.parcel(
                conn, land.box(*PARCEL), number="345", series_id=sheet, uses={"ODT": 120.0, "CLN": 80.5}
            ),
            "346": land.parcel(conn, land.box(20, 0, 20, 10), number="346", series_id=sheet),
        }
        plans.themes(conn)
        plan = plans.plan(conn)
        plans.coverage(conn, plan, land.box(-100, -100, 500, 500))
        plans.coverage(conn, plan, land.box(-100, -100, 500, 500), theme="heritage")
        plans.zone(conn, plan, land.box(-50, -50, 55.3, 200))
        plans.zone(conn, plan, land.box(5.3, -50, 100, 200), code="ODT", use_code="ODT")
        plans.refresh(conn)
    return made


def lonlat(x: float, y: float) -> dict[str, float]:
    """Return the longitude and latitude of a place given in metres from the origin."""
    lon, lat = crs.transform_point(land.X0 + x, land.Y0 + y, land.SRID, crs.WGS84, "B")
    return {"lon": lon, "lat": lat}


def look_up(client, **query):
    return client.get("/api/v1/lookup", query_string=query)


def theme(answer, code: str) -> dict:
    return next(row for row in answer.json["themes"] if row["code"] == code)


def test_place_tells_parcel_and_zones(client, town):
    answer = look_up(client, **lonlat(3, 3))
    assert answer.status_code == 200, answer.json
    parcel = answer.json["parcel"]
    assert (parcel["ref"], parcel["legalAreaM2"]) == ("25195-12-345", 200.5)
    assert [(use["code"], use["name"], use["areaM2"]) for use in parcel["uses"]] == [
        ("ODT", "Đất ở tại đô thị", 120.0),
        ("CLN", "Đất trồng cây lâu năm", 80.5),
    ]
    plan = theme(answer, "land_use_plan")
    assert plan["state"] == "affected"
    assert [(zone["code"], zone["areaM2"]) for zone in plan["zones"]] == [("ODT", 147.4), ("DGT", 53.1)]
    assert (plan["areaM2"], plan["sharePct"]) == (200.5, 100.0)
    assert theme(answer, "heritage")["state"] == "notAffected"
    assert theme(answer, "zoning")["state"] == "withoutData"
