"""A write of a draft that is sent again with its Idempotency-Key is done once and answered the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from tests.conftest import application, as_role, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import insert, rules, split

REF = "25195-12-345"
PAPER = {"docNo": "15/QĐ-VPĐK"}


@pytest.fixture
def land(fresh_db: str) -> str:
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 600})
    return fresh_db


@pytest.fixture
def app(land):
    with application(settings_for(land)) as app:
        yield app


def officer(app, role: str = "processor"):
    client = app.test_client()
    sign_client_in(client, role)
    return client


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def begin(client) -> str:
    return f"/api/v1/drafts/{client.post('/api/v1/drafts', json={}).json['draft']}"


def same(first: Any, again: Any) -> None:
    assert (again.status_code, again.data, again.headers["ETag"]) == (
        first.status_code, first.data, first.headers["ETag"],
    )  # fmt: skip
    assert again.headers.get("Location") == first.headers.get("Location")


def test_what_is_sent_again_with_its_key_is_done_once(app):
    lan = officer(app)
    first = lan.post("/api/v1/drafts", json={"title": "Tách"}, headers=key("a"))
    same(first, lan.post("/api/v1/drafts", json={"title": "Tách"}, headers=key("a")))
    assert len(lan.get("/api/v1/drafts").json["drafts"]) == 1
    path = f"/api/v1/drafts/{first.json['draft']}"
    for body, name in ((insert(REF, (20, 10)), "b"), (insert(REF, (20, 20)), "c")):
        done = lan.post(f"{path}/operations", json=body, headers=key(name))
        assert done.status_code == 201
        same(done, lan.post(f"{path}/operations", json=body, headers=key(name)))
    assert len(lan.get(path).json["operations"]) == 2
    undone = lan.delete(f"{path}/operations/last", headers=key("d"))
    same(undone, lan.delete(f"{path}/operations/last", headers=key("d")))
    assert len(lan.get(path).json["operations"]) == 1
    done = lan.post(f"{path}/commit", json=PAPER, headers=key("e"))
    assert done.status_code == 200
    same(done, lan.post(f"{path}/commit", json=PAPER, headers=key("e")))
    assert lan.post(f"{path}/commit", json=PAPER).json == done.json


def test_a_key_that_came_with_another_request_is_refused_and_changes_nothing(app):
    lan = officer(app)
    path = begin(lan)
    assert lan.post(f"{path}/operations", json=insert(REF, (20, 10)), headers=key("k")).status_code == 201
    before = lan.get(path).json
    for method, address, body in (
        ("post", f"{path}/operations", insert(REF, (20, 11))),
        ("post", f"{begin(lan)}/operations", insert(REF, (20, 10))),
        ("post", f"{path}/commit", PAPER),
        ("delete", f"{path}/operations/last", None),
        ("post", "/api/v1/drafts", {"title": "k"}),
    ):
        answer = getattr(lan, method)(address, json=body, headers=key("k"))
        assert (answer.status_code, answer.json["code"]) == (422, "idempotency-key-reused")
        assert answer.json["remedy"]
    assert lan.get(path).json == before


def test_a_refused_request_may_be_mended_and_sent_with_its_key(app):
    lan = officer(app)
    path = begin(lan)
    assert lan.post(f"{path}/operations", json=insert(REF, (99, 99)), headers=key("k")).status_code == 422
    assert lan.post(f"{path}/operations", json=insert(REF, (20, 10)), headers=key("k")).status_code == 201


def test_keys_of_two_people_are_two_keys(app, land):
    lan, hoa = officer(app), officer(app, "surveyor")
    mine = lan.post("/api/v1/drafts", json={"title": "a"}, headers=key("k"))
    theirs = hoa.post("/api/v1/drafts", json={"title": "b"}, headers=key("k"))
    assert (mine.json["title"], theirs.json["title"]) == ("a", "b")
    with psycopg.connect(as_role(land, "landsvc")) as conn:
        conn.execute("SET ROLE landsvc_editor")
        assert conn.execute("SELECT count(*) FROM core.idempotency").fetchone() == (0,)


def test_the_same_write_at_the_same_moment_is_done_once(app):
    lan = officer(app)
    path = begin(lan)
    clients = [officer_again(app, lan) for _ in range(4)]
    body = split(REF, (8, -3), (8, 33))
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda each: each.post(f"{path}/operations", json=body, headers=key("k")), clients)
        )
    assert {(each.status_code, each.data) for each in answers} == {(201, answers[0].data)}
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda each: each.post(f"{path}/commit", json=PAPER, headers=key("c")), clients))
    assert {(each.status_code, each.data) for each in done} == {(200, done[0].data)}


def officer_again(app, client):
    """Return another window of the same person."""
    other = app.test_client()
    other.set_cookie("landsvc_session", client.get_cookie("landsvc_session").value)
    other.environ_base["HTTP_X_CSRF_TOKEN"] = client.environ_base["HTTP_X_CSRF_TOKEN"]
    return other


@pytest.mark.parametrize("text", ["", "a b", "khóa", "x" * 201])
def test_a_key_that_is_none_is_refused(app, text):
    answer = officer(app).post("/api/v1/drafts", json={}, headers=key(text))
    assert (answer.status_code, answer.json["field"]) == (400, "Idempotency-Key")
