"""One look-up tells the parcel at a place and what plans say about it; a bad question is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from landsvc.geo import crs, plus_code
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans

PARCEL = (0.0, 0.0, 20.0, 10.0)
CODE = "w6h185vu4rv5"


@pytest.fixture(scope="module")
def client(module_db: str):
    with application(settings_for(module_db)) as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def town(module_db: str) -> dict[str, int]:
    """Two parcels under a land-use plan with two zones, a red line and a mark; heritage is covered and empty."""
    with psycopg.connect(module_db) as conn:
        unit = land.commune(conn)
        sheet = land.series(conn, unit)
        made = {
            "345": land.parcel(
                conn,
                land.box(*PARCEL),
                number="345",
                series_id=sheet,
                uses={"ODT": 120.0, "CLN": 80.5},
                code=CODE,
            ),
            "346": land.parcel(conn, land.box(20, 0, 20, 10), number="346", series_id=sheet),
        }
        plans.themes(conn)
        plan = plans.plan(conn)
        plans.coverage(conn, plan, land.box(-100, -100, 500, 500))
        plans.coverage(conn, plan, land.box(-100, -100, 500, 500), theme="heritage")
        plans.zone(conn, plan, land.box(-50, -50, 55.3, 200))
        plans.zone(conn, plan, land.box(5.3, -50, 100, 200), code="ODT", use_code="ODT")
        line = f"LINESTRING({land.X0 - 50} {land.Y0 + 5},{land.X0 + 50} {land.Y0 + 5})"
        plans.zone(conn, plan, line, theme="road_line", accuracy=None)
        plans.zone(conn, plan, f"POINT({land.X0 + 1} {land.Y0 + 1})", theme="survey_mark")
        plans.refresh(conn)
    return made


def lonlat(x: float, y: float) -> dict[str, float]:
    """Return the longitude and latitude of a place given in metres from the origin."""
    lon, lat = crs.transform_point(land.X0 + x, land.Y0 + y, land.SRID, crs.WGS84, "B")
    return {"lon": lon, "lat": lat}


def look_up(client, **query):
    return client.get("/api/v1/lookup", query_string=query)


def theme(tree: dict, code: str) -> dict:
    return next(row for row in tree["themes"] if row["code"] == code)


def test_place_tells_parcel_and_zones(client, town):
    answer = look_up(client, **lonlat(3, 3))
    assert answer.status_code == 200, answer.json
    parcel = answer.json["parcel"]
    assert (parcel["ref"], parcel["legalAreaM2"], parcel["code"]) == ("25195-12-345", 200.5, CODE)
    assert [(use["code"], use["name"], use["areaM2"]) for use in parcel["uses"]] == [
        ("ODT", "Đất ở tại đô thị", 120.0),
        ("CLN", "Đất trồng cây lâu năm", 80.5),
    ]
    plan = theme(answer.json, "land_use_plan")
    assert plan["state"] == "affected"
    assert [(zone["code"], zone["areaM2"]) for zone in plan["zones"]] == [("ODT", 147.4), ("DGT", 53.1)]
    assert (plan["areaM2"], plan["sharePct"]) == (200.5, 100.0)
    assert theme(answer.json, "heritage")["state"] == "notAffected"
    assert theme(answer.json, "zoning")["state"] == "withoutData"


def test_zone_says_what_it_stands_on(client, town):
    zone = theme(look_up(client, **lonlat(3, 3)).json, "land_use_plan")["zones"][1]
    assert zone["plan"] | {"name": ""} == {
        "code": "QH-2030",
        "name": "",
        "nameEn": None,
        "level": "province",
        "decision": "1234/QĐ-UBND",
        "decidedOn": "2022-03-01",
        "authority": "UBND tỉnh",
        "status": "approved",
        "periodFrom": None,
        "periodTo": None,
    }
    assert (zone["status"], zone["validFrom"], zone["validTo"]) == ("inForce", "2022-03-01", None)
    assert (zone["sourceScale"], zone["accuracyM"], zone["color"]) == (5000, 1.5, "#ffaa32")
    assert zone["certainM2"] == 38.1  # (5.3 - 1.5) x 10 m, times 200.5 / 200
    assert round(zone["certainM2"] + zone["uncertainM2"], 1) == zone["areaM2"]


def test_lines_are_measured_and_points_counted(client, town):
    tree = look_up(client, **lonlat(3, 3)).json
    line, mark = theme(tree, "road_line"), theme(tree, "survey_mark")
    assert (line["lengthM"], line["areaM2"], line["zones"][0]["lengthM"]) == (20.0, None, 20.0)
    assert (mark["count"], mark["areaM2"], mark["zones"][0]["count"]) == (1, None, 1)


@pytest.mark.parametrize(
    "way",
    [
        {"parcel": "25195-12-345"},
        {"parcel": CODE},
        {"x": land.X0 + 3, "y": land.Y0 + 3, "srid": 9212},
        {"oldUnit": "25195", "sheet": "12", "number": "345"},
        {"plusCode": plus_code.encode(*lonlat(5, 5).values(), length=11)},
    ],
    ids=lambda way: "-".join(way),
)
def test_every_way_leads_to_the_same_tree(client, town, way):
    expected = look_up(client, **lonlat(3, 3)).json
    answer = look_up(client, **way)
    assert answer.status_code == 200, answer.json
    assert answer.json | {"knownAt": ""} == expected | {"knownAt": ""}


def test_plus_code_with_an_unescaped_plus_is_read_all_the_same(client, town):
    code = plus_code.encode(*lonlat(5, 5).values(), length=11)
    answer = client.get(f"/api/v1/lookup?plusCode={code}")
    assert answer.status_code == 200, answer.json
    assert answer.json["parcel"]["ref"] == "25195-12-345"


def test_extract_is_the_same_tree(client, town):
    expected = look_up(client, parcel="25195-12-345").json
    answer = client.get("/api/v1/parcels/25195-12-345/planning")
    assert answer.status_code == 200, answer.json
    tree = answer.get_json()
    number = tree.pop("extractId")
    assert number.startswith("QH-")
    assert datetime.fromisoformat(tree.pop("issuedAt")) <= datetime.now(UTC)
    assert tree.pop("verify") == f"/verify/{number}"
    assert {"issuer", "notice"} <= tree.keys()
    same = {name: tree[name] for name in expected.keys() - {"knownAt", "withheld"}}
    assert same == {name: expected[name] for name in same}
    assert [row["rule"] for row in tree["withheld"]] == [row["rule"] for row in expected["withheld"]]


def test_place_without_parcel_still_tells_its_themes(client, town):
    answer = look_up(client, **lonlat(45, 3))
    assert (answer.status_code, answer.json["code"]) == (404, "no-parcel-here")
    assert theme(answer.json, "land_use_plan")["zones"][0]["code"] == "ODT"
    assert theme(answer.json, "heritage")["state"] == "notAffected"
    assert theme(answer.json, "zoning")["state"] == "withoutData"


def test_place_outside_the_province_is_named_so(client, town):
    answer = look_up(client, lon=105.8, lat=21.0)
    assert (answer.status_code, answer.json["code"]) == (404, "outside-province")


def test_accuracy_circle_lists_the_candidates(client, town):
    answer = look_up(client, accuracyM=5, **lonlat(19, 5))
    assert [(row["label"], row["distanceM"]) for row in answer.json["candidates"]] == [
        ("12/345", 0.0),
        ("12/346", 1.0),
    ]
    assert answer.json["parcel"]["ref"] == "25195-12-345"


def test_accuracy_circle_finds_a_parcel_beside_the_place(client, town):
    answer = look_up(client, accuracyM=5, **lonlat(-2, 5))
    assert answer.status_code == 200
    assert answer.json["parcel"]["ref"] == "25195-12-345"


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({}, "ask-one-way", "place"),
        ({"lon": 106, "lat": 11, "parcel": "x"}, "ask-one-way", "lat"),
        ({"lon": 106}, "incomplete-place", "lat"),
        ({"x": 1, "y": 2}, "incomplete-place", "srid"),
        ({"oldUnit": "25195", "number": "1"}, "incomplete-place", "sheet"),
        ({"lon": "nan", "lat": 11}, "invalid-input", "lon"),
        ({"lon": 200, "lat": 11}, "invalid-input", "lon"),
        ({"lon": "east", "lat": 11}, "invalid-input", "lon"),
        ({"x": 1, "y": 2, "srid": 1234}, "unknown-srid", "srid"),
        ({"x": 9e8, "y": 9e8, "srid": 9212}, "outside-province", None),
        ({"plusCode": "hello"}, "bad-plus-code", "plusCode"),
        ({"parcel": "no such thing"}, "malformed-reference", "parcel"),
        ({"parcel": "25195-12-345", "validAt": "yesterday"}, "invalid-input", "validAt"),
        ({"parcel": "25195-12-345", "validAt": "1899-12-31"}, "time-out-of-range", "validAt"),
        ({"parcel": "25195-12-345", "knownAt": "2026-01-01"}, "invalid-input", "knownAt"),
        ({"parcel": "25195-12-345", "knownAt": "2026-01-01T00:00:00"}, "invalid-input", "knownAt"),
        ({"parcel": "25195-12-345", "knownAt": "1700000000"}, "invalid-input", "knownAt"),
        ({"parcel": "25195-12-345", "radius": "3"}, "invalid-input", "radius"),
    ],
)
def test_bad_question_is_named(client, town, query, code, field):
    answer = look_up(client, **query)
    assert answer.status_code == (404 if field is None else 400), answer.json
    assert (answer.json["code"], answer.json.get("field")) == (code, field)
    assert answer.content_type == "application/problem+json"


def test_nobody_knows_the_future(client, town):
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = look_up(client, parcel="25195-12-345", knownAt=later)
    assert (answer.status_code, answer.json["code"]) == (400, "known-at-in-future")


def test_unknown_parcel_is_not_found(client, town):
    assert look_up(client, parcel="25195-12-999").status_code == 404
    assert client.get("/api/v1/parcels/25195-12-999/planning").status_code == 404


def test_unchanged_answer_is_not_sent_again(client, town):
    first = look_up(client, parcel="25195-12-345")
    again = client.get(
        "/api/v1/lookup",
        query_string={"parcel": "25195-12-345"},
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")


def test_answer_agrees_with_the_contract(client, town):
    tree = look_up(client, parcel="25195-12-345").json
    assert set(tree) >= {"parcel", "themes", "validAt", "knownAt", "withheld"}
    assert set(tree["parcel"]) >= {
        *("ref", "code", "commune", "numbers", "legalAreaM2", "computedAreaM2", "computedSrid", "uses"),
        *("validFrom", "version", "geometry"),
    }
    zone = theme(tree, "land_use_plan")["zones"][0]
    assert set(zone) >= {
        *("code", "name", "areaM2", "lengthM", "count", "sharePct", "certainM2", "uncertainM2", "status"),
        *("plan", "validFrom", "validTo", "sourceScale", "accuracyM"),
    }
    assert tree["withheld"] == [{"field": "holder", "rule": "privacy.holder"}]


def test_plans_are_listed_with_their_themes(client, town):
    answer = client.get("/api/v1/plans")
    (plan,) = answer.json["plans"]
    assert (plan["code"], plan["standing"], plan["validFrom"]) == ("QH-2030", "inForce", "2022-03-01")
    assert [row["code"] for row in plan["themes"]] == ["land_use_plan", "road_line", "survey_mark"]


def test_zones_come_in_pages(client, town):
    codes, url = [], "/api/v1/zones?limit=3"
    while url:
        page = json.loads(client.get(url).data)
        codes += [feature["properties"]["theme"] for feature in page["features"]]
        url = page.get("next")
    assert codes == ["land_use_plan", "land_use_plan", "road_line", "survey_mark"]


def test_zones_are_chosen_by_box_and_theme(client, town):
    place = lonlat(-20, 0)
    box = f"{place['lon']},{place['lat']},{place['lon'] + 1e-5},{place['lat'] + 1e-5}"
    found = client.get("/api/v1/zones", query_string={"bbox": box, "theme": "land_use_plan"}).json
    assert [feature["properties"]["code"] for feature in found["features"]] == ["DGT"]
    assert client.get("/api/v1/zones?bbox=3,2,1").json["code"] == "bad-bbox"
    assert client.get("/api/v1/zones?cursor=xx").json["code"] == "bad-cursor"
