"""The officers' pages: who may see them, what the panel of a parcel shows, what is kept out of caches."""

from __future__ import annotations

import re

import psycopg
import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric

PASSWORD = "bốn từ không liên quan"
PARCEL = "25195-12-345"


@pytest.fixture(scope="module")
def app(module_db):
    with psycopg.connect(module_db) as conn:
        series = fabric.series(conn, fabric.commune(conn))
        first = fabric.parcel(conn, fabric.box(0, 0, 10, 15), number="345", series_id=series, uses={"ODT": 150.0})
        fabric.parcel(conn, None, number="900", series_id=series, uses={"ODT": 80.0})
        conn.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " VALUES ('seizure', 'parcel', %s, 'Thi hành án dân sự', '15/QĐ-THA', %s)",
            (first, fabric.record(conn)),
        )
        conn.commit()
        parent = fabric.parcel(conn, fabric.box(0, 50, 20, 10), number="400", series_id=series)
        conn.commit()
        child, _ = fabric.split(conn, parent, [fabric.box(0, 50, 10, 10), fabric.box(10, 50, 10, 10)])
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, used, record_id)"
            " SELECT %s, %s, '12', '401', '[2026-01-01,)', max(id) FROM cadastre.record",
            (child, series),
        )
        conn.commit()
    with application(settings_for(module_db)) as app:
        with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(session, "an", "Nguyễn Văn An", ["processor"], password=PASSWORD)
            people.create_account(session, "lan", "Lê Thị Lan", ["archivist"], password=PASSWORD)
            people.create_account(session, "binh", "Trần Thị Bình", ["citizen"], password=PASSWORD)
        yield app


def enter(client, login: str = "an", password: str = PASSWORD, wanted: str = "/office"):
    return client.post("/office/sign-in", data={"login": login, "password": password, "next": wanted})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def officer(app):
    client = app.test_client()
    assert enter(client).status_code == 303
    return client


def test_who_is_not_signed_in_is_led_to_the_page_for_it_and_back(client):
    answer = client.get(f"/office?parcel={PARCEL}")
    assert answer.status_code == 303
    assert answer.location == f"/office/sign-in?next=%2Foffice%3Fparcel%3D{PARCEL}"
    assert 'name="next" value="/office?parcel=25195-12-345"' in client.get(answer.location).text
    assert enter(client, wanted=f"/office?parcel={PARCEL}").location == f"/office?parcel={PARCEL}"
    assert client.get("/office/sign-in").location == "/office"


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example/", "//elsewhere.example", "/office\\..\\x", "/officers", "/", "/office?\n"],
)
def test_signing_in_leads_to_our_own_pages_only(client, wanted):
    assert enter(client, wanted=wanted).location == "/office"


def test_a_wrong_password_says_so_and_keeps_the_login(client):
    answer = enter(client, password="falsch")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert 'role="alert"' in answer.text
    assert 'value="an"' in answer.text


def test_a_citizen_account_does_not_reach_the_workspace(client):
    assert enter(client, login="binh").status_code == 303
    assert client.get("/office").status_code == 403


def test_a_script_without_a_session_gets_a_problem_instead_of_a_page(client):
    answer = client.get("/office/inspector?parcel=x", headers={"Sec-Fetch-Mode": "cors"})
    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-needed")


def test_signing_out_needs_the_token_and_ends_the_session(officer):
    page = officer.get("/office").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    assert officer.post("/office/sign-out").status_code == 403
    assert officer.get("/office").status_code == 200
    answer = officer.post("/office/sign-out", data={"csrf": token.group(1)})
    assert answer.location == "/office/sign-in"
    assert officer.get("/office").status_code == 303


def test_the_workspace_says_its_working_system_and_is_never_stored(officer):
    answer = officer.get("/office")
    assert answer.headers["Cache-Control"] == "no-store"
    assert '"code": "EPSG:9212"' in answer.text
    assert "+proj=tmerc" in answer.text
    assert "Nguyễn Văn An" in answer.text


def test_the_panel_shows_facts_holds_and_history(officer):
    page = officer.get(f"/office/inspector?parcel={PARCEL}")
    assert page.status_code == 200
    for said in (
        "Thửa 345, tờ 12",
        "150,0\N{NO-BREAK SPACE}m²",
        "Đất ở tại đô thị (ODT)",
        "Đang bị kê biên",
        "Thi hành án dân sự, 15/QĐ-THA",
        "12/QĐ-UBND",
        "/office/parcels/unit-1/map-extract",
    ):
        assert said in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Parcel 345, sheet 12" in officer.get(f"/office/inspector?parcel={PARCEL}&lang=en").text


def test_the_panel_of_a_child_names_its_parent_and_a_parent_its_children(officer):
    assert "25195-12-400" in officer.get("/office/inspector?parcel=25195-12-401").text
    gone = officer.get("/office/inspector?parcel=25195-12-400")
    assert gone.status_code == 410
    assert "25195-12-401" in gone.text


def test_who_may_not_edit_sees_the_parcel_without_the_tool(client):
    enter(client, login="lan")
    page = client.get(f"/office?parcel={PARCEL}").text
    assert "Thửa 345, tờ 12" in page
    assert 'data-tool="split"' not in page
    assert '"edits": false' in page
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf": token.group(1), "reason": "x"}
    assert client.post("/office/transactions/GD-2026-000001/undo", data=form).status_code == 403


def test_an_unknown_transaction_is_told(officer):
    answer = officer.get("/office/transactions/GD-1999-000001")
    assert answer.status_code == 404
    assert "problem" in answer.text


def test_a_parcel_without_a_map_offers_no_split(officer):
    page = officer.get("/office/inspector?parcel=25195-12-900").text
    assert 'data-tool="split"' not in page
    assert "chưa có bản đồ" in page


@pytest.mark.parametrize(("ref", "status"), [("nonsense", 400), ("25195-12-9999", 404), ("", 400)])
def test_a_parcel_that_is_not_there_is_told_in_the_panel(officer, ref, status):
    page = officer.get(f"/office/inspector?parcel={ref}")
    assert page.status_code == status
    assert "problem" in page.text


def test_the_extract_is_a_page_to_print_from_the_same_data(officer, client):
    page = officer.get(f"/office/parcels/{PARCEL}/map-extract")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "1275015,000" in page.text
    assert f"/api/v1/parcels/{PARCEL}/map-extract.pdf" in page.text
    assert client.get(f"/office/parcels/{PARCEL}/map-extract").status_code == 303
    assert officer.get(f"/office/parcels/{PARCEL}/map-extract?crs=EPSG:4326").status_code == 400
    assert officer.get(f"/office/parcels/{PARCEL}").location == f"/office?parcel={PARCEL}"


def test_no_page_of_the_office_carries_an_inline_style(officer):
    for path in (
        "/office",
        f"/office?parcel={PARCEL}",
        f"/office/parcels/{PARCEL}/map-extract",
        "/office/sign-in",
    ):
        assert not re.search(r"\sstyle=|\son[a-z]+=", officer.get(path).text)
