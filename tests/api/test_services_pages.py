"""What can be done at the land office is told to anybody, in both languages, and nothing besides."""

from __future__ import annotations

import re

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.search_rules import fold
from landsvc.core.web import EXTENSION
from landsvc.finance.fees.reference import ensure_fees
from landsvc.portal.services_pages import cases, fits
from landsvc.registry.dossiers.reference import ensure_procedures
from tests.conftest import application, as_role, settings_for


@pytest.fixture(scope="module")
def client(module_db):
    with application(settings_for(module_db)) as app:
        ours = app.extensions[EXTENSION]
        ensure_procedures(ours.settings, ours.database)
        ensure_fees(ours.settings, ours.database)
        yield app.test_client()


def test_services_are_found_with_and_without_marks(client):
    every = client.get("/services?lang=vi").text
    assert all(f'href="/services/{code}"' in every for code in ("CN", "TK", "TN"))
    for words in ("chuyen nhuong", "Chuyển nhượng", "TRANSFER"):
        found = client.get("/services", query_string={"q": words, "lang": "vi"}).text
        assert 'href="/services/CN"' in found
        assert 'href="/services/TN"' not in found
    assert "Không có dịch vụ nào" in client.get("/services?q=xyzzy&lang=vi").text


def test_a_service_tells_papers_fee_time_limit_and_law(client):
    page = client.get("/services/TN?lang=vi").text
    for text in ("Tách", "Mẫu 21", "50.000", "12 ngày làm việc", "LĐĐ 31/2024/QH15", "mức thu mẫu"):
        assert text in page, text
    english = client.get("/services/TN?lang=en").text
    assert all(text in english for text in ("Papers to bring", "12 working days", "a sample amount"))
    assert client.get("/services/none-such").status_code == 404


def test_no_provinces_limit_takes_the_place_of_another():
    national = {"case": "", "province": "", "days": 12}
    own = {"case": "", "province": "75", "days": 10}
    other = {"case": "hard", "province": "", "days": 0}
    for rows in ([national, own, other], [own, national, other]):
        assert cases({"deadlines": rows}) == [[national, own], [other]]


def test_the_limit_of_a_province_is_told_as_that_provinces(client):
    page = client.get("/services/CC?lang=en").text
    assert re.search(r"Not at hand:\s+<strong>3 working days</strong>.*75: <strong>10 working days", page)
    assert "the same day, or up to 10 working days, by the case" in client.get("/services?q=data&lang=en").text


def test_data_cost_what_the_supply_of_data_costs(client):
    page = client.get("/services/CC?lang=en").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Nothing to pay" not in page
    assert "Fee for using land documents (each request): 100,000 đồng" in page
    assert "Together 100,000 đồng" in page
    assert "Each parcel after the first: 20,000 đồng" in page
    assert page.count("a sample amount") == 2


def test_what_only_authorities_ask_for_is_no_service(client):
    every = client.get("/services?lang=vi").text
    for code in ("TH", "DH", "NC", "XNC", "KB", "XKB", "TGS"):
        assert f'href="/services/{code}"' not in every
        assert client.get(f"/services/{code}").status_code == 404


def test_notes_of_ours_are_shown_to_nobody(client):
    every = client.get("/services?lang=vi").text
    for code in re.findall(r'href="/services/(\w+)"', every):
        page = client.get(f"/services/{code}?lang=vi").text
        assert "chưa tìm thấy" not in page
        assert "chưa xác định" not in page
    assert "1.012781" in client.get("/services/TD?lang=vi").text


def test_what_is_done_at_once_says_so(client):
    assert "trong ngày" in client.get("/services?q=the+chap&lang=vi").text
    assert not re.search(r"(?<!\d)0 (ngày làm việc|đến)", client.get("/services?lang=vi").text)


def test_strangers_learn_what_is_told_and_read_no_table(client, module_db):
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        (told,) = conn.execute("SELECT registry.procedures_told('2026-11-23')").fetchone()
        assert len(told) > 10
        for table in ("registry.procedure", "registry.deadline", "finance.fee_rate"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM {table}")
    with (
        psycopg.connect(as_role(module_db, "landsvc_public"), autocommit=True) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute("SELECT registry.procedures_told('2026-11-23')")


def test_of_a_day_before_any_procedure_nothing_is_told(client, module_db):
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        assert conn.execute("SELECT registry.procedures_told('1990-01-01')").fetchone() == ([],)


@given(st.text(max_size=40))
def test_a_word_typed_without_marks_finds_what_the_word_with_marks_finds(words):
    told = {"nameVi": words, "nameEn": "", "code": "", "applicantVi": "", "applicantEn": "", "documents": []}
    assert fits(told, words)
    assert fits(told, fold(words))
