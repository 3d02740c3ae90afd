"""The pages answer without a browser: text twins, languages, policy, files, explanations of errors."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from landsvc.core import clock
from landsvc.portal.answers import present
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories import town


@pytest.fixture(scope="module")
def town_db(module_db: str) -> str:
    with psycopg.connect(module_db) as conn:
        town.lay(conn)
    return module_db


@pytest.fixture(scope="module")
def portal(town_db: str):
    with application(settings_for(town_db)) as app:
        yield app


@pytest.fixture
def client(portal):
    return portal.test_client()


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_link_to_a_parcel_is_answered_as_text(client):
    answer = client.get("/?parcel=25195-12-103")
    assert answer.status_code == 200
    said = text_of(answer)
    assert "Thửa 103, tờ 12" in said
    assert "Thửa đất rộng 364,0 m²" in said
    assert "Quy hoạch sử dụng đất: Đất ở tại đô thị (69,2 %)" in said


def test_piece_of_the_page_says_what_the_page_says(client):
    place = {"parcel": "25195-12-103"}
    piece = client.get("/answer", query_string=place).text
    assert piece.strip() in client.get("/", query_string=place).text


def test_answer_carries_the_shape_for_the_map(client):
    piece = client.get("/answer?parcel=25195-12-103").text
    block = re.search(r'class="answer-geometry">(.*?)</script>', piece, re.DOTALL)
    assert block is not None
    assert json.loads(block.group(1))["type"] in {"Polygon", "MultiPolygon"}


def test_english_answer_names_plans_in_english_where_they_have_a_name(town_db: str, client):
    with psycopg.connect(town_db) as conn:
        plan = plans.plan(conn, "QH-EN", name_en="Plan with an English name")
        plans.zone(conn, plan, land.box(120, 0, 40, 30))
        plans.refresh(conn)
    said = text_of(client.get("/answer?parcel=25195-12-110&lang=en"))
    assert "Plan with an English name" in said
    assert "Quy hoạch thử" in said  # the town's other plan has no English name
    assert "English" not in text_of(client.get("/answer?parcel=25195-12-110&lang=vi"))


@pytest.mark.parametrize(("language", "said"), [("vi", "Tại ngày 04/03/2023"), ("en", "As of 4 March 2023")])
def test_answer_of_the_past_names_its_day_in_the_heading(client, language: str, said: str):
    asked = {"parcel": "25195-12-103", "validAt": "2023-03-04", "lang": language}
    answer = client.get("/answer", query_string=asked).text
    heading = re.search(r"<h2.*?</h2>", answer, re.DOTALL)
    assert heading is not None
    assert said in heading.group()
    assert "data-past" in answer
    assert "past-note" in answer
    assert "&amp;validAt=2023-03-04" in answer


def test_answer_of_today_names_no_day_in_the_heading(client):
    answer = client.get("/answer?parcel=25195-12-103").text
    assert "heading-day" not in answer
    assert "data-past" not in answer


def heading_of(answer: str) -> str:
    heading = re.search(r"<h2.*?</h2>", answer, re.DOTALL)
    assert heading is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", heading.group()))


@pytest.mark.parametrize(
    ("language", "said"),
    [("vi", "Như đã biết lúc %H:%M ngày %d/%m/%Y"), ("en", "As known on {day} %B %Y at %H:%M")],
)
@pytest.mark.parametrize("valid_at", ["", "2023-03-04"])
def test_answer_as_once_known_says_so_in_the_heading(client, language, said, valid_at):
    known = clock.now().astimezone(clock.OFFICE_ZONE)
    asked = {"parcel": "25195-12-103", "knownAt": known.isoformat(), "validAt": valid_at, "lang": language}
    answer = unescape(client.get("/answer", query_string=asked).text)
    heading = heading_of(answer)
    assert known.strftime(said).format(day=known.day) in heading
    assert ("04/03/2023" in heading or "4 March 2023" in heading) == bool(valid_at)
    assert "data-past" in answer
    # Who shares it, or asks for another day, keeps it.
    link = re.search(r'href="([^"]+)"\s+data-share', answer)
    assert link is not None
    assert dict(parse_qsl(urlsplit(link.group(1)).query))["knownAt"] == known.isoformat()
    assert re.search(rf'name="knownAt"\s+value="{re.escape(known.isoformat())}"', answer)


def test_answer_of_now_names_no_instant(client):
    answer = client.get("/answer?parcel=25195-12-103").text
    assert "knownAt" not in answer


def test_place_without_parcel_as_once_known_says_so_too(client):
    lon, lat = town.lonlat(-50, 50)
    answer = client.get("/answer", query_string={"lon": lon, "lat": lat, "knownAt": clock.now().isoformat()}).text
    assert "Như đã biết lúc" in heading_of(answer)


@pytest.mark.parametrize(("on_map", "title"), [([True, False], "Thửa 7, tờ 3"), ([False, True], "Thửa 8, tờ 3")])
def test_title_names_the_number_on_the_map(app, on_map, title):
    numbers = [
        {"series": "s", "sheet": "3", "number": number, "onMap": flag, "asPrinted": not flag}
        for number, flag in zip(("7", "8"), on_map, strict=True)
    ]
    parcel = {"ref": "25195-3-7", "commune": {"code": "25195", "name": "Phường", "old": []}, "numbers": numbers}
    with app.test_request_context("/"):
        assert present({"parcel": parcel}, {}).title == title


def spot_of(answer) -> dict:
    block = re.search(r'class="answer-spot">(.*?)</script>', answer.text, re.DOTALL)
    assert block is not None
    return json.loads(block.group(1))


def test_place_without_parcel_is_marked_on_the_map(client):
    lon, lat = town.lonlat(-50, 50)
    x, y = town.land.X0 - 50, town.land.Y0 + 50
    for place in ({"lon": lon, "lat": lat}, {"x": x, "y": y, "srid": town.land.SRID}):
        spot = spot_of(client.get("/", query_string=place))
        assert spot["point"] == pytest.approx([lon, lat], abs=1e-6)
        assert spot["accuracyM"] == 0


def test_several_parcels_come_with_the_circle(client):
    lon, lat = town.lonlat(28, 26)
    answer = client.get("/", query_string={"lon": lon, "lat": lat, "accuracyM": 12})
    assert spot_of(answer) == {"point": [lon, lat], "accuracyM": 12}


@pytest.mark.parametrize(
    ("language", "said", "not_said"),
    [("vi", "ảnh hưởng đến nơi này", "thửa này"), ("en", "would touch this place", "touch it")],
)
def test_place_without_parcel_is_called_a_place(client, language: str, said: str, not_said: str):
    lon, lat = town.lonlat(-10, 30)
    answer = text_of(client.get("/answer", query_string={"lon": lon, "lat": lat, "lang": language}))
    assert said in answer
    assert not_said not in answer


def test_retired_parcel_shows_its_last_outline_and_the_way_there(client):
    answer = client.get("/?parcel=25195-12-140").text
    block = re.search(r'class="answer-geometry" data-past>(.*?)</script>', answer, re.DOTALL)
    assert block is not None
    assert json.loads(block.group(1))["coordinates"]
    link = re.search(r'href="(/\?parcel=25195-12-140&amp;validAt=[0-9-]+)"', answer)
    assert link is not None
    assert client.get(unescape(link.group(1))).status_code == 200


def test_three_states_of_a_theme_are_three_sections(client):
    said = text_of(client.get("/answer?parcel=25195-12-103"))
    affected, clear, unknown = (said.index(word) for word in ("Chịu ảnh hưởng", "Không chịu", "Chưa có dữ liệu"))
    assert affected < clear < unknown
    assert said.index("Khu vực bảo vệ di tích") > clear
    assert said.index("Mốc đo đạc, mốc giới") > unknown


def test_place_without_parcel_tells_its_planning_with_404(client):
    lon, lat = town.lonlat(-50, 50)
    answer = client.get("/answer", query_string={"lon": lon, "lat": lat})
    assert answer.status_code == 404
    assert "Đất ở tại đô thị" in text_of(answer)


def test_retired_parcel_names_what_became_of_it(client):
    answer = client.get("/?parcel=25195-12-140")
    assert answer.status_code == 410
    assert "không còn hiện hành" in text_of(answer)
    assert "25195-12-141" in answer.text
    assert "25195-12-142" in answer.text


@pytest.mark.parametrize(
    ("number", "day", "status"),
    [("140", "2026-06-01", 410), ("103", "1950-01-01", 404), ("141", "1950-01-01", 404)],
)
def test_parcel_on_a_day_without_facts_is_told_in_plain_words(client, number, day, status):
    answer = client.get(f"/?parcel=25195-12-{number}&validAt={day}")
    assert answer.status_code == status
    said = text_of(answer)
    assert f"{day[8:]}/{day[5:7]}/{day[:4]}" in said
    assert not re.search(r"validAt|knownAt|\d{4}-\d\d-\d\dT|\+00:00", said)
    assert re.search(r"/api/v1/parcels/[0-9a-z-]+/history", answer.text)
    assert ("25195-12-142" in answer.text) == (status == 410)


def test_parcel_without_a_map_says_so(client, town_db):
    with psycopg.connect(town_db) as conn:
        sheet = land.one(conn, "SELECT id FROM cadastre.map_series ORDER BY id LIMIT 1")
        land.parcel(conn, None, number="990", series_id=sheet, area=100.0)
    assert "Thửa đất này chưa có bản đồ" in text_of(client.get("/?parcel=25195-12-990"))
    assert "This parcel has no map yet" in text_of(client.get("/?parcel=25195-12-990&lang=en"))
    assert "chưa có bản đồ" not in text_of(client.get("/?parcel=25195-12-103&lang=vi"))


def test_several_parcels_in_the_circle_are_asked_about(client):
    lon, lat = town.lonlat(28, 26)
    answer = client.get("/answer", query_string={"lon": lon, "lat": lat, "accuracyM": 12})
    assert "Thửa nào là của ông/bà?" in text_of(answer)
    assert len(re.findall(r"data-parcel=", answer.text)) > 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("parcel=25195-12-9999", 404),
        ("lon=abc&lat=11", 400),
        ("lon=1&lat=2&parcel=x-1-1", 400),
        ("lon=0&lat=0", 404),
        ("parcel=25195-12-103&validAt=yesterday", 400),
        ("plusCode=QQ", 400),
    ],
)
def test_bad_question_is_a_page_with_its_status(client, query: str, status: int):
    for path in ("/", "/answer"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "text/html"


def test_language_is_chosen_and_remembered(client):
    assert 'lang="vi"' in client.get("/").text
    assert "What may this land be used for?" in client.get("/?lang=en").text
    assert 'lang="en"' in client.get("/").text
    assert 'lang="en"' in client.get("/?lang=fr").text
    assert 'lang="vi"' in client.get("/?lang=vi").text


def test_pages_allow_no_foreign_origin_and_no_inline_style(client):
    for path in ("/", "/?parcel=25195-12-103", "/maps/planning", "/maps/fabric", "/problems/all"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
        assert nonce is not None
        assert "unsafe" not in policy
        page = answer.text
        assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", re.sub(r"<script.*?</script>", "", page, flags=re.S))
        for tag in re.findall(r"<script[^>]*>", page):
            assert f'nonce="{nonce.group(1)}"' in tag or 'type="application/json"' in tag
        assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_built_files_are_kept_for_ever_and_sent_small(client):
    page = client.get("/").text
    script = re.search(r'src="(/assets/portal-[^"]+\.js)"', page)
    assert script is not None
    answer = client.get(script.group(1), headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(answer.data) < 120_000
    plain = client.get(script.group(1))
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("name", ["nothing.js", "manifest.json", "..%2Fpackage.json", "site.css"])
def test_only_built_files_are_served(client, name: str):
    assert client.get(f"/assets/{name}").status_code == 404


def test_parcel_page_leads_to_the_answer(client):
    answer = client.get("/parcels/25195-12-103?validAt=2024-01-01")
    assert answer.status_code == 302
    assert answer.location == "/?parcel=25195-12-103&validAt=2024-01-01"


def test_every_kind_of_error_is_explained(client):
    listed = re.findall(r'href="/problems/([a-z0-9-]+)"', client.get("/problems/all").text)
    assert {"no-parcel-here", "parcel-not-found", "parcel-retired"} <= set(listed)
    for slug in listed:
        assert client.get(f"/problems/{slug}").status_code == 200
    assert client.get("/problems/never-heard-of").status_code == 404


def test_type_of_a_problem_is_a_page(client):
    kind = client.get("/api/v1/lookup?parcel=25195-12-9999").json["type"]
    assert client.get(kind).status_code == 200


def test_planning_map_lists_its_plans_in_words(client):
    said = text_of(client.get("/maps/planning"))
    assert "1234/QĐ-UBND" in said
    assert "Hành lang an toàn lưới điện" in said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/maps/planning?commune=1", 404),
        ("/maps/fabric?commune=%27", 404),
        ("/maps/planning?left=QH-2030", 400),
        ("/maps/planning?left=QH-2030&right=QH-2030", 400),
        ("/maps/planning?left=QH-2030&right=QH-2040", 200),
        ("/maps/fabric?commune=25195", 200),
    ],
)
def test_map_pages_answer_bad_questions(client, path: str, status: int):
    assert client.get(path).status_code == status


def test_names_from_data_cannot_end_a_script(town_db: str, client):
    hostile = "</script><img src=x onerror=alert(1)>"
    with psycopg.connect(town_db) as conn:
        plan = plans.plan(conn, "HOSTILE", status="consultation", valid="[2031-01-01,)")
        plans.zone(conn, plan, land.box(0, 0, 60, 30), name=hostile, valid="[2031-01-01,)")
        plans.refresh(conn)
    for path in ("/maps/planning", "/maps/planning?commune=25195", "/?parcel=25195-12-103"):
        assert hostile not in client.get(path).text
    assert hostile in unescape(client.get("/answer?parcel=25195-12-102").text)


def test_overlaps_are_geojson_with_a_tag(client):
    answer = client.get("/maps/fabric/overlaps.geojson")
    assert answer.json == {"type": "FeatureCollection", "features": []}
    again = client.get("/maps/fabric/overlaps.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def shapes_in(page: str, layer: str) -> list[dict]:
    """Return the features that travel in the page for one layer."""
    block = re.search(rf"geo_json_{layer}_add\(\s*(\{{.*?\}})\s*\);", page, re.DOTALL)
    assert block is not None
    return json.loads(block.group(1))["features"]


@pytest.mark.parametrize(("language", "said"), [("vi", "Khe hở (2)"), ("en", "Gaps (2)")])
def test_land_that_nothing_covers_is_shown_for_a_commune(town_db: str, client, language: str, said: str):
    before = client.get(f"/maps/fabric?commune=25195&lang={language}")
    assert said.replace("2", "0") in before.text
    with psycopg.connect(town_db) as conn:
        # The land of the first row and two pieces beside it: 3 m x 5 m and 2 m x 26 m.
        width = town.COLUMNS * town.WIDTH
        pieces = [land.box(0, 0, width + 2, town.DEPTH), land.box(-3, 0, 3, 5)]
        for piece in pieces:
            conn.execute(
                "INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom)"
                " VALUES ('25195', %s, ST_Multi(ST_GeomFromText(%s, %s)))",
                (land.record(conn), piece, land.SRID),
            )
    try:
        page = client.get(f"/maps/fabric?commune=25195&lang={language}").text
        assert said in page
        found = shapes_in(page, "gaps")
        assert [feature["id"] for feature in found] == ["gap 1", "gap 2"]
        assert [unescape(feature["properties"]["label"])[:2] for feature in found] == ["52", "15"]
        lon, lat = found[1]["geometry"]["coordinates"][0][0]
        assert (lon, lat) == pytest.approx(town.lonlat(-3, 0), abs=1e-4)
    finally:
        with psycopg.connect(town_db) as conn:
            conn.execute("DELETE FROM cadastre.mapped_extent")


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "Chọn một xã"), ("en", "Choose a commune to see the gaps")]
)
def test_map_of_all_says_how_to_see_gaps(client, language: str, said: str):
    page = client.get(f"/maps/fabric?lang={language}").text
    assert said in page
    assert "geo_json_gaps" not in page


@pytest.mark.parametrize("path", ["/office/", "/nowhere", "/office/nowhere"])
def test_an_address_that_does_not_exist_is_a_page_to_people_and_a_problem_to_machines(client, path):
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = client.get(path, headers=browser)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Không có địa chỉ này" in text_of(page)
    assert client.get(path, headers={"Accept": "*/*"}).json["code"] == "not-found"
    assert client.get(f"/api/v1{path}", headers=browser).mimetype == "application/problem+json"
