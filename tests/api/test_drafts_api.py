"""Drafts over HTTP: a split from the first click to the register, for whoever is signed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.drafts.ops import OFFERED
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import rules, split

CONTRACTS = Path(__file__).parents[1] / "contracts"
PAPER = {"docNo": "15/QĐ-VPĐK", "docOn": "2026-11-20", "authority": "Chi nhánh VPĐK"}
REF = "25195-12-345"


@pytest.fixture
def land(fresh_db: str) -> str:
    """Two parcels side by side, and a road before them."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        make.parcel(conn, polygon((0, 30), (20, 30), (20, 50.7), (0, 61.3)), number="346", series_id=sheet)
        make.parcel(conn, polygon((0, -8), (20, -8), (20, 0), (0, 0)), kind="object", uses={"DGT": 160})
    return fresh_db


@pytest.fixture
def client(land: str):
    with application(settings_for(land)) as app:
        yield app.test_client()


@pytest.fixture
def lan(client):
    sign_client_in(client, "processor")
    return client


def begin(client, *bodies: dict[str, Any]) -> str:
    code = client.post("/api/v1/drafts", json={"title": "Tách cho con"}).json["draft"]
    for body in bodies:
        answer = client.post(f"/api/v1/drafts/{code}/operations", json=body)
        assert answer.status_code == 201, answer.json
    return code


def missing(example: Any, answer: Any, path: str = "") -> list[str]:
    """Return the names of an example that an answer does not have."""
    if isinstance(example, dict):
        return [
            name
            for key, value in example.items()
            for name in ([f"{path}.{key}"] if key not in answer else missing(value, answer[key], f"{path}.{key}"))
        ]
    if isinstance(example, list) and example and isinstance(example[0], dict):
        found = [missing(example[0], each, f"{path}[]") for each in answer]
        return min(found, key=len, default=[path])
    return []


def test_a_parcel_is_split_from_the_first_click_to_the_register(lan):
    code = begin(lan, split(REF, (8, -3), (11, 33)))
    seen = lan.get(f"/api/v1/drafts/{code}/preview")
    assert seen.status_code == 200, seen.json
    assert seen.json["committable"] is True
    done = lan.post(f"/api/v1/drafts/{code}/commit", json=PAPER)
    assert done.status_code == 200, done.json
    assert [unit["ref"] for unit in done.json["after"]] == ["25195-12-347", "25195-12-348"]
    assert done.json["after"] == seen.json["after"]
    assert done.json["report"] == seen.json["report"]
    gone = lan.get(f"/api/v1/parcels/{REF}")
    assert gone.status_code == 410
    assert {each["ref"] for each in gone.json["successors"]} == {"25195-12-347", "25195-12-348"}
    assert lan.get(f"/api/v1/drafts/{code}").json["state"] == "committed"


def test_preview_and_commit_have_every_name_of_the_contract(lan):
    code = begin(lan, split(REF, (8, -3), (11.3, 33)))
    example = json.loads((CONTRACTS / "preview.json").read_text("utf-8"))
    seen = lan.get(f"/api/v1/drafts/{code}/preview").json
    assert seen["noded"]
    assert missing(example, seen) == []
    done = lan.post(f"/api/v1/drafts/{code}/commit", json=PAPER).json
    assert missing(example | {"record": ""}, done) == []


def test_every_operation_of_the_contract_that_is_offered_is_read(lan):
    for operation in json.loads((CONTRACTS / "operations.json").read_text("utf-8")):
        code = begin(lan)
        answer = lan.post(f"/api/v1/drafts/{code}/operations", json=operation)
        if operation["op"] in OFFERED:
            # 404: the examples name parcels and records that this land does not have.
            assert answer.status_code in {201, 400, 404, 422}, answer.json
            assert answer.json.get("field") != "op"
        else:
            assert (answer.status_code, answer.json["field"]) == (400, "op")
            assert "split_by_line" in answer.json["detail"]
    assert {"split_by_line", "merge", "move_points", "reinstate"} <= set(OFFERED)


def test_a_line_that_ends_inside_says_how_far_and_the_way_out(lan):
    code = begin(lan)
    answer = lan.post(f"/api/v1/drafts/{code}/operations", json=split(REF, (8, -3), (8, 28.8)))
    assert answer.status_code == 422
    example = json.loads((CONTRACTS / "problem.json").read_text("utf-8"))
    assert missing(example, answer.json) == []
    assert (answer.json["code"], answer.json["field"]) == ("line-does-not-cut", "line")
    assert (
        "1.2 m"
        in lan.post(
            f"/api/v1/drafts/{code}/operations?lang=en",
            json=split(REF, (8, -3), (8, 28.8)),
            headers={"Accept-Language": "en"},
        ).json["detail"]
    )
    assert answer.json["crs"] == "EPSG:9212"
    assert lan.get(f"/api/v1/drafts/{code}").json["operations"] == []


