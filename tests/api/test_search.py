"""The search box: names old and new, misspelt, sheet and number, references, coordinates, plus codes."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
import pytest
from landsvc.geo import crs, plus_code
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric
from tests.factories import planning as plans

CODE = "w6h185vu4rv5"


@pytest.fixture(scope="module")
def land(module_db) -> SimpleNamespace:
    """Two communes of today; Tân Khai came from two old ones, each with its own sheet 12."""
    with psycopg.connect(module_db) as conn:
        new = fabric.commune(conn, "25432", name="Xã Tân Khai")
        other = fabric.commune(conn, name="Phường Bình Phước", geom=fabric.box(6000, 0, 1000, 1000))
        for code, name in (("25433", "Xã Đồng Nơ"), ("25439", "Xã Tân Hiệp")):
            old = fabric.one(
                conn,
                "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded)"
                " VALUES ('commune', %s, %s, %s, 'xã', '[1999-01-01,2025-07-01)', '') RETURNING id",
                code,
                name,
                name.removeprefix("Xã "),
            )
            conn.execute("INSERT INTO cadastre.admin_succession VALUES (%s, %s, 'whole', true)", (old, new))
        series, old_series = fabric.series(conn, new), fabric.series(conn, old, year=2003)
        elsewhere = fabric.series(conn, other)
        fabric.parcel(
            conn, fabric.box(0, 0, 10, 10), number="345", series_id=series, commune_code="25432", code=CODE
        )
        fabric.parcel(conn, fabric.box(10, 0, 10, 10), number="345", series_id=old_series, commune_code="25432")
        fabric.parcel(
            conn, fabric.box(20, 0, 10, 10), number="12", sheet="345", series_id=series, commune_code="25432"
        )
        fabric.parcel(conn, fabric.box(6010, 0, 10, 10), number="345", series_id=elsewhere)
        fabric.parcel(conn, fabric.box(6020, 0, 10, 10), number="8", sheet="TĐ12-2024", series_id=elsewhere)
        conn.commit()
        parent = fabric.parcel(
            conn, fabric.box(30, 0, 20, 10), number="9", series_id=series, commune_code="25432"
        )
        conn.commit()
        fabric.split(conn, parent, [fabric.box(30, 0, 10, 10), fabric.box(40, 0, 10, 10)])
        plans.themes(conn)
        plans.coverage(conn, plans.plan(conn), fabric.box(-100, -100, 500, 500))
    lon, lat = crs.transform_point(fabric.X0 + 5, fabric.Y0 + 5, 9212, 4326, "B")
    return SimpleNamespace(lon=lon, lat=lat)


@pytest.fixture(scope="module")
def client(land, module_db):
    with application(settings_for(module_db)) as app:
        yield app.test_client()


def found(client, text: str, **query) -> list[dict]:
    answer = client.get("/api/v1/search", query_string={"q": text, "lang": "en"} | query)
    assert answer.status_code == 200, answer.json
    assert answer.json["query"] == text
    return answer.json["results"]


def test_the_order_of_words_and_todays_name_decide_between_like_names(client, module_db):
    with psycopg.connect(module_db) as conn:
        fabric.commune(conn, "25220", name="Phường Phước Bình", geom=fabric.box(7000, 0, 1000, 1000))
        for code, name in (("25219", "Xã Phước Bình"), ("25198", "Xã Bình Phước")):
            conn.execute(
                "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded)"
                " VALUES ('commune', %s, %s, %s, 'xã', '[1999-01-01,2025-07-01)', '')",
                (code, name, name.removeprefix("Xã ")),
            )
    assert [row["label"] for row in found(client, "binh phuoc")][:2] == ["Phường Bình Phước", "Xã Bình Phước"]
    assert [row["label"] for row in found(client, "phước bình")][:2] == ["Phường Phước Bình", "Xã Phước Bình"]


@pytest.mark.parametrize("text", ["Tân Khai", "tan khai", "xa tan khai", "tan khay", "tân khải", "TAN KHAI"])
def test_commune_is_found_without_marks_and_misspelt(client, text):
    first = found(client, text)[0]
    assert (first["kind"], first["label"], first["ref"]) == ("unit", "Xã Tân Khai", "25432")
    assert first["detail"] == "formerly Xã Tân Hiệp, Xã Đồng Nơ"
    west, south, east, north = first["bbox"]
    assert west < first["point"][0] < east
    assert south < first["point"][1] < north


@pytest.mark.parametrize("text", ["Đồng Nơ", "dong no", "xã đồng no"])
def test_old_commune_names_what_it_is_now(client, text):
    first = found(client, text)[0]
    assert (first["kind"], first["label"]) == ("oldUnit", "Xã Đồng Nơ")
    assert first["detail"] == "now Xã Tân Khai"
    assert first["point"] is not None


def test_code_of_a_commune_is_found(client):
    assert found(client, "25433")[0]["label"] == "Xã Đồng Nơ"


def test_number_in_a_commune_finds_all_series_and_both_orders(client):
    rows = found(client, "345/12 Tân Khai")
    assert [row["ref"] for row in rows[:2]] == ["25432-12-345", "25439-12-345"]
    assert rows[2]["ref"] == "25432-345-12"
    assert rows[2]["note"] == "Read as sheet/parcel."
    assert rows[1]["detail"] == "Xã Tân Khai (formerly Xã Tân Hiệp)"
    assert all(row["kind"] == "parcel" for row in rows)


@pytest.mark.parametrize("text", ["tờ 12 thửa 345", "thua 345 to 12", "Thửa đất số 345, tờ bản đồ số 12"])
def test_number_without_a_place_is_looked_for_everywhere(client, text):
    assert {row["ref"] for row in found(client, text)} == {"25432-12-345", "25439-12-345", "25195-12-345"}


def test_number_in_an_old_commune_is_its_own_only(client):
    assert [row["ref"] for row in found(client, "thửa 345 tờ 12 xã Tân Hiệp")] == ["25439-12-345"]


def test_sheet_is_found_as_typed_on_a_plain_keyboard(client):
    assert found(client, "to td12-2024 thua 8")[0]["ref"] == "25195-TĐ12-2024-8"


def test_number_that_is_not_there_shows_the_place(client):
    rows = found(client, "999/12 Bình Phước")
    assert rows[0]["kind"] == "unit"
    assert rows[0]["note"] == "No parcel with this sheet and number was found there."


def test_reference_and_code_find_one_parcel(client):
    for text in ("25432-12-345", CODE, CODE.upper()):
        (row,) = found(client, text)
        assert (row["kind"], row["ref"], row["score"]) == ("parcel", "25432-12-345", 1.0)


def test_retired_parcel_is_found_and_says_so(client):
    (row,) = found(client, "25432-12-9")
    assert row["note"] == "This parcel is no longer current."


def test_pasted_coordinates_are_found_in_either_order(client, land):
    for text in (f"{land.lat:.6f}, {land.lon:.6f}", f"{land.lon:.6f} {land.lat:.6f}"):
        first = found(client, text)[0]
        assert first["kind"] == "coordinate"
        assert first["point"] == pytest.approx([land.lon, land.lat], abs=1e-6)


def test_vn2000_metres_are_found(client, land):
    first = found(client, "X=1275005.00 Y=568005.00")[0]
    assert first["point"] == pytest.approx([land.lon, land.lat], abs=1e-6)
    assert first["note"] == "Read as north first, east second."


def test_plus_code_is_found(client):
    assert found(client, "7P2CG4V8+22")[0]["kind"] == "plusCode"


def test_plus_of_a_plus_code_may_be_left_unescaped(client):
    (first,) = client.get("/api/v1/search?q=7P2CG4V8+22").json["results"]
    assert (first["kind"], first["label"]) == ("plusCode", "7P2CG4V8+22")


@pytest.mark.parametrize(
    "text",
    [
        *("{short} Tân Khai", "{short}, tan khai", "xã Tân Khai {short}", "{lower} tân khai"),
        *("{blank} Tân Khai", "xã Tân Khai {blank}"),
    ],
)
def test_short_plus_code_is_completed_beside_a_place(client, land, text):
    whole = plus_code.encode(land.lon, land.lat)
    row = found(client, text.format(short=whole[4:], lower=whole[4:].lower(), blank=whole[4:].replace("+", " ")))[
        0
    ]
    assert (row["kind"], row["label"]) == ("plusCode", f"{whole[4:]} Xã Tân Khai")
    assert row["point"] == pytest.approx([land.lon, land.lat], abs=1e-4)


def test_short_plus_code_beside_no_known_place_is_no_place(client, land):
    short = plus_code.encode(land.lon, land.lat)[4:]
    assert [row for text in (short, f"{short} zzqqzz") for row in found(client, text)] == []


def test_retired_parcel_of_a_number_lies_where_it_lay(client, land):
    row = next(row for row in found(client, "tờ 12 thửa 9 Tân Khai") if row["ref"] == "25432-12-9")
    assert row["note"] == "This parcel is no longer current."
    west, south, east, north = row["bbox"]
    assert west < row["point"][0] < east
    assert south < row["point"][1] < north
    everywhere = next(row for row in found(client, "tờ 12 thửa 9") if row["ref"] == "25432-12-9")
    assert everywhere["point"] == row["point"]


@pytest.mark.parametrize("text", ["thửa 30", "Thửa đất số 30", "tờ 12", "tờ bản đồ số 12"])
def test_number_or_sheet_alone_suggests_nothing(client, text):
    assert found(client, text) == []


def test_number_without_a_sheet_shows_its_place_and_says_what_is_missing(client):
    (row, *_) = found(client, "thửa 30 Tân Khai")
    assert (row["kind"], row["label"]) == ("unit", "Xã Tân Khai")
    assert row["note"] == "Give both the sheet and the parcel number."


def test_plan_is_found_by_name_and_decision(client, module_db):
    for text in ("quy hoach thu", "1234/QĐ-UBND"):
        row = next(row for row in found(client, text) if row["kind"] == "plan")
        assert row["ref"] == "QH-2030"
        west, south, east, north = row["bbox"]
        assert west < row["point"][0] < east


def test_nothing_is_an_empty_list(client):
    assert found(client, "zzzzqqqq wwww") == []
    assert found(client, "25432-12-99999") == []


def test_limit_holds(client):
    assert len(found(client, "tờ 12 thửa 345", limit=2)) == 2


@pytest.mark.parametrize(
    ("query", "field"), [({}, "q"), ({"q": ""}, "q"), ({"q": "x" * 201}, "q"), ({"q": "a", "limit": 0}, "limit")]
)
def test_malformed_search_is_400(client, query, field):
    answer = client.get("/api/v1/search", query_string=query)
    assert (answer.status_code, answer.json["field"]) == (400, field)


def test_too_many_searches_wait(module_db, land):
    with application(settings_for(module_db, LOOKUP_PER_MINUTE="3")) as app:
        client = app.test_client()
        statuses = [client.get("/api/v1/search?q=tan").status_code for _ in range(8)]
        refused = client.get("/api/v1/search?q=tan")
    # The minute may turn over between two of them.
    assert statuses.count(200) in range(3, 7)
    assert refused.status_code == 429 or statuses.count(429) >= 1
    if refused.status_code == 429:
        assert refused.headers["Retry-After"] == "60"
        assert refused.json["code"] == "too-many-requests"


def test_a_number_on_two_maps_names_first_the_parcel_that_bears_it_today(client, module_db):
    with psycopg.connect(module_db) as conn:
        unit = fabric.commune(conn, "25999", name="Xã Hai Bản Đồ", geom=fabric.box(9000, 0, 100, 100))
        older, newer = fabric.series(conn, unit, year=1990, kind="299"), fabric.series(conn, unit)
        first = fabric.parcel(
            conn, fabric.box(9000, 0, 10, 10), number="5", series_id=older, commune_code="25999"
        )
        fabric.parcel(conn, fabric.box(9010, 0, 10, 10), number="5", series_id=newer, commune_code="25999")
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, record_id)"
            " SELECT id, %s, '12', '77', record_id FROM cadastre.parcel_unit WHERE id = %s",
            (newer, first),
        )
    asked = client.get("/api/v1/search", query_string={"q": "25999-12-5"}, headers={"Accept-Language": "en"})
    found = [(each["label"], each["note"]) for each in asked.json["results"]]
    assert found == [("25999-12-5", None), ("25999-12-77", "It had this number on map 25999-299-1990.")]
