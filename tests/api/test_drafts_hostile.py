"""Whatever somebody sends who means harm: a clear refusal that shows the place, nothing half done, and soon."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, box
from tests.factories.drafts import at, insert, merge, new_parcel, rules, split

REF, NEXT, APART = "25195-12-345", "25195-12-346", "25195-12-347"
CRS = f"EPSG:{SRID}"
PAPER = {"docNo": "15/QĐ-VPĐK"}


@pytest.fixture(scope="module")
def land(make_clone):
    """Two parcels side by side, one apart; a second commune five kilometres to the east."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn, geom=box(-5000, -5000, 10_000, 10_000)))
            make.commune(conn, "25432", name="Xã Tân Khai", geom=box(5000, -5000, 10_000, 10_000))
            rules(conn)
            make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 150})
            make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet, uses={"ODT": 600})
            make.parcel(conn, box(100, 0, 20, 30), number="347", series_id=sheet, uses={"ODT": 600})
        yield dsn


@pytest.fixture(scope="module")
def lan(land):
    with application(settings_for(land)) as app:
        client = app.test_client()
        sign_client_in(client, "processor")
        yield client


def draft(client) -> str:
    return f"/api/v1/drafts/{client.post('/api/v1/drafts', json={}).json['draft']}"


def by_area(*areas: float, **more: Any) -> dict[str, Any]:
    return {
        "op": "split_by_area",
        "parcels": [REF],
        "areasM2": list(areas),
        "parallelTo": {"bearingDeg": 0},
        **more,
    }


ZIGZAG = [at(-1 if step % 2 else 21, 1 + 28 * step / 1000) for step in range(1000)]
REFUSED = [
    (split(REF, (30, -3), (30, 33)), "line-does-not-cut"),
    (split(REF, *[(-1 if step % 2 else 21, 1 + step / 6) for step in range(170)]), "too-many-pieces"),
    (by_area(600.1), "areas-exceed-parcel"),
    (by_area(600.0), "areas-divide-nothing"),
    ({**by_area(100.0), "parallelTo": {"edge": [at(0, 0), at(0, 0)]}, "crs": CRS}, "edge-unknown"),
    ({"op": "split_by_area", "parcels": [REF], "fit": "minimum", "pieces": 100}, "minimum-binds"),
    ({"op": "move_points", "moves": [{"from": at(20, 0), "to": at(20, 40)}], "crs": CRS}, "corner-crosses-edge"),
    (merge(REF, APART), "parcels-do-not-touch"),
    (merge(REF, REF), "parcels-do-not-touch"),
    (new_parcel((15, 0), (25, 0), (25, 5), area=25.0), "geometry-overlaps"),
    (new_parcel((60, 60), (75, 70), (75, 60), (60, 70), area=100.0), "geometry-broken"),
    ({"op": "renumber", "parcels": [REF], "sheet": "12", "number": "346"}, "number-used"),
    ({"op": "set_uses", "parcels": [REF], "uses": [{"code": "ODT", "areaM2": 1}]}, "uses-sum"),
    (new_parcel((60, 60), (75, 60), (75, 70), area=75.0, commune="25432"), "map-series-missing"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=[code for _, code in REFUSED])
def test_a_refused_operation_shows_the_place_and_the_way_out_in_both_languages(lan, body, code):
    path = draft(lan)
    said = {lang: lan.post(f"{path}/operations", json=body,
                           headers={"Accept-Language": lang}) for lang in ("vi", "en")}  # fmt: skip
    for answer in said.values():
        assert (answer.status_code, answer.json["code"], answer.content_type) == (
            422,
            code,
            "application/problem+json",
        )
        assert answer.json["geometry"]["type"]
        assert answer.json["crs"] == CRS
        assert answer.json["remedy"]
    assert said["vi"].json["remedy"] != said["en"].json["remedy"]
    assert said["vi"].json["detail"] != said["en"].json["detail"]
    assert lan.get(path).json["operations"] == []


HALF = "\\ud800"
MALFORMED = {
    "half a character in a value": f'{{"op": "reinstate", "record": "{HALF}"}}',
    "half a character in a name": f'{{"op": "reinstate", "record": "x", "{HALF}": 1}}',
    "half a character after a whole one": '{"op": "reinstate", "record": "\\ud83d\\ude00\\udc00"}',
    "no number": '{"op": "insert_point", "parcels": ["25195-12-345"], "point": [NaN, 1]}',
    "endless": '{"op": "insert_point", "parcels": ["25195-12-345"], "point": [Infinity, 1]}',
    "twice": '{"op": "reinstate", "op": "merge"}',
    "deep": "[" * 100_000,
    "a list": "[]",
    "too many digits": '{"op": "reinstate", "record": ' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_json_is_refused_as_a_whole(lan, text):
    answer = lan.post(f"{draft(lan)}/operations", data=text.encode(), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "malformed-json")


def test_a_character_of_two_halves_is_kept(lan):
    answer = lan.post("/api/v1/drafts", data=b'{"title": "\\ud83d\\ude00"}', content_type="application/json")
    assert (answer.status_code, answer.json["title"]) == (201, "\U0001f600")


INVALID = [
    ({**insert(REF, (20, 10)), "point": [1e308, 1]}, "point.0"),
    ({**insert(REF, (20, 10)), "point": ["1", "2"]}, "point.0"),
    ({**insert(REF, (20, 10)), "point": [True, False]}, "point.0"),
    ({**insert(REF, (20, 10)), "point": [1, 2, 3]}, "point"),
    ({**insert(REF, (20, 10)), "evil": 1}, "evil"),
    ({**insert(REF, (20, 10)), "crs": "EPSG:９２１２"}, "crs"),
    ({**insert("２５１９５-12-345", (20, 10))}, "parcels"),
    (by_area(-5.0), "areasM2.0"),
    (new_parcel(area=9.0, points=[[1e8, 1e8], [1e8 - 9, 1e8], [1e8, 1e8 - 9]]), "points"),
    ({**split(REF, (8, -3), (8, 33)), "crs": "EPSG:4326"}, "line"),
    (
        {**split(REF, (8, -3), (8, 33)), "line": {"type": "LineString", "coordinates": ZIGZAG * 10}},
        "line.coordinates",
    ),
    (
        {
            "op": "split_corridor",
            "line": {"type": "LineString", "coordinates": ZIGZAG[:201]},
            "widthM": 1000,
            "side": "both",
            "crs": CRS,
        },
        "line.coordinates",
    ),
]


@pytest.mark.parametrize(("body", "field"), INVALID)
def test_what_no_operation_can_mean_is_refused_naming_the_field(lan, body, field):
    answer = lan.post(f"{draft(lan)}/operations", json=body)
    assert (answer.status_code, answer.json["field"]) == (400, field), answer.json
    assert answer.json["detail"]
