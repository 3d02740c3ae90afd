"""The calculator takes area and price from a parcel, says where they come from, and leaves them free to change."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.finance.obligations.reference import ensure_figures
from tests.conftest import application, opened, settings_for
from tests.factories import cadastre as land
from tests.factories import prices

REF = "25195-12-345"


@pytest.fixture(scope="module")
def client(module_db):
    settings = settings_for(module_db)
    with opened(module_db) as database:
        ensure_figures(settings, database)
    with psycopg.connect(module_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        land.parcel(conn, land.box(20, 5, 20, 20), number="345", series_id=sheet)
    with application(settings) as app:
        yield app.test_client()


def page(client, kind: str, **given: str):
    return client.get(f"/calculator/{kind}", query_string={"lang": "vi"} | given)


def test_a_parcel_without_a_price_fills_its_area_and_says_so(client):
    shown = page(client, "land-tax", parcel=REF)
    assert shown.status_code == 200
    assert 'name="areaM2" value="400,0"' in shown.text
    assert "chưa có giá cho thửa này" in shown.text
    assert "Giá" in shown.text


def test_a_parcel_fills_price_and_coefficient_with_their_source_and_both_may_be_changed(client, module_db):
    with psycopg.connect(module_db) as conn:
        prices.farm_uses(conn)
        made = prices.table(conn)
        prices.factor(conn, made, "market", "1.2", use="ODT")
    shown = page(client, "transfer", parcel=REF).text
    assert 'name="unitPriceVnd" value="10000000"' in shown
    assert 'name="coefficient" value="1,2"' in shown
    assert "01/2025/QĐ" in shown
    assert "Đường D1" in shown
    worked = page(client, "transfer", parcel=REF, contractPriceVnd="1", count="1").text
    # 400 m² at 10 000 000 đồng and K 1.2: 2 % of 4.8 billion.
    assert "96.000.000" in worked
    changed = page(client, "transfer", parcel=REF, contractPriceVnd="1", count="1", unitPriceVnd="5.000.000").text
    assert "48.000.000" in changed


def test_of_several_uses_area_and_price_are_of_the_same_one(client, module_db):
    with psycopg.connect(module_db) as conn:
        sheet = land.one(conn, "SELECT series_id FROM cadastre.parcel LIMIT 1")
        garden = land.box(60, 5, 20, 20)
        land.parcel(conn, garden, number="346", series_id=sheet, uses={"ODT": 150, "CLN": 250})
        prices.farm_uses(conn)
        if not land.one(conn, "SELECT count(*) FROM finance.price_table"):
            prices.factor(conn, prices.table(conn), "market", "1.2", use="ODT")
    worked = page(client, "transfer", parcel="25195-12-346", contractPriceVnd="1", count="1").text
    assert 'name="areaM2" value="150,0"' in worked
    assert "ODT (150,0\N{NO-BREAK SPACE}m²)" in worked
    assert "CLN (250,0\N{NO-BREAK SPACE}m²)" in worked
    # 150 m² at 10 000 000 đồng and K 1.2: 2 % of 1.8 billion; all 400 m² would be 96 million.
    assert "36.000.000" in worked
    assert "96.000.000" not in worked


@pytest.mark.parametrize(("ref", "status"), [("25195-12-99999", 404), ("???", 400)])
def test_a_parcel_nobody_knows_is_said_above_the_form(client, ref, status):
    shown = page(client, "transfer", parcel=ref)
    assert shown.status_code == status
    assert 'role="alert"' in shown.text
    assert 'name="areaM2"' in shown.text


def test_the_answer_of_a_parcel_leads_to_the_kinds_with_it(client):
    assert "/calculator?parcel=" in client.get(f"/?parcel={REF}").text
    assert f"/calculator/transfer?parcel={REF}" in client.get(f"/calculator?parcel={REF}").text
