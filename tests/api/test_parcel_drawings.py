"""The technical file of a parcel and the map of a sheet: printed for officers, from the register of today."""

from __future__ import annotations

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.wire import words_of_pdf

FILE = "/api/v1/parcels/25195-12-345/technical-file.pdf"
SHEET = "/api/v1/sheets/25195/12/map.pdf"


@pytest.fixture(scope="module")
def land(module_db: str) -> str:
    with psycopg.connect(module_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        make.parcel(conn, polygon((0, 30), (20, 30), (20, 50.7), (0, 61.3)), number="346", series_id=sheet)
        make.parcel(conn, polygon((0, -8), (20, -8), (20, 0), (0, 0)), kind="object", uses={"DGT": 160})
    return module_db


@pytest.fixture
def lan(land):
    with application(settings_for(land)) as app:
        client = app.test_client()
        sign_client_in(client, "surveyor")
        yield client


def said(answer) -> str:
    assert answer.status_code == 200, answer.json
    assert answer.content_type == "application/pdf"
    return words_of_pdf(answer.data)


def letters(text: str) -> str:
    """Return a text without blanks: a change of fonts inside a word reads like one."""
    return text.replace(" ", "").lower()


def test_a_technical_file_names_who_lies_beyond_each_edge_and_what_changed(lan):
    text = said(lan.get(FILE))
    assert letters("Hồ sơ kỹ thuật thửa đất") in letters(text)
    assert "25195-12-346" in text
    assert "DGT" in text
    assert letters("Nguồn gốc và biến động") in letters(text)
    assert "602,3" in text
    assert "Borders on" in said(lan.get(f"{FILE}?lang=en"))


@pytest.mark.parametrize("paper", ["A4", "A0"])
def test_a_sheet_map_shows_every_parcel_with_its_number_and_the_sum(lan, paper):
    text = said(lan.get(f"{SHEET}?paper={paper}"))
    assert letters("2 thửa, tổng diện tích theo đăng ký 1.122,3 m²") in letters(text)
    assert "345" in text
    assert "346" in text
    assert "602,3" in text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/sheets/25195/99/map.pdf", 404, "sheet-unknown"),
        (f"{SHEET}?paper=A9", 400, "invalid-input"),
        (f"{SHEET}?crs=4326", 400, "not-a-plane"),
        ("/api/v1/parcels/25195-12-999/technical-file.pdf", 404, "parcel-not-found"),
    ],
)
def test_what_cannot_be_drawn_is_told(lan, path, status, code):
    answer = lan.get(path)
    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize("path", [FILE, SHEET])
def test_a_stranger_prints_nothing(land, path):
    with application(settings_for(land)) as app:
        assert app.test_client().get(path).status_code == 401
