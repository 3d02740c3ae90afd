"""One parcel by its reference: found, several, unknown, retired, in another system, as it was."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
import pytest
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric

CODE = "w6h185vu4rv5"


@pytest.fixture(scope="module")
def land(module_db) -> SimpleNamespace:
    """A commune with a 2012 series (and a 299 one), three parcels, one of them split."""
    with psycopg.connect(module_db) as conn:
        unit = fabric.commune(conn)
        old = fabric.one(
            conn,
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded) VALUES"
            " ('commune', '25198', 'Phường Tân Đồng', 'Tân Đồng', 'phường', '[1999-01-01,2025-07-01)', '')"
            " RETURNING id",
        )
        conn.execute("INSERT INTO cadastre.admin_succession VALUES (%s, %s, 'whole', true)", (old, unit))
        series = fabric.series(conn, unit)
        old_series = fabric.series(conn, old, year=1999)
        series_299 = fabric.series(conn, unit, kind="299", year=1985)
        first = fabric.parcel(
            conn,
            fabric.box(0, 0, 10, 15.24),
            number="345",
            series_id=series,
            code=CODE,
            uses={"ODT": 100.0, "CLN": 52.4},
        )
        number(conn, first, series_299, "12", "345")
        number(conn, first, series_299, "3", "7")
        second = fabric.parcel(conn, fabric.box(10, 0, 10, 10), number="346", series_id=series)
        fabric.parcel(conn, fabric.box(20, 0, 10, 10), number="9", sheet="TĐ12-2024", series_id=series)
        fabric.parcel(conn, fabric.box(30, 0, 10, 10), number="345", series_id=old_series)
        third = fabric.parcel(conn, fabric.box(40, 0, 10, 10), number="77", series_id=series)
        number(conn, second, series_299, "5", "5")
        number(conn, third, series, "5", "5")
        conn.commit()
        parent = fabric.parcel(conn, fabric.box(0, 50, 20, 10), number="400", series_id=series)
        conn.commit()
        children = fabric.split(conn, parent, [fabric.box(0, 50, 10, 10), fabric.box(10, 50, 10, 10)])
        for n, child in enumerate(children, 401):
            number(conn, child, series, "12", str(n))
        conn.commit()
    return SimpleNamespace(first=first, parent=parent, children=children)


def number(conn, unit: int, series: int, sheet: str, text: str) -> None:
    conn.execute(
        "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, on_map, used, record_id)"
        " SELECT %s, s.id, %s, %s, s.kind <> '299', '[2012-01-01,)', (SELECT max(id) FROM cadastre.record)"
        " FROM cadastre.map_series s WHERE s.id = %s",
        (unit, sheet, text, series),
    )


@pytest.fixture(scope="module")
def client(land, module_db):
    with application(settings_for(module_db)) as app:
        yield app.test_client()


def get(client, ref: str, **query: str):
    return client.get(f"/api/v1/parcels/{ref}", query_string=query)


def test_parcel_by_number(client):
    answer = get(client, "25195-12-345")
    assert answer.status_code == 200
    parcel = answer.json
    assert parcel["ref"] == "25195-12-345"
    assert parcel["code"] == CODE
    assert parcel["commune"] == {
        "code": "25195",
        "name": "Phường Bình Phước",
        "old": [{"code": "25198", "name": "Phường Tân Đồng"}],
    }
    assert (parcel["legalAreaM2"], parcel["computedAreaM2"], parcel["computedSrid"]) == (152.4, 152.4, 9212)
    assert [(use["code"], use["name"], use["areaM2"]) for use in parcel["uses"]] == [
        ("ODT", "Đất ở tại đô thị", 100.0),
        ("CLN", "Đất trồng cây lâu năm", 52.4),
    ]
    assert (parcel["validFrom"], parcel["version"]) == ("2019-05-01", 1)
    assert parcel["matched"]["series"] == "25195-cadastral-2012"
    lon, lat = parcel["geometry"]["coordinates"][0][0]
    assert 106.8 < lon < 106.9
    assert 11.5 < lat < 11.6
    assert lon == round(lon, 7)


def test_parcel_by_code_is_the_same_parcel(client):
    by_number, by_code = get(client, "25195-12-345").json, get(client, CODE).json
    assert by_code | {"matched": None} == by_number | {"matched": None}


def test_old_series_answers_and_says_so(client):
    parcel = get(client, "25195-3-7").json
    assert parcel["ref"] == "25195-12-345"
    assert parcel["matched"] == {"series": "25195-299-1985", "sheet": "3", "number": "7"}


def test_number_of_a_merged_commune_still_answers(client):
    assert get(client, "25198-12-345").json["ref"] == "25198-12-345"


def test_commune_as_it_was_in_a_year(client):
    assert get(client, "25198@2020-12-345").status_code == 200
    assert get(client, "25198@2026-12-345").status_code == 404


@pytest.mark.parametrize("ref", ["25195-TĐ12-2024-9", "25195-TD12-2024-9", "25195-td12-2024-9"])
def test_sheet_may_hold_hyphens_and_be_typed_plainly(client, ref):
    assert get(client, ref).json["ref"] == "25195-TĐ12-2024-9"


def test_several_series_give_candidates(client):
    answer = get(client, "25195-5-5")
    assert answer.status_code == 300
    assert answer.json["code"] == "several-parcels"
    assert {row["series"] for row in answer.json["candidates"]} == {"25195-cadastral-2012", "25195-299-1985"}


def test_unknown_parcel_is_404(client):
    for ref in ("25195-12-9999", "99999-1-1", "000000000000"):
        answer = get(client, ref)
        assert (answer.status_code, answer.json["code"]) == (404, "parcel-not-found")


def test_retired_parcel_names_its_successors(client):
    answer = get(client, "25195-12-400")
    assert (answer.status_code, answer.json["code"]) == (410, "parcel-retired")
    assert [row["ref"] for row in answer.json["successors"]] == ["25195-12-401", "25195-12-402"]


@pytest.mark.parametrize(
    "ref", ["x", "12-345", "25195-12", "25195--345", "25195@0000-1-1", "25195-12-3%00", "%FF"]
)
def test_malformed_reference_is_400_and_names_the_field(client, ref):
    answer = get(client, ref)
    assert answer.status_code == 400
    assert answer.json["field"] == "ref"


def test_geometry_in_the_working_system(client):
    parcel = get(client, "25195-12-345", crs="EPSG:9212").json
    assert parcel["crs"] == "EPSG:9212"
    assert [568000.0, 1275000.0] in parcel["geometry"]["coordinates"][0]


@pytest.mark.parametrize("crs", ["EPSG:1", "2249", "x", "EPSG:99999999"])
def test_system_not_offered_is_400(client, crs):
    answer = get(client, "25195-12-345", crs=crs)
    assert (answer.status_code, answer.json["field"]) == (400, "crs")


def test_unknown_parameter_is_400(client):
    answer = get(client, "25195-12-345", colour="red")
    assert (answer.status_code, answer.json["field"]) == (400, "colour")


def test_unchanged_parcel_is_not_sent_again(client):
    first = get(client, "25195-12-345")
    again = client.get("/api/v1/parcels/25195-12-345", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
