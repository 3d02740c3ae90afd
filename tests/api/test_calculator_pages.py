"""The calculator as a page: what is typed as people write it, the working in both languages, faults at their field."""

from __future__ import annotations

import re

import pytest
from landsvc.finance.obligations.reference import ensure_figures
from landsvc.portal.calculator_forms import FORMS, read
from tests.conftest import application, opened, settings_for

SALE = {
    "areaM2": "150",
    "unitPriceVnd": "5.000.000",
    "coefficient": "1,2",
    "contractPriceVnd": "1 200 000 000",
    "on": "2026-09-01",
    "count": "1",
}


@pytest.fixture(scope="module")
def client(module_db):
    settings = settings_for(module_db)
    with opened(module_db) as database:
        ensure_figures(settings, database)
    with application(settings) as app:
        yield app.test_client()


def page(client, kind: str = "", **given: str):
    return client.get(f"/calculator/{kind}".rstrip("/"), query_string={"lang": "vi"} | given)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", ["", *FORMS])
def test_each_form_stands_in_both_languages_and_says_that_it_estimates(client, kind, language):
    shown = page(client, kind, lang=language)
    assert shown.status_code == 200
    assert ("chỉ có giá trị tham khảo" if language == "vi" else "for reference only") in shown.text


def test_a_sale_typed_as_people_write_it_is_worked_out(client):
    shown = page(client, "transfer", **SALE)
    assert "27.750.000\N{NO-BREAK SPACE}đồng" in shown.text
    assert "NĐ 253/2026/NĐ-CP Điều 57" in shown.text
    assert "Tỉnh cần xác nhận" in shown.text
    in_english = page(client, "transfer", **SALE | {"lang": "en", "coefficient": "1.2"}).text
    assert "27,750,000\N{NO-BREAK SPACE}đồng" in in_english


def test_two_sellers_are_shown_one_by_one(client):
    shown = page(client, "transfer", **SALE, sellersShares="7/10, 3/10").text
    assert re.search(r"người thứ 2, phần 3/10", shown)
    assert "7.200.000" in shown


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"areaM2": "a lot"}, "areaM2"),
        ({"contractPriceVnd": "-5"}, "contractPriceVnd"),
        ({"sellersShares": "1/2, 1/3"}, "sellersShares"),
        ({"buyersCount": "0"}, "buyersCount"),
    ],
)
def test_a_fault_is_told_at_its_field_and_what_was_typed_stays(client, changed, field):
    shown = page(client, "transfer", **SALE | changed)
    assert shown.status_code in {400, 422}
    assert 'role="alert"' in shown.text
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', shown.text)
    assert 'value="1 200 000 000"' in shown.text or field == "contractPriceVnd"


def test_what_is_no_form_is_not_found(client):
    assert page(client, "yacht").status_code == 404


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("150,5", "vi", "150.5"),
        ("1.500", "vi", "1500"),
        ("1.500,25 m²", "vi", "1500.25"),
        ("150.5", "vi", "150.5"),
        ("1,500.25", "en", "1500.25"),
        ("1.500", "en", "1.500"),
    ],
)
def test_areas_are_read_as_the_language_writes_them(text, language, number):
    area = FORMS["rice-land"].asks[0]
    assert read(area, text, language) == number