def test_a_line_may_come_in_longitude_and_latitude(lan):
    with psycopg.connect(lan.application.extensions["landsvc"].database.dsn) as conn:
        (line,) = conn.execute(
            "SELECT ST_AsGeoJSON(ST_Transform(ST_GeomFromText(%s, 9212), 4326), 9)",
            ("LINESTRING(568008 1274995,568008 1275040)",),
        ).fetchone()
    code = begin(lan, {"op": "split_by_line", "parcels": [REF], "line": json.loads(line)})
    areas = [unit["measuredAreaM2"] for unit in lan.get(f"/api/v1/drafts/{code}/preview").json["after"]]
    assert areas == pytest.approx([240, 360], abs=0.05)


def test_geometry_is_longitude_and_latitude_unless_another_system_is_asked_for(lan):
    code = begin(lan, split(REF, (8, -3), (8, 33)))
    plain = lan.get(f"/api/v1/drafts/{code}/preview").json
    assert "crs" not in plain
    assert 106 < plain["after"][0]["geometry"]["coordinates"][0][0][0] < 108
    working = lan.get(f"/api/v1/drafts/{code}/preview?crs=EPSG:9212").json
    assert working["crs"] == "EPSG:9212"
    corners = {tuple(each) for each in working["after"][0]["geometry"]["coordinates"][0]}
    assert (568008.0, 1275000.0) in corners


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"parcels": []}, "parcels"),
        ({"parcels": ["x"]}, "parcels"),
        ({"parcels": ["25195-12-345", "25195-12-346"]}, "parcels"),
        ({"line": {"type": "Point", "coordinates": [1, 2]}}, "line"),
        ({"line": {"type": "LineString", "coordinates": [[1, 2]]}}, "line"),
        ({"line": {"type": "LineString", "coordinates": [[1, "2"], [3, 4]]}}, "line"),
        ({"line": {"type": "LineString", "coordinates": [[1, True], [3, 4]]}}, "line"),
        ({"line": {"type": "LineString", "coordinates": [[1, 1e300], [3, 4]]}}, "line"),
        ({"line": {"type": "LineString", "coordinates": [[5, 5], [5, 5]]}}, "line"),
        ({"crs": "EPSG:2"}, "crs"),
        ({"part": 0}, "part"),
        ({"part": 1.5}, "part"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_malformed_operation_is_refused_by_the_name_of_its_member(lan, body, field):
    code = begin(lan)
    answer = lan.post(f"/api/v1/drafts/{code}/operations", json=split(REF, (8, -3), (8, 33)) | body)
    assert answer.status_code == 400, answer.json
    assert answer.json["field"].split(".")[0] == field
    assert lan.get(f"/api/v1/drafts/{code}").json["operations"] == []


def test_a_retired_parcel_names_its_successors(lan):
    code = begin(lan, split(REF, (8, -3), (8, 33)))
    lan.post(f"/api/v1/drafts/{code}/commit", json=PAPER)
    answer = lan.post(f"/api/v1/drafts/{begin(lan)}/operations", json=split(REF, (8, -3), (8, 33)))
    assert answer.status_code == 410
    assert len(answer.json["successors"]) == 2


def test_a_commit_needs_a_document_or_a_reason(lan):
    code = begin(lan, split(REF, (8, -3), (8, 33)))
    for body in ({}, {"docNo": " "}, {"docNo": ""}, {"authority": "UBND"}):
        answer = lan.post(f"/api/v1/drafts/{code}/commit", json=body)
        assert (answer.status_code, answer.json["field"]) == (400, "docNo")
    assert lan.post(f"/api/v1/drafts/{code}/commit", json={"reason": "Sửa sai"}).status_code == 200


def test_a_stale_draft_is_not_changed(lan):
    code = begin(lan)
    tag = lan.get(f"/api/v1/drafts/{code}").headers["ETag"]
    first = lan.post(
        f"/api/v1/drafts/{code}/operations", json=split(REF, (8, -3), (8, 33)), headers={"If-Match": tag}
    )
    assert first.status_code == 201
    for method, path in (("delete", "/operations/last"), ("delete", "")):
        answer = getattr(lan, method)(f"/api/v1/drafts/{code}{path}", headers={"If-Match": tag})
        assert (answer.status_code, answer.json["code"]) == (409, "stale-draft")
    fresh = first.headers["ETag"]
    assert lan.delete(f"/api/v1/drafts/{code}/operations/last", headers={"If-Match": fresh}).status_code == 200


def test_a_draft_is_read_again_only_when_it_changed(lan):
    code = begin(lan)
    tag = lan.get(f"/api/v1/drafts/{code}").headers["ETag"]
    assert lan.get(f"/api/v1/drafts/{code}", headers={"If-None-Match": tag}).status_code == 304


def test_drafts_are_listed_newest_first_page_by_page(lan):
    made = [begin(lan) for _ in range(5)]
    lan.delete(f"/api/v1/drafts/{made[2]}")
    page = lan.get("/api/v1/drafts?limit=2&state=open").json
    found = [each["draft"] for each in page["drafts"]]
    while page["next"]:
        page = lan.get(page["next"]).json
        found += [each["draft"] for each in page["drafts"]]
    assert found == [made[4], made[3], made[1], made[0]]


def test_an_officer_sees_the_drafts_of_others_and_changes_only_their_own(lan):
    code = begin(lan)
    sign_client_in(lan, "surveyor")
    assert lan.get("/api/v1/drafts").json["drafts"] == []
    (other,) = lan.get("/api/v1/drafts?owner=all").json["drafts"]
    assert (other["draft"], other["mine"]) == (code, False)
    answer = lan.delete(f"/api/v1/drafts/{code}")
    assert (answer.status_code, answer.json["code"]) == (409, "draft-of-another")


def test_only_officers_who_edit_come_in(client):
    assert client.get("/api/v1/drafts").status_code == 401
    assert client.post("/api/v1/drafts", json={}).status_code == 401
    sign_client_in(client, "auditor")
    assert client.get("/api/v1/drafts").status_code == 200
    assert client.post("/api/v1/drafts", json={}).status_code == 403
    sign_client_in(client, "citizen")
    assert client.get("/api/v1/drafts").status_code == 403


def test_a_change_without_the_sessions_token_is_refused(lan):
    del lan.environ_base["HTTP_X_CSRF_TOKEN"]
    answer = lan.post("/api/v1/drafts", json={})
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["d-01J8", "x", "%00", "d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H"])
def test_a_draft_that_is_not_there_is_not_found(lan, name):
    for method, path in (("get", ""), ("get", "/preview"), ("delete", ""), ("delete", "/operations/last")):
        assert getattr(lan, method)(f"/api/v1/drafts/{name}{path}").status_code in {400, 404}


