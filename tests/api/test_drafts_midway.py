"""What changes under an open draft: who may write it, the commune it lies in, and others who want the same at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import offices, people
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import new_parcel, redraw, rules, split

REF, NEXT = "25195-12-345", "25195-12-346"
PAPER = {"docNo": "15/QĐ-VPĐK"}


@pytest.fixture
def land(fresh_db: str) -> str:
    """Two parcels in one commune; another one begins 5 km east of them."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn, geom=box(-5000, -5000, 10_000, 10_000)))
        make.commune(conn, "25432", name="Xã Tân Khai", geom=box(5000, -5000, 10_000, 10_000))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 600})
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet, uses={"ODT": 600})
    return fresh_db


@pytest.fixture
def app(land):
    with application(settings_for(land)) as app:
        yield app


def officer(app, role: str = "processor"):
    client = app.test_client()
    sign_client_in(client, role)
    return client


def begin(client, *bodies: dict[str, Any]) -> str:
    path = f"/api/v1/drafts/{client.post('/api/v1/drafts', json={}).json['draft']}"
    for body in bodies:
        answer = client.post(f"{path}/operations", json=body)
        assert answer.status_code == 201, answer.json
    return path


def identity(app):
    return app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE)


def written(dsn: str) -> tuple[int, ...]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT (SELECT count(*) FROM cadastre.parcel_version), (SELECT count(*) FROM cadastre.record),"
            " (SELECT count(*) FROM registry.transaction), (SELECT count(*) FROM cadastre.survey)"
        ).fetchone()


def failing(answer, rule: str) -> list[dict[str, Any]]:
    return [each for each in answer.json["report"] if (each["rule"], each["result"]) == (rule, "fail")]


def test_an_account_that_is_blocked_midway_writes_nothing_more(app, land):
    lan = officer(app)
    path, before = begin(lan, split(REF, (8, -3), (8, 33))), written(land)
    with identity(app) as session:
        people.disable_account(session, "processor")
    for method, address in (
        ("get", path),
        ("post", f"{path}/commit"),
        ("delete", path),
        ("get", f"{path}/preview"),
    ):
        assert getattr(lan, method)(address, json=PAPER).status_code == 401
    assert written(land) == before


def test_an_officer_who_is_moved_midway_is_told_and_writes_nothing(app, land):
    lan = officer(app)
    path, before = begin(lan, split(REF, (8, -3), (8, 33))), written(land)
    with identity(app) as session:
        offices.create_branch(session, "east", "Chi nhánh Đông", "East", ["25432"])
        offices.work_in(session, "processor", ["east"])
    (told,) = failing(lan.get(f"{path}/preview"), "OFF-AREA")
    assert (told["inputs"]["commune"], told["geometry"]["type"]) == ("25195", "Polygon")
    answer = lan.post(f"{path}/commit", json=PAPER)
    assert (answer.status_code, answer.json["code"]) == (403, "outside-the-offices-area")
    assert answer.json["remedy"]
    assert written(land) == before
    assert lan.get(path).json["state"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        new_parcel((8000, 0), (8020, 0), (8020, 30), (8000, 30), area=600.0),
        redraw(REF, (8000, 0), (8020, 0), (8020, 30), (8000, 30)),
    ],
    ids=["new", "drawn anew"],
)
def test_land_of_another_commune_is_not_drawn_under_the_name_of_ones_own(app, land, body):
    lan = officer(app)
    with identity(app) as session:
        offices.create_branch(session, "west", "Chi nhánh Tây", "West", ["25195"])
        offices.work_in(session, "processor", ["west"])
    path, before = begin(lan, body), written(land)
    for answer in (lan.get(f"{path}/preview"), lan.post(f"{path}/commit", json=PAPER)):
        (told,) = failing(answer, "FAB-COMMUNE")
        assert (told["inputs"]["commune"], told["geometry"]["type"]) == ("25195", "Polygon")
    assert answer.status_code == 422
    assert written(land) == before


def test_a_commune_that_ends_midway_leaves_the_draft_whole(app, land):
    lan = officer(app)
    path = begin(lan, split(REF, (8, -3), (8, 33)))
    other = begin(lan, new_parcel((60, 60), (75, 60), (75, 70), (60, 70), area=150.0))
    with psycopg.connect(land) as conn:
        conn.execute("UPDATE cadastre.admin_unit SET valid = '[2025-07-01,2026-01-01)' WHERE code = '25195'")
    before, drafts = written(land), [lan.get(each).json for each in (path, other)]
    for each in (path, other):
        answer = lan.post(f"{each}/commit", json=PAPER)
        assert answer.status_code in {200, 409, 422}, answer.json
        if answer.status_code != 200:
            assert answer.json["remedy"]
            assert written(land) == before
        before = written(land)
    assert [lan.get(each).json["operations"] for each in (path, other)] == [each["operations"] for each in drafts]


def test_the_same_person_does_not_approve_in_another_session(app, land):
    both = app.test_client()
    sign_client_in(both, "processor", "checker")
    path, before = begin(both, split(REF, (8, -3), (8, 33))), written(land)
    assert both.post(f"{path}/submit", json=PAPER).status_code == 200
    other = app.test_client()
    sign_client_in(other, "processor", "checker")
    for verb, body in (("approve", None), ("reject", {"reason": "x"})):
        answer = other.post(f"{path}/{verb}", json=body)
        assert (answer.status_code, answer.json["code"]) == (403, "own-draft")
    assert written(land) == before


def test_one_draft_is_committed_once_and_one_number_given_once_whoever_asks_at_once(app, land):
    lan = officer(app)
    path, before = begin(lan, split(REF, (8, -3), (8, 33))), written(land)
    windows = [officer(app) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda each: each.post(f"{path}/commit", json=PAPER), windows))
        assert {(each.status_code, each.json["record"]) for each in done} == {(200, done[0].json["record"])}
        assert written(land)[1:3] == (before[1] + 1, before[2] + 1)
        drafts = [begin(each) for each in windows]
        wish = {"op": "renumber", "parcels": [NEXT], "sheet": "12", "number": "777"}
        asked = list(
            pool.map(lambda at: windows[at].post(f"{drafts[at]}/operations", json=wish).status_code, range(4))
        )
    assert sorted(asked) == [201, 422, 422, 422]
