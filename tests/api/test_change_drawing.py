"""The drawing of a split or merge: printed from the draft, planned or entered, for officers only."""

from __future__ import annotations

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import rules, split
from tests.factories.wire import words_of_pdf

REF = "25195-12-345"


@pytest.fixture
def land(fresh_db: str) -> str:
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        make.parcel(conn, polygon((0, 30), (20, 30), (20, 50.7), (0, 61.3)), number="346", series_id=sheet)
        make.parcel(conn, polygon((0, -8), (20, -8), (20, 0), (0, 0)), kind="object", uses={"DGT": 160})
    return fresh_db


@pytest.fixture
def lan(land):
    with application(settings_for(land)) as app:
        client = app.test_client()
        sign_client_in(client, "processor")
        yield client


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.json
    assert answer.content_type == "application/pdf"
    return words_of_pdf(answer.data)


def drawn(client, code: str, language: str = "vi") -> str:
    return text_of(client.get(f"/api/v1/drafts/{code}/drawing.pdf?lang={language}"))


def begin(client) -> str:
    code = client.post("/api/v1/drafts", json={}).json["draft"]
    answer = client.post(f"/api/v1/drafts/{code}/operations", json=split(REF, (-3, 12), (9, 12), (9, -3)))
    assert answer.status_code == 201, answer.json
    return code


def test_a_planned_split_is_drawn_with_its_pieces_corners_and_edges(lan):
    said = drawn(lan, begin(lan))
    assert "Bản vẽ tách thửa đất".upper() in said.upper()
    assert "Dự kiến" in said
    assert REF in said
    assert "25195-12-347" in said
    assert "602,3" in said
    assert "12,00" in said  # the edge of the cut-out piece along the west
    assert "This drawing names no person." in drawn(lan, begin(lan), "en")


def test_an_entered_split_names_its_record(lan):
    code = begin(lan)
    done = lan.post(f"/api/v1/drafts/{code}/commit", json={"reason": "Tách cho con"})
    assert done.status_code == 200, done.json
    said = drawn(lan, code)
    assert done.json["record"] in said
    assert "Dự kiến" not in said


def test_an_empty_draft_has_nothing_to_draw(lan):
    code = lan.post("/api/v1/drafts", json={}).json["draft"]
    answer = lan.get(f"/api/v1/drafts/{code}/drawing.pdf")
    assert (answer.status_code, answer.json["code"]) == (422, "nothing-to-draw")


def test_a_stranger_sees_no_draft(lan, land):
    code = begin(lan)
    with application(settings_for(land)) as app:
        assert app.test_client().get(f"/api/v1/drafts/{code}/drawing.pdf").status_code == 401
