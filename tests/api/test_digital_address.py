"""A parcel has a digital address that leads back to it, and a sign for the door that names nobody."""

from __future__ import annotations

import json

import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.digital_address import address_of
from landsvc.geo import plus_code
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories.wire import words_of_pdf

CODE = "w6h185vu4rv5"


@pytest.fixture(scope="module")
def client(module_db):
    with psycopg.connect(module_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=CODE)
        land.parcel(conn, None, number="346", series_id=sheet)
    with application(settings_for(module_db)) as app:
        yield app.test_client()


def test_the_address_leads_there_and_back(client):
    told = client.get(f"/api/v1/parcels/{CODE}/address").json
    assert len(told["plusCode"]) == 12
    back = client.get("/api/v1/lookup", query_string={"plusCode": told["plusCode"]}).json
    assert back["parcel"]["code"] == CODE
    lon, lat = told["point"]
    assert client.get(f"/api/v1/lookup?lon={lon}&lat={lat}").json["parcel"]["code"] == CODE
    assert told["commune"] == {"code": "25195", "name": "Phường Bình Phước"}
    page = client.get(f"/?parcel={CODE}&lang=en").text
    assert told["plusCode"] in page
    assert f"/api/v1/parcels/{CODE}/door-sign.pdf" in page


def test_a_parcel_without_a_map_has_none(client):
    refused = client.get("/api/v1/parcels/25195-12-346/address")
    assert (refused.status_code, refused.json["code"]) == (404, "parcel-without-map")
    assert client.get("/api/v1/parcels/25195-12-346/door-sign.pdf").status_code == 404


@pytest.mark.parametrize(("language", "word"), [("vi", "Mã địa chỉ số"), ("en", "Digital address")])
def test_the_sign_is_printed_in_both_languages(client, language, word):
    sign = client.get(f"/api/v1/parcels/{CODE}/door-sign.pdf?lang={language}")
    assert sign.content_type == "application/pdf"
    words = " ".join(words_of_pdf(sign.data).split())
    code = client.get(f"/api/v1/parcels/{CODE}/address").json["plusCode"]
    assert code in words
    assert word.casefold() in words.casefold()
    assert CODE in words


def test_the_worked_example():
    square = shapely.box(106.882, 11.534, 106.884, 11.536)
    found = address_of({"geometry": shapely.geometry.mapping(square), "commune": {"code": "25195"}})
    assert found.plus_code.startswith("7P38GVPM+26")


@given(
    st.floats(105, 108),
    st.floats(10, 12.5),
    st.lists(st.tuples(st.floats(-1e-3, 1e-3), st.floats(-1e-3, 1e-3)), min_size=3, max_size=8),
)
def test_the_cell_holds_a_point_of_the_parcel(lon, lat, corners):
    hull = shapely.MultiPoint([(lon + x, lat + y) for x, y in corners]).convex_hull.buffer(1e-6)
    geometry = json.loads(json.dumps(shapely.geometry.mapping(hull)))
    found = address_of({"geometry": geometry, "commune": {"code": "25195"}})
    cell = plus_code.decode(found.plus_code)
    assert shapely.box(cell.west, cell.south, cell.east, cell.north).intersects(hull)
    assert hull.buffer(1e-7).contains(shapely.Point(found.lon, found.lat))