def committed(client) -> dict[str, Any]:
    code = begin(client, split(REF, (8, -3), (11, 33)))
    return client.post(f"/api/v1/drafts/{code}/commit", json=PAPER).json


def test_a_commit_registers_one_transaction_with_its_record_and_parcels(lan):
    done = committed(lan)
    found = lan.get(f"/api/v1/transactions/{done['transaction']}").json
    assert (found["kind"], found["name"], found["officer"]) == ("TN", "Tách, hợp thửa đất", "processor")
    assert (found["record"]["code"], found["record"]["docNo"]) == (done["record"], "15/QĐ-VPĐK")
    assert [each["ref"] for each in found["parcels"]["old"]] == [REF]
    assert [each["ref"] for each in found["parcels"]["new"]] == [each["ref"] for each in done["after"]]
    assert [each["current"] for each in found["parcels"]["old"] + found["parcels"]["new"]] == [False, True, True]


def test_a_commit_sent_again_answers_the_same_and_writes_nothing(lan):
    code = begin(lan, split(REF, (8, -3), (11, 33)))
    first = lan.post(f"/api/v1/drafts/{code}/commit", json=PAPER)
    again = lan.post(f"/api/v1/drafts/{code}/commit", json={"reason": "mất mạng"})
    assert (again.status_code, again.json) == (200, first.json)
    with psycopg.connect(lan.application.extensions["landsvc"].database.dsn) as conn:
        assert conn.execute("SELECT count(*) FROM registry.transaction").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM cadastre.record WHERE kind = 'split'").fetchone() == (1,)


def test_a_transaction_is_undone_as_a_whole_and_once(lan):
    before = lan.get(f"/api/v1/parcels/{REF}").json
    done = committed(lan)
    path = f"/api/v1/transactions/{done['transaction']}/undo"
    undone = lan.post(path, json={"reason": "Nhầm hồ sơ"})
    assert (undone.status_code, undone.json["kind"], undone.json["undoes"]) == (201, "HUY", done["transaction"])
    assert lan.post(path, json={"reason": "Nhầm hồ sơ"}).json == undone.json
    assert lan.get(f"/api/v1/transactions/{done['transaction']}").json["undoneBy"] == undone.json["transaction"]
    after = lan.get(f"/api/v1/parcels/{REF}").json
    assert {k: after[k] for k in before if k != "version"} == {k: before[k] for k in before if k != "version"}


def test_an_undo_needs_a_reason_and_an_officer_who_edits(lan):
    done = committed(lan)
    path = f"/api/v1/transactions/{done['transaction']}/undo"
    assert lan.post(path, json={"reason": " "}).status_code == 400
    sign_client_in(lan, "auditor")
    assert lan.post(path, json={"reason": "x"}).status_code == 403
    assert lan.get(f"/api/v1/transactions/{done['transaction']}").status_code == 200
    assert lan.get("/api/v1/transactions/GD-2026-999999").status_code == 404
