"""Parcels in a box, as they were, their family and neighbours; code lists and units."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest
from jsonschema import Draft202012Validator
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric


@pytest.fixture(scope="module")
def land(module_db) -> SimpleNamespace:
    """Twelve squares of 10 m in a row; the first of them is split in 2026 and known since now."""
    with psycopg.connect(module_db) as conn:
        unit = fabric.commune(conn)
        old = fabric.one(
            conn,
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded) VALUES"
            " ('commune', '25198', 'Phường Tân Đồng', 'Tân Đồng', 'phường', '[1999-01-01,2025-07-01)', '')"
            " RETURNING id",
        )
        conn.execute("INSERT INTO cadastre.admin_succession VALUES (%s, %s, 'part', true)", (old, unit))
        series = fabric.series(conn, unit)
        units = [
            fabric.parcel(conn, fabric.box(10 * n, 0, 10, 10), number=str(n), series_id=series) for n in range(12)
        ]
        fabric.parcel(conn, None, number="unmapped", series_id=series, area=100.0)
        conn.commit()
        before = fabric.one(conn, "SELECT clock_timestamp()")
        children = fabric.split(conn, units[0], [fabric.box(0, 0, 4, 10), fabric.box(4, 0, 6, 10)])
        for number, child in zip(("101", "102"), children, strict=True):
            conn.execute(
                "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, record_id)"
                " SELECT %s, %s, '12', %s, max(id) FROM cadastre.record",
                (child, series, number),
            )
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, record_id, used)"
            " SELECT %s, %s, '7', '8', max(id), '[2003-01-01,)' FROM cadastre.record",
            (units[8], fabric.series(conn, old, year=2003)),
        )
        conn.commit()
        box = fabric.one(conn, "SELECT ST_Extent(geom4326)::text FROM cadastre.parcel WHERE geom4326 IS NOT NULL")
    corners = box.removeprefix("BOX(").removesuffix(")").replace(" ", ",")
    return SimpleNamespace(box=corners, units=units, children=children, before=before.isoformat())


@pytest.fixture(scope="module")
def client(land, module_db):
    with application(settings_for(module_db)) as app:
        yield app.test_client()


def pages(client, bbox: str, limit: int) -> list[list[str]]:
    """Follow the next links to the end; return the references of each page."""
    found, url = [], f"/api/v1/parcels?bbox={bbox}&limit={limit}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.mimetype == "application/geo+json"
        found.append([feature["properties"]["ref"] for feature in answer.json["features"]])
        assert answer.json["numberReturned"] == len(found[-1])
        url = answer.json["next"] and "?".join(urlsplit(answer.json["next"])[2:4])
    return found


@pytest.mark.parametrize("grow", [0.0, 1.0])
def test_pages_of_a_box_hold_each_parcel_once(client, land, grow):
    west, south, east, north = map(float, land.box.split(","))
    bbox = f"{west - grow},{south - grow},{east + grow},{north + grow}"
    found = pages(client, bbox, 5)
    assert [len(page) for page in found] == [5, 5, 3]
    together = [ref for page in found for ref in page]
    assert len(set(together)) == 13
    assert set(together) == set(pages(client, bbox, 1000)[0])
    assert "25195-12-0" not in together


def test_empty_box_has_no_features(client):
    for bbox in ("0,0,1,1", "0,0,0.001,0.001"):
        answer = client.get(f"/api/v1/parcels?bbox={bbox}").json
        assert (answer["features"], answer["next"]) == ([], None)


@pytest.mark.parametrize("bbox", ["", "1,2,3", "1,2,3,x", "2,0,1,1", "0,0,200,1", "nan,0,1,1", "0,0,inf,1"])
def test_malformed_box_is_400(client, bbox):
    answer = client.get("/api/v1/parcels", query_string={"bbox": bbox})
    assert (answer.status_code, answer.json["field"]) == (400, "bbox")


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "x"), ("limit", "1001"), ("cursor", "abc"), ("cursor", "z" + "f" * 30)],
)
def test_malformed_paging_is_400(client, name, value):
    answer = client.get("/api/v1/parcels", query_string={"bbox": "0,0,1,1", name: value})
    assert (answer.status_code, answer.json["field"]) == (400, name)


def test_missing_box_is_400(client):
    answer = client.get("/api/v1/parcels")
    assert (answer.status_code, answer.json["field"]) == (400, "bbox")


def test_split_shows_in_two_times(client, land):
    def ref_at(valid: str, known: str | None) -> int:
        query = {"validAt": valid} | ({"knownAt": known} if known else {})
        return client.get("/api/v1/parcels/25195-12-0", query_string=query).status_code

    assert client.get("/api/v1/parcels/25195-12-0").status_code == 410
    assert ref_at("2025-12-31", None) == 200
    assert ref_at("2026-02-01", None) == 410
    assert ref_at("2026-02-01", land.before) == 200


def test_parcel_as_it_was_says_when(client, land):
    parcel = client.get(
        "/api/v1/parcels/25195-12-0", query_string={"validAt": "2025-12-31", "crs": "EPSG:9212"}
    ).json
    assert parcel["validAt"] == "2025-12-31"
    assert parcel["ref"] == "25195-12-0"
    assert parcel["uses"][0]["name"] == "Đất ở tại đô thị"
    assert parcel["geometry"]["coordinates"][0][0] == [568000.0, 1275000.0]


def test_commune_of_the_past_is_the_one_of_its_day(client, land):
    def commune(ref: str, **query) -> dict:
        whole = client.get(f"/api/v1/parcels/{ref}", query_string=query).json["commune"]
        extract = client.get(f"/api/v1/parcels/{ref}/planning", query_string=query).json["parcel"]["commune"]
        assert extract == whole
        return whole

    now = {
        "code": "25195",
        "name": "Phường Bình Phước",
        "old": [{"code": "25198", "name": "Phường Tân Đồng"}],
    }
    assert commune("25195-12-5") == now
    assert commune("25195-12-5", validAt="2025-08-01") == now
    assert commune("25195-12-5", validAt="2020-01-01") == now  # its only number is of today's commune
    assert commune("25198-7-8", validAt="2020-01-01") == {"code": "25198", "name": "Phường Tân Đồng", "old": []}
    assert commune("25198-7-8", validAt="2025-08-01") == now


@pytest.mark.parametrize(
    ("name", "value"), [("validAt", "yesterday"), ("validAt", "20250101"), ("knownAt", "2999-01-01T00:00:00Z")]
)
def test_malformed_time_is_400(client, name, value):
    answer = client.get("/api/v1/parcels/25195-12-0", query_string={name: value})
    assert (answer.status_code, answer.json["field"]) == (400, name)


def test_history_of_a_retired_parcel(client):
    answer = client.get("/api/v1/parcels/25195-12-0/history").json
    newest, oldest = answer["versions"]
    assert (oldest["validTo"], newest["validTo"]) == (None, "2026-01-01")
    assert oldest["knownTo"] is not None
    assert newest["knownTo"] is None
    assert oldest["closedBy"]["docNo"] == "12/QĐ-UBND"


def test_lineage_reads_both_ways(client, land):
    down = client.get("/api/v1/parcels/25195-12-0/lineage").json
    assert [(row["generation"], row["ref"], row["current"]) for row in down["parcels"]] == [
        (0, "25195-12-0", False),
        (1, "25195-12-101", True),
        (1, "25195-12-102", True),
    ]
    assert [(row["parent"], row["child"]) for row in down["links"]] == [
        (land.units[0], child) for child in land.children
    ]
    up = client.get("/api/v1/parcels/25195-12-101/lineage").json
    assert [(row["generation"], row["ref"]) for row in up["parcels"]] == [(-1, "25195-12-0"), (0, "25195-12-101")]


def test_neighbours_share_their_edge(client):
    rows = client.get("/api/v1/parcels/25195-12-5/neighbours").json["neighbours"]
    assert {(row["ref"], row["sharedM"]) for row in rows} == {("25195-12-4", 10.0), ("25195-12-6", 10.0)}


def test_neighbours_come_with_their_corners_in_the_asked_system(client):
    answer = client.get("/api/v1/parcels/25195-12-5/neighbours?crs=EPSG:9212").json
    own = client.get("/api/v1/parcels/25195-12-5?crs=EPSG:9212").json["geometry"]["coordinates"][0]
    assert answer["crs"] == "EPSG:9212"
    for row in answer["neighbours"]:
        shared = [corner for corner in row["geometry"]["coordinates"][0] if corner in own]
        assert len(set(map(tuple, shared))) == 2


def test_neighbours_of_a_parcel_without_a_map_are_not_known(client):
    answer = client.get("/api/v1/parcels/25195-12-unmapped/neighbours?lang=en").json
    assert answer["neighbours"] is None
    assert answer["note"] == "This parcel has no map yet, so nobody knows who touches it."
    known = client.get("/api/v1/parcels/25195-12-5/neighbours").json
    assert "note" not in known
    components = client.get("/api/v1/openapi.json").json["components"]
    described = Draft202012Validator({"$ref": "#/components/schemas/Neighbours", "components": components})
    described.validate(answer)
    described.validate(known)


def test_land_use_types_are_listed(client):
    rows = client.get("/api/v1/land-use-types").json["landUseTypes"]
    assert [row["code"] for row in rows] == ["ODT", "CLN", "DGT"]
    assert rows[0]["name"] == "Đất ở tại đô thị"


def test_units_of_a_day_name_their_successors(client):
    now = client.get("/api/v1/units").json["units"]
    assert [(unit["code"], [old["name"] for old in unit["from"]]) for unit in now] == [
        ("25195", ["Phường Tân Đồng"])
    ]
    then = client.get("/api/v1/units", query_string={"at": "2020-01-01", "level": "commune"}).json["units"]
    assert [(unit["code"], unit["into"][0]["relation"]) for unit in then] == [("25198", "part")]
    assert then[0]["validTo"] == "2025-07-01"


def test_unit_renamed_shows_in_its_parcels(client, land, module_db):
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE cadastre.admin_unit SET name = 'Phường Tân Đồng cũ' WHERE code = '25198'")
        conn.execute("UPDATE cadastre.land_use_type SET name_vi = 'Đất ở đô thị' WHERE code = 'ODT'")
        conn.commit()
        parcel = client.get("/api/v1/parcels/25195-12-5").json
        conn.execute("UPDATE cadastre.admin_unit SET name = 'Phường Tân Đồng' WHERE code = '25198'")
        conn.execute("UPDATE cadastre.land_use_type SET name_vi = 'Đất ở tại đô thị' WHERE code = 'ODT'")
    assert parcel["commune"]["old"] == [{"code": "25198", "name": "Phường Tân Đồng cũ"}]
    assert parcel["uses"][0]["name"] == "Đất ở đô thị"
