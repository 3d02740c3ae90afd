"""The answer to what may be done on a parcel stands on its uses and the zones of the day, on page and over HTTP."""

from __future__ import annotations

import json

import psycopg
import pytest
from landsvc.cadastre.reference import SQL, use_types
from landsvc.core import clock
from landsvc.core.db import IMPORT_ROLE, driver_connection
from landsvc.core.web import EXTENSION
from landsvc.planning.activities.service import ensure_activities
from landsvc.planning.reference import ensure_themes
from tests.conftest import application, as_role, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans

CODE = "w6h185vu4rv5"
BUILT = "w6h185vu4rv3"
TOGETHER, APART = "w6h185vu4rv6", "w6h185vu4rv7"


@pytest.fixture(scope="module")
def client(module_db):
    """A parcel of residential land and garden, a fifth of it in the year's plan for a road."""
    with application(settings_for(module_db)) as app:
        ours = app.extensions[EXTENSION]
        ensure_themes(ours.settings, ours.database)
        with ours.database.unit_of_work(IMPORT_ROLE) as session:
            uses = json.dumps(use_types(ours.settings.gis_data_dir))
            driver_connection(session).execute(SQL["reference_use_types"].text, {"rows": uses})
        for _ in range(2):
            ensure_activities(ours.settings, ours.database)
        with psycopg.connect(module_db) as conn:
            sheet = land.series(conn, land.commune(conn))
            uses = {"ODT": 120.0, "CLN": 80.0}
            land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, uses=uses, code=CODE)
            plan = plans.plan(conn)
            for theme in ("land_use_plan", "annual_plan"):
                plans.coverage(conn, plan, land.box(-100, -100, 500, 500), theme=theme)
            # A year's plan limits for two years.
            year = plans.plan(conn, code="KH", decided_on=f"{clock.today().year}-01-01")
            plans.zone(conn, year, land.box(-50, -50, 54, 200), theme="annual_plan", code="DGT", use_code="DGT")
            for number, code in (("346", TOGETHER), ("347", APART)):
                at = 100 + 50 * (number == "347")
                land.parcel(
                    conn,
                    land.box(at, 300, 20, 10),
                    number=number,
                    series_id=sheet,
                    uses={"ODT": 200.0},
                    code=code,
                )
                # Sixty percent, and the rest of it, or half of it that leaves a tenth free.
                second = (at + 12, 300, 8, 10) if code == TOGETHER else (at + 8, 300, 10, 10)
                for use, box in (("DGT", (at, 300, 12, 10)), ("DTL", second)):
                    plans.zone(conn, year, land.box(*box), theme="annual_plan", code=use, use_code=use)
            plans.refresh(conn)
        yield app.test_client()


def answers(client, code: str = CODE) -> dict[str, dict]:
    told = client.get(f"/api/v1/parcels/{code}/activities")
    assert told.status_code == 200, told.json
    assert "For reference only" in told.json["noticeEn"]
    return {each["code"]: each for each in told.json["activities"]}


def test_each_use_and_each_zone_is_answered_with_its_law(client):
    found = answers(client)
    house = found["build_house"]
    assert house["answer"] == "allowed-if"
    assert [(each["use"]["code"], each["answer"]) for each in house["lines"] if each["use"]] == [
        ("ODT", "allowed-if"),
        ("CLN", "not-allowed"),
    ]
    (zone,) = [each for each in house["lines"] if each["zone"]]
    assert (zone["answer"], zone["zone"]["areaM2"], zone["law"]) == (
        "not-allowed",
        40.0,
        "LĐĐ 31/2024/QH15 Điều 76 khoản 6, 7",
    )
    assert "2 năm liên tục" in zone["condition"]
    assert {each["code"] for each in house["withoutData"]} >= {"heritage", "road_corridor"}
    assert found["livestock"]["answer"] == "unknown"
    assert "hội đồng" not in found["livestock"]["lines"][0]["missingEn"]


