"""The map extract (trích lục): what it says, that it is drawn, and what it refuses."""

from __future__ import annotations

import re
from datetime import date, timedelta

import psycopg
import pytest
from landsvc.core import clock
from landsvc.core.printing import Printer, RefusedFetch
from landsvc.office.extract_routes import prints_per_minute
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric
from tests.factories.wire import words_of_pdf

CODE = "w6h185vu4rv5"
YESTERDAY = clock.today() - timedelta(days=1)


@pytest.fixture(scope="module")
def client(module_db):
    with psycopg.connect(module_db) as conn:
        series = fabric.series(conn, fabric.commune(conn))
        fabric.parcel(
            conn,
            fabric.box(0, 0, 10, 15.24),
            number="345",
            series_id=series,
            code=CODE,
            uses={"ODT": 100.0, "CLN": 52.4},
        )
        fabric.parcel(conn, fabric.box(10, 0, 10, 15.24), number="346", series_id=series)
        fabric.parcel(conn, fabric.box(-10, -6, 60, 6), kind="object", uses={"DGT": 360.0})
        fabric.parcel(conn, None, number="900", series_id=series, uses={"ODT": 80.0})
        yard = fabric.box(100, 0, 60, 40)
        hole = fabric.box(120, 10, 12, 8).removeprefix("POLYGON(").removesuffix(")")
        fabric.parcel(conn, f"{yard[:-1]},{hole})", number="500", series_id=series)
        wavy = [(300 + 30 * (n % 2) + n, n * 4.0) for n in range(60)] + [(250.0, 236.0), (250.0, 0.0)]
        fabric.parcel(conn, fabric.polygon(*wavy), number="600", series_id=series)
        conn.commit()
        parent = fabric.parcel(conn, fabric.box(0, 50, 20, 10), number="400", series_id=series)
        conn.commit()
        why = fabric.record(conn, doc_no="77/QĐ-UBND")
        halves = [fabric.box(0, 50, 10, 10), fabric.box(10, 50, 10, 10)]
        first, _ = fabric.split(conn, parent, halves, why=why, valid_from=str(clock.today()))
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, used, record_id)"
            " VALUES (%s, %s, '12', '401', daterange(%s, NULL), %s)",
            (first, series, clock.today(), why),
        )
        conn.commit()
    with application(settings_for(module_db, OFFICE_NAME="Chi nhánh Đồng Xoài")) as app:
        yield app.test_client()


def extract(client, ref: str, **query: str):
    return client.get(f"/api/v1/parcels/{ref}/map-extract.pdf", query_string=query)


def text_of(answer) -> str:
    """Return the words of a printed extract."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    return words_of_pdf(answer.data)


def test_extract_says_what_the_register_says_with_its_marks(client):
    words = text_of(extract(client, "25195-12-345"))
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH",
        "CHI NHÁNH ĐỒNG XOÀI",
        "Thửa 345, tờ 12",
        CODE,
        "Phường Bình Phước",
        "Diện tích theo đăng ký 152,4 m²",
        "Diện tích tính từ tọa độ 152,40 m²",
        "Đất ở tại đô thị (ODT) 100,0 m²; Đất trồng cây lâu năm (CLN) 52,4 m²",
        "12/QĐ-UBND",
        "Tỷ lệ 1:500",
        "VN-2000 / TM-3 106-15 (EPSG:9212)",
    ):
        assert said in words


def test_corners_run_clockwise_from_the_north_west_with_x_north(client):
    words = text_of(extract(client, "25195-12-345"))
    assert "1 1275015,240 568000,000 1–2 10,00" in words
    assert "2 1275015,240 568010,000 2–3 15,24" in words
    assert "3 1275000,000 568010,000 3–4 10,00" in words
    assert "4 1275000,000 568000,000 4–1 15,24" in words
    assert "Chu vi: 50,48 m" in words


def test_neighbours_bear_their_numbers_and_roads_their_use(client):
    words = text_of(extract(client, "25195-12-345"))
    assert re.search(r"\b346\b", words)
    assert re.search(r"\bDGT\b", words)


def test_extract_in_english_and_by_code(client):
    words = text_of(extract(client, CODE, lang="en"))
    assert "EXTRACT OF THE CADASTRAL MAP" in words
    assert "Registered area 152.4 m²" in words


def test_extract_in_the_zone_of_another_survey(client):
    words = text_of(extract(client, "25195-12-345", crs="EPSG:5899"))
    assert "(EPSG:5899)" in words
    assert "1275015,240" not in words


def test_a_yard_within_a_parcel_has_its_corners_too(client):
    words = text_of(extract(client, "25195-12-500"))
    assert "8–5 8,00" in words


def test_a_parcel_of_many_corners_lists_them_all(client):
    words = text_of(extract(client, "25195-12-600"))
    assert "62–1" in words


def test_a_new_parcel_names_the_document_it_stands_on(client):
    words = text_of(extract(client, "25195-12-401"))
    assert "77/QĐ-UBND" in words
    assert "Thửa 401, tờ 12" in words


def test_a_retired_parcel_prints_as_it_was(client):
    assert extract(client, "25195-12-400").status_code == 410
    words = text_of(extract(client, "25195-12-400", validAt=YESTERDAY.isoformat()))
    assert "Thửa 400, tờ 12" in words
    assert f"tại ngày {YESTERDAY:%d/%m/%Y}" in words


@pytest.mark.parametrize(
    ("ref", "query", "status", "code"),
    [
        ("25195-12-900", {}, 422, "no-map-to-draw"),
        ("25195-12-345", {"crs": "EPSG:4326"}, 400, "not-a-plane"),
        ("25195-12-345", {"crs": "EPSG:1"}, 400, "unoffered-crs"),
        ("25195-12-345", {"scale": "100"}, 400, "invalid-input"),
        ("25195-12-999", {}, 404, "parcel-not-found"),
        ("nonsense", {}, 400, "malformed-reference"),
        ("25195-12-345", {"validAt": str(date(1950, 1, 1))}, 404, "parcel-not-then"),
    ],
)
def test_what_cannot_be_drawn_is_told(client, ref, query, status, code):
    answer = extract(client, ref, **query)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json.get("remedy") or code == "invalid-input"


def test_a_print_counts_as_twenty_look_ups(module_db, client):
    with application(settings_for(module_db, LOOKUP_PER_MINUTE="20")) as app:
        asked = [extract(app.test_client(), "nonsense").status_code for _ in range(2)]
    assert sorted(asked) in ([400, 429], [400, 400])  # the two may fall into two minutes
    assert [prints_per_minute(lookups) for lookups in (0, 1, 600)] == [0, 1, 30]


def test_printing_fetches_nothing_but_our_own_files(settings):
    printer = Printer(settings.web_dir)
    for address in ("http://127.0.0.1:1/x.png", "file:///etc/passwd", "data:text/plain,x"):
        with pytest.raises(RefusedFetch):
            printer.fetch(address)
