"""Splits by area and corridors over HTTP: the contract's shapes, what is told, and problems with the way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, box, polygon
from tests.factories.drafts import line, rules

CONTRACTS = Path(__file__).parents[1] / "contracts"
REF = "25195-12-345"
CRS = f"EPSG:{SRID}"


@pytest.fixture
def lan(fresh_db: str):
    """An officer, with two parcels side by side above a road, one of them a comb."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        comb = polygon((20, 0), (40, 0), (40, 30), (35, 30), (35, 5), (25, 5), (25, 30), (20, 30))
        make.parcel(conn, comb, number="346", series_id=sheet)
        make.parcel(conn, polygon((0, -8), (40, -8), (40, 0), (20, 0), (0, 0)), kind="object", uses={"DGT": 320})
    with application(settings_for(fresh_db)) as app:
        client = app.test_client()
        sign_client_in(client, "processor")
        yield client


def begin(client) -> str:
    return str(client.post("/api/v1/drafts", json={}).json["draft"])


def add(client, code: str, body: dict[str, Any]):
    return client.post(f"/api/v1/drafts/{code}/operations", json=body)


def example(op: str, **more: Any) -> dict[str, Any]:
    """Return the contract's example of an operation on the test land."""
    found = next(each for each in json.loads((CONTRACTS / "operations.json").read_text()) if each["op"] == op)
    return {**found, **more}


def test_the_contracts_split_by_area_is_taken_and_told(lan):
    code = begin(lan)
    assert add(lan, code, example("split_by_area")).status_code == 201
    seen = lan.get(f"/api/v1/drafts/{code}/preview").json
    assert [each["legalAreaM2"] for each in seen["after"]] == [100.0, 52.4, 449.9]
    (told,) = seen["told"]
    assert told["operation"] == 1
    assert told["differenceM2"] == 2.3
    assert told["geometry"]["type"] == "MultiLineString"
    assert all(105 < x < 108 for x, _ in told["geometry"]["coordinates"][0])
    assert all(abs(each["deviationM2"]) <= 0.01 for each in told["pieces"])


def test_the_contracts_corridor_is_taken_and_lists_losses(lan):
    body = example("split_corridor", parcels=[REF, "25195-12-346"], line=line((-5, 0), (45, 0)))
    code = begin(lan)
    assert add(lan, code, body).status_code == 201
    seen = lan.get(f"/api/v1/drafts/{code}/preview?crs={CRS}").json
    (told,) = seen["told"]
    assert [each["lossM2"] for each in told["parcels"]] == [80.0, 80.0]
    assert told["geometry"]["type"] == "Polygon"
    answer = lan.post(f"/api/v1/drafts/{code}/commit?crs={CRS}", json={"docNo": "15/QĐ-UBND"})
    assert answer.status_code == 200, answer.json
    assert answer.json["told"] == seen["told"]


@pytest.mark.parametrize(
    ("change", "status", "problem", "field"),
    [
        ({"areasM2": [700]}, 422, "areas-exceed-parcel", "areasM2"),
        ({"areasM2": [100.05]}, 400, "area-not-in-tenths", "areasM2"),
        (
            {"parcels": ["25195-12-346"], "areasM2": [120], "parallelTo": {"bearingDeg": 90}, "side": "left"},
            422,
            "piece-not-one",
            "areasM2",
        ),
        ({"areasM2": None, "fit": "minimum", "pieces": 9}, 422, "minimum-binds", None),
        ({"areasM2": []}, 400, "invalid-input", "areasM2"),
        ({"areasM2": [float("1e12")]}, 400, "invalid-input", "areasM2.0"),
        ({"parallelTo": {}}, 400, "invalid-input", "parallelTo"),
        ({"parallelTo": None}, 400, "invalid-input", None),
        ({"fit": "minimum"}, 400, "invalid-input", None),
        ({"basis": "guessed"}, 400, "invalid-input", "basis"),
        ({"part": 2}, 422, "part-unknown", "part"),
    ],
)
def test_bad_areas_are_problems_that_name_the_field(lan, change, status, problem, field):
    answer = add(lan, begin(lan), example("split_by_area", **change))
    assert (answer.status_code, answer.json["code"]) == (status, problem), answer.json
    assert field is None or answer.json["field"] == field


def test_a_refused_piece_is_shown_at_its_place(lan):
    change = {"parcels": ["25195-12-346"], "areasM2": [100], "parallelTo": {"bearingDeg": 90}, "side": "left"}
    problem = add(lan, begin(lan), example("split_by_area", **change)).json
    assert problem["geometry"]["type"] == "MultiPolygon"
    assert "side" in problem["remedy"]


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        ({"line": line((-5, 100), (45, 100))}, 422, "strip-misses"),
        ({"line": line((-5, 0), (45, 0), (45, 40), (20, -9))}, 422, "line-crosses-itself"),
        ({"line": line((0, 3), (20, 3), (20, 5), (0, 5)), "widthM": 6}, 422, "strip-meets-itself"),
        ({"widthM": 0}, 400, "invalid-input"),
        ({"side": "up"}, 400, "invalid-input"),
    ],
)
def test_bad_strips_are_problems(lan, change, status, problem):
    body = example("split_corridor", parcels=[REF], line=line((-5, 0), (45, 0))) | change
    answer = add(lan, begin(lan), body)
    assert (answer.status_code, answer.json["code"]) == (status, problem), answer.json
