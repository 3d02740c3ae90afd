"""The extract tells the past as it was, as it was known, and says when a parcel is no more."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import psycopg
import pytest
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans


@pytest.fixture(scope="module")
def client(module_db: str):
    with application(settings_for(module_db)) as app:
        yield app.test_client()


def tell(client, ref: str, **query):
    return client.get(f"/api/v1/parcels/{ref}/planning", query_string=query)


def codes(answer) -> list[tuple[str, float]]:
    tree = next(row for row in answer.json["themes"] if row["code"] == "land_use_plan")
    return [(zone["code"], zone["areaM2"]) for zone in tree.get("zones", [])]


@pytest.fixture(scope="module")
def story(module_db: str) -> dict[str, datetime]:
    """Parcel 345 is split on record (known later) from 2026-01-01; a zone is replaced by a wider one meanwhile."""
    known = {}

    def mark(name: str) -> None:
        time.sleep(0.01)
        known[name] = datetime.now(UTC)
        time.sleep(0.01)

    with psycopg.connect(module_db) as conn:
        unit = land.commune(conn)
        sheet = land.series(conn, unit)
        parcel = land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet)
        plan = plans.plan(conn)
        old = plans.zone(conn, plan, land.box(0, 0, 5, 10), code="OLD")
        conn.commit()
        mark("first")
        plans.end_zone(conn, old)
        plans.zone(conn, plan, land.box(0, 0, 5, 10), code="OLD", valid="[2022-03-01,2026-06-01)")
        plans.zone(conn, plan, land.box(0, 0, 10, 10), code="NEW", valid="[2026-06-01,)")
        plans.refresh(conn)
        conn.commit()
        mark("second")
        pieces = [land.box(0, 0, 8, 10), land.box(8, 0, 12, 10)]
        children = land.split(conn, parcel, pieces)
        for child, number in zip(children, ("901", "902"), strict=True):
            conn.execute(
                "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, record_id)"
                " SELECT %s, %s, '12', %s, max(id) FROM cadastre.record",
                (child, sheet, number),
            )
        conn.commit()
        mark("third")
    return known


def test_answer_depends_on_both_times(client, story):
    asked = {
        (day, name): codes(tell(client, "25195-12-345", validAt=day, knownAt=story[name].isoformat()))
        for day in ("2025-01-01", "2026-07-01")
        for name in ("first", "second")
    }
    assert asked == {
        ("2025-01-01", "first"): [("OLD", 50.0)],
        ("2026-07-01", "first"): [("OLD", 50.0)],
        ("2025-01-01", "second"): [("OLD", 50.0), ("NEW", 100.0)],
        ("2026-07-01", "second"): [("NEW", 100.0)],
    }


def test_zone_of_tomorrow_was_pending(client, story):
    answer = tell(client, "25195-12-345", validAt="2025-01-01", knownAt=story["second"].isoformat())
    zones = next(row for row in answer.json["themes"] if row["code"] == "land_use_plan")["zones"]
    assert [zone["status"] for zone in zones] == ["inForce", "pending"]


def test_retired_parcel_is_gone_and_names_its_successors(client, story):
    answer = tell(client, "25195-12-345")
    assert answer.status_code == 410
    assert {row["ref"] for row in answer.json["successors"]} == {"25195-12-901", "25195-12-902"}


def test_retired_parcel_still_has_its_past(client, story):
    answer = tell(client, "25195-12-345", validAt="2025-06-01")
    assert answer.status_code == 200
    assert answer.json["parcel"]["ref"] == "25195-12-345"


def test_parcel_after_its_end_is_gone_and_names_its_successors(client, story):
    for path in ("/api/v1/parcels/25195-12-345", "/api/v1/parcels/25195-12-345/planning"):
        answer = client.get(path, query_string={"validAt": "2026-01-01", "lang": "en"})
        assert (answer.status_code, answer.json["code"]) == (410, "parcel-ended-by-then")
        assert {row["ref"] for row in answer.json["successors"]} == {"25195-12-901", "25195-12-902"}
        assert "held until 31/12/2025" in answer.json["detail"]
        assert client.get(path, query_string={"validAt": "2025-12-31"}).status_code == 200


def test_child_did_not_exist_before_it_was_made(client, story):
    answer = tell(client, "25195-12-901", validAt="2025-06-01")
    assert (answer.status_code, answer.json["code"]) == (404, "parcel-not-then")
    assert "01/06/2025" in answer.json["detail"]
    assert "T" not in answer.json["detail"].split("01/06/2025")[1].removeprefix(" ")[:12]
    assert "successors" not in answer.json
    assert client.get(answer.json["history"]).json["versions"]
    assert codes(tell(client, "25195-12-901")) == [("NEW", 80.0)]


def test_place_is_looked_up_in_the_past(client, story):
    def at(**query):
        place = {"x": land.X0 + 15, "y": land.Y0 + 5, "srid": 9212}
        return client.get("/api/v1/lookup", query_string=place | query).json["parcel"]["ref"]

    assert at() == "25195-12-902"
    assert at(validAt="2025-06-01") == "25195-12-345"
    assert at(knownAt=story["second"].isoformat()) == "25195-12-345"


def test_candidates_of_the_past_existed_then(client, story):
    def near(x: float, **query) -> dict:
        place = {"x": land.X0 + x, "y": land.Y0 + 5, "srid": 9212, "accuracyM": 20}
        return client.get("/api/v1/lookup", query_string=place | query).json

    then = [("25195-12-345", 200.0)]
    for query in ({"validAt": "2025-06-01"}, {"knownAt": story["second"].isoformat()}):
        for x in (7, -3):
            answer = near(x, **query)
            assert [(row["ref"], row["legalAreaM2"]) for row in answer["candidates"]] == then
            assert answer["parcel"]["ref"] == "25195-12-345"
    assert [row["ref"] for row in near(7)["candidates"]] == ["25195-12-901", "25195-12-902"]
    assert near(7, validAt="2026-02-01")["candidates"] == near(7)["candidates"]


def test_extract_is_json_or_signed_paper(client, story):
    url = "/api/v1/parcels/25195-12-901/planning"
    for accept in ("application/json", "*/*", "text/html, */*;q=0.1", "application/pdf;q=0.5, application/json"):
        answer = client.get(url, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
    paper = client.get(f"{url}?validAt=2026-02-01&lang=en", headers={"Accept": "application/pdf"})
    assert (paper.status_code, paper.location) == (303, f"{url}.pdf?validAt=2026-02-01&lang=en")
    refused = client.get(url, headers={"Accept": "text/csv"})
    assert (refused.status_code, refused.json["code"]) == (406, "extract-not-in-this-form")


def test_what_is_said_again_is_one_extract(client, story):
    first, again = (tell(client, "25195-12-901") for _ in range(2))
    assert first.data == again.data
    kept = client.get(f"/api/v1/extracts/{first.json['extractId']}")
    assert (kept.status_code, kept.data) == (200, first.data)
    another = tell(client, "25195-12-901", validAt="2026-03-01")
    assert another.json["extractId"] != first.json["extractId"]


def test_extract_of_another_number_is_unknown(client, story):
    for number in ("QH-20260101-000000000000", "QH", "x" * 40):
        answer = client.get(f"/api/v1/extracts/{number}")
        assert (answer.status_code, answer.json["code"]) == (404, "extract-not-found")


def test_zone_says_where_its_decision_can_be_read(module_db, client, story):
    link = "https://example.org/quyet-dinh/1234?a=b&c=d"
    with psycopg.connect(module_db) as conn:
        here = land.one(conn, "SELECT id FROM cadastre.map_series LIMIT 1")
        land.parcel(conn, land.box(200, 0, 20, 10), number="777", series_id=here)
        plans.zone(conn, plans.plan(conn, "QH-LINK", link=link), land.box(200, 0, 5, 10), code="DGT")
        plans.refresh(conn)
        conn.commit()
    told = next(row for row in tell(client, "25195-12-777").json["themes"] if row["code"] == "land_use_plan")
    assert told["zones"][0]["plan"]["link"] == link


def test_parcel_without_a_map_has_its_extract_and_no_paper(module_db, client, story):
    with psycopg.connect(module_db) as conn:
        here = land.one(conn, "SELECT id FROM cadastre.map_series LIMIT 1")
        land.parcel(conn, None, number="778", series_id=here, area=100)
        conn.commit()
    told = tell(client, "25195-12-778")
    assert (told.status_code, told.json["parcel"]["legalAreaM2"]) == (200, 100.0)
    paper = client.get("/api/v1/parcels/25195-12-778/planning.pdf")
    assert (paper.status_code, paper.json["code"]) == (422, "no-map-to-draw")


def test_interval_in_which_too_much_changed_is_refused_with_the_count(module_db, client, story):
    with psycopg.connect(module_db) as conn:
        here = land.one(conn, "SELECT id FROM cadastre.map_series LIMIT 1")
        land.parcel(conn, land.box(300, 0, 20, 10), number="779", series_id=here)
        plan = plans.plan(conn, "QH-MANY", valid="[2000-01-01,)")
        for day in range(1, 29):
            for month in ("03", "04", "05"):
                valid = f"[2024-{month}-{day:02},2024-{month}-{day + 1:02})"
                plans.zone(conn, plan, land.box(300, 0, 5, 10), code=f"Z{month}{day}", valid=valid)
        plans.refresh(conn)
        conn.commit()
    refused = tell(client, "25195-12-779", during="2024-01-01/2024-12-31", lang="en")
    assert (refused.status_code, refused.json["code"]) == (422, "too-many-changes")
    assert "60" in refused.json["detail"]
    told = tell(client, "25195-12-779", during="2024-03-01/2024-03-20")
    assert len(told.json["periods"]) == 20
