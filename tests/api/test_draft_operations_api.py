"""Operations over HTTP: one shape for each, and problems that name rule, place and way out."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from landsvc.cadastre.drafts.ops import OFFERED
from landsvc.registry.service import OF_ENDS
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import insert, line, merge, move, new_parcel, redraw, remove, rules, set_uses, split

PAPER = {"docNo": "15/QĐ-VPĐK"}
A, B, C = "25195-12-345", "25195-12-346", "25195-12-347"


@pytest.fixture(scope="module")
def lan(make_clone):
    """An officer before two parcels side by side and one apart."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            rules(conn)
            make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet)
            make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
            make.parcel(conn, box(50, 0, 20, 30), number="347", series_id=sheet)
        with application(settings_for(dsn)) as app:
            client = app.test_client()
            sign_client_in(client, "processor")
            yield client


def add(client: Any, *bodies: dict[str, Any]) -> Any:
    """Return the answer to the last of some operations of a new draft."""
    code = client.post("/api/v1/drafts", json={}).json["draft"]
    answers = [client.post(f"/api/v1/drafts/{code}/operations", json=body) for body in bodies]
    return answers[-1]


MEASURED = {
    "steps": [{"kind": "offset", "name": "P", "from": "A", "to": "B", "alongM": 1}],
    "boundary": ["P", "Q", "R"],
}


def reinstate(record: str) -> dict[str, Any]:
    return {"op": "reinstate", "record": record}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (merge(A, C), "parcels-do-not-touch", "parcels"),
        (move(((20, 30), (-1, 15))), "corner-crosses-edge", "moves"),
        (move(((20, 12), (20, 13))), "corner-not-found", "moves.0.from"),
        (insert(A, (10, 15)), "point-not-on-edge", "point"),
        (insert(A, (20, 30)), "corner-there", "point"),
        (remove((0, 30)), "line-would-move", "point"),
        (redraw(A, (0, 0), (21, 0), (21, 30), (0, 30)), "geometry-overlaps", "points"),
        (redraw(A, (0, 0), (20, 30), (20, 0), (0, 30)), "geometry-broken", "points"),
        (new_parcel((10, 0), (60, 0), (60, 9), area=10.0), "geometry-overlaps", "points"),
        (set_uses(A, ("ODT", 600.0), line=line((-3, 9), (23, 9))), "limit-pieces", "line"),
    ],
)
def test_what_stands_against_an_operation_is_named_shown_and_has_a_way_out(lan, body, code, field):
    answer = add(lan, body)
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, code, field)
    assert answer.json["geometry"]["type"]
    assert answer.json["crs"] == "EPSG:9212"
    assert answer.json["remedy"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (set_uses(A, ("ODT", 1.0)), 422, "uses-sum"),
        (set_uses(A, ("QQQ", 600.0)), 422, "unknown-use-code"),
        ({"op": "renumber", "parcels": [A], "sheet": "12", "number": "346"}, 422, "number-used"),
        ({**new_parcel((60, 0), (75, 0), (75, 30), area=9.0), "survey": MEASURED}, 400, "outline-missing"),
        ({**new_parcel(area=9.0), "points": None, "survey": MEASURED}, 422, "survey-point-unknown"),
        ({**new_parcel(area=9.0), "points": None, "survey": MEASURED, "crs": None}, 400, "not-a-plane"),
        ({"op": "renumber", "parcels": [A], "sheet": "12", "number": "345"}, 422, "number-unchanged"),
        (reinstate("REC-1999-000001"), 404, "record-not-found"),
    ],
)
def test_what_has_no_place_says_so_without_one(lan, body, status, code):
    answer = add(lan, body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["remedy"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"op": "grow"}, "op"),
        ({}, "op"),
        ({"op": ["merge"]}, "op"),
        (merge(A), "parcels"),
        (merge(A, B) | {"line": 1}, "line"),
        ({"op": "move_points", "moves": []}, "moves"),
        ({"op": "move_points", "moves": [{"from": [1, 2]}]}, "moves.0.to"),
        (insert(A, (1, 2)) | {"point": [1]}, "point"),
        (remove((1, 2), toleranceM=-1), "toleranceM"),
        (redraw(A, (0, 0), (1, 1)), "points"),
        (redraw(A, (0, 0), (1, 0), (1, 1), legalAreaM2=1.25), "legalAreaM2"),
        (set_uses(A, ("ODT", 0.0)), "uses.0.areaM2"),
        ({"op": "renumber", "parcels": [A], "sheet": "12", "number": "9-1"}, "number"),
        ({"op": "retire", "parcels": [A], "reason": "tired"}, "reason"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_the_name_of_its_member(lan, body, field):
    answer = add(lan, body)
    assert (answer.status_code, answer.json["field"]) == (400, field), answer.json


def test_an_unknown_operation_lists_those_offered(lan):
    assert all(op in add(lan, {"op": "grow"}).json["detail"] for op in OFFERED)


def test_the_document_describes_every_operation(lan):
    document = lan.get("/api/v1/openapi.json").json
    schemas = document["components"]["schemas"]
    shapes = [shape["properties"]["op"] for shape in schemas.values() if "op" in shape.get("properties", {})]
    assert {each["const"] for each in shapes if "const" in each} == set(OFFERED)
    assert OF_ENDS.keys() < set(schemas["RetireBody"]["properties"]["reason"]["enum"])


def test_a_draft_shows_its_operations_as_they_were_asked_for(lan):
    answer = add(
        lan, move(((20, 30), (20.5, 29.5))), {"op": "renumber", "parcels": [A], "sheet": "12", "number": "77"}
    )
    first, second = answer.json["operations"]
    assert (first["parcels"], first["moves"][0]["to"]) == ([], move(((0, 0), (20.5, 29.5)))["moves"][0]["to"])
    assert (second["number"], second["parcels"]) == ("77", [A])


def test_a_changed_parcel_is_told_before_and_after_in_the_system_asked_for(lan):
    code = add(lan, move(((40, 30), (40.5, 30)))).json["draft"]
    seen = lan.get(f"/api/v1/drafts/{code}/preview")
    assert seen.status_code == 200, seen.json
    (changed,) = seen.json["changed"]
    assert changed["ref"] == B
    assert 106 < changed["after"]["geometry"]["coordinates"][0][0][0] < 108
    done = lan.post(f"/api/v1/drafts/{code}/commit?crs=EPSG:9212", json=PAPER)
    assert done.status_code == 200, done.json
    assert done.json["changed"][0]["after"]["geometry"]["coordinates"][0][0][0] > 560_000
    found = lan.get(f"/api/v1/transactions/{done.json['transaction']}").json
    assert (
        [each["ref"] for each in found["parcels"]["old"]]
        == [each["ref"] for each in found["parcels"]["new"]]
        == [B]
    )


def test_a_split_after_a_move_stands_on_what_the_move_left(lan):
    answer = add(lan, move(((0, 0), (-1, 0)), ((0, 30), (-1, 30))), split(A, (9, -3), (9, 33)))
    code = answer.json["draft"]
    areas = [each["measuredAreaM2"] for each in lan.get(f"/api/v1/drafts/{code}/preview").json["after"]]
    assert sorted(round(area) for area in areas) == [300, 330]