def test_what_a_plan_lets_people_build_stands_beside_the_house(client, module_db):
    with psycopg.connect(module_db) as conn:
        land.parcel(conn, land.box(400, 600, 20, 10), uses={"ODT": 200.0}, code=BUILT)
        building = json.dumps({"densityPct": 60, "floors": 4, "floorRatio": 2.4, "heightM": 16, "setbackM": 3.5})
        town, at = plans.plan(conn, code="QHPK"), land.box(390, 590, 60, 60)
        plans.zone(conn, town, at, theme="zoning", code="OM-1", use_code="ODT", building=building)
        plans.refresh(conn)
    house = answers(client, BUILT)["build_house"]
    (zone,) = [each["zone"] for each in house["lines"] if each["zone"]]
    assert zone["building"] == {
        "densityPct": 60.0,
        "floors": 4,
        "floorRatio": 2.4,
        "heightM": 16.0,
        "setbackM": 3.5,
    }
    page = client.get(f"/activities?parcel={BUILT}&lang=en").text
    said = (
        "at most 60% of the parcel built on; at most 4 storeys; at most 16 m high; floor area at most 2.4 times"
    )
    assert page.count(said) == 2
    assert "at least 3.5 m from the building line" in page
    assert said in client.get(f"/?parcel={BUILT}&lang=en").text


def test_zones_that_cover_a_parcel_together_answer_as_one_that_covers_it_alone(client):
    assert answers(client, TOGETHER)["build_house"]["answer"] == "not-allowed"
    # Shares of 60 and 50 percent overlap: they leave a tenth, where a house may stand.
    assert answers(client, APART)["build_house"]["answer"] == "allowed-if"


def test_a_years_plan_older_than_two_years_is_not_known_to_limit(client):
    then = f"{clock.today().year + 2}-01-01"
    told = client.get(f"/api/v1/parcels/{CODE}/activities?validAt={then}")
    (house,) = [each for each in told.json["activities"] if each["code"] == "build_house"]
    (line,) = [each for each in house["lines"] if each["zone"]]
    assert (line["answer"], line["condition"]) == ("unknown", None)
    assert "within two years" in line["missingEn"]


def test_a_split_names_the_minimum_plots_of_the_parcels_uses(client, module_db):
    assert client.get(f"/api/v1/parcels/{CODE}/activities").json["minimumPlots"] == []
    assert "Which minimum plot holds here is not known" in client.get(f"/activities?parcel={CODE}&lang=en").text
    with psycopg.connect(module_db) as conn:
        conn.execute(
            "INSERT INTO cadastre.minimum_plot (use_code, min_area_m2, min_frontage_m, precedence, valid, legal_basis)"
            " VALUES ('ODT', 45.0, 5, 1, '[2024-01-01,)', 'QĐ 1/2024'),"
            " ('CLN', 500.0, NULL, 2, '[2024-01-01,)', 'QĐ 1/2024')"
        )
    told = client.get(f"/api/v1/parcels/{CODE}/activities").json["minimumPlots"]
    assert told == [
        {"useCode": "CLN", "areaM2": 500.0, "frontageM": None, "source": "QĐ 1/2024"},
        {"useCode": "ODT", "areaM2": 45.0, "frontageM": 5.0, "source": "QĐ 1/2024"},
    ]
    page = client.get(f"/activities?parcel={CODE}&lang=en").text
    assert "Minimum plot for ODT here: 45.0" in page
    assert "5.0 m along a road (QĐ 1/2024)" in page


def test_who_asks_for_no_parcel_is_told_so(client):
    assert client.get("/api/v1/parcels/25195-12-9999/activities").json["code"] == "parcel-not-found"
    page = client.get("/activities?parcel=nonsense&lang=vi")
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert client.get("/activities?lang=en").status_code == 200


def test_the_page_says_it_in_one_sentence_first(client):
    page = client.get(f"/activities?parcel={CODE}&lang=vi").text
    first = [each.split("</p>")[0] for each in page.split('class="first-answer">')[1:]]
    (conditions,) = [each for each in first if each.startswith("Được với điều kiện: ")]
    assert "xây nhà ở" in conditions
    assert "Chỉ có giá trị tham khảo" in page
    assert "Điều 220" in page
    english = client.get(f"/activities?parcel={CODE}&lang=en").text
    assert "You may on conditions: " in english
    assert "the annual land-use plan has it" in english
    home = client.get(f"/?parcel={CODE}&lang=en").text
    assert f'href="/activities?parcel={CODE}"' in home


def test_the_table_has_one_answer_for_a_case(client, module_db):
    with psycopg.connect(as_role(module_db, "landsvc_import")) as conn:
        again = (
            "INSERT INTO planning.activity_rule (activity, land, theme, zone, verdict, condition_vi, condition_en,"
            " missing_vi, missing_en, law, certainty, valid) VALUES ('build_house', 'OTC', '', '', %s, '', '', %s, %s,"
            " %s, 'K', '[2025-01-01,)')"
        )
        with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
            conn.execute(again, ["allowed", "", "", "LĐĐ"])
        with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
            conn.execute(again, ["unknown", "", "", ""])
