"""What planned works take of a parcel is what shapely says, and the page says it plainly."""

from __future__ import annotations

import json
from datetime import date
from itertools import count
from urllib.parse import urlencode

import psycopg
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.cadastre.reference import SQL, use_types
from landsvc.core.db import IMPORT_ROLE, driver_connection
from landsvc.core.web import EXTENSION
from landsvc.planning.reference import ensure_themes
from landsvc.planning.taking.rules import Measured, PlotMinimum, bounds_vnd, is_lapsed, pieces_of, taking_of
from landsvc.planning.taking.service import ensure_takings
from landsvc.portal.taking_words import facts, first_sentence, zone_told
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans

_numbers = count(500)
WORKS = ("DGT", "DTL", "DSN")
OTHER = ("ODT", "CLN")
MINIMUMS = {"CLN": 150, "ODT": 60}


@pytest.fixture(scope="module")
def place(module_db):
    with application(settings_for(module_db)) as app:
        ours = app.extensions[EXTENSION]
        ensure_themes(ours.settings, ours.database)
        with ours.database.unit_of_work(IMPORT_ROLE) as session:
            uses = json.dumps(use_types(ours.settings.gis_data_dir))
            driver_connection(session).execute(SQL["reference_use_types"].text, {"rows": uses})
        ensure_takings(ours.settings, ours.database)
        with psycopg.connect(module_db) as conn:
            for use, least in MINIMUMS.items():
                conn.execute(
                    "INSERT INTO cadastre.minimum_plot (use_code, min_area_m2, valid, legal_basis)"
                    " VALUES (%s, %s, '[2024-08-01,)', '12/2024/QĐ-UBND')",
                    (use, least),
                )
            sheet = land.series(conn, land.commune(conn))
            plan = plans.plan(conn)
            for theme in ("annual_plan", "land_use_plan", "zoning"):
                plans.coverage(conn, plan, land.box(-20_000, -100, 400_000, 200), theme=theme)
            yield app.test_client(), conn, sheet, plan


def ask(client, number: int, query: str = "") -> dict:
    told = client.get(f"/api/v1/parcels/25195-12-{number}/taking{query}")
    assert told.status_code == 200, told.json
    return told.json


def box(left: int, bottom: int, wide: int, high: int) -> shapely.Polygon:
    return shapely.box(left, bottom, left + wide, bottom + high)


EDGE = st.integers(-10, 30)
WIDE = st.integers(1, 30)
ACCURACY = st.sampled_from([None, 0.0, 0.5, 1.5, 4.0])
SHAPE = st.tuples(st.sampled_from(["box"] * 4 + ["line", "point"]), EDGE, EDGE, WIDE, WIDE)
ZONES = st.lists(
    st.tuples(
        st.sampled_from(["annual_plan", "land_use_plan", "zoning"]),
        st.sampled_from([*WORKS, *OTHER]),
        SHAPE,
        st.sampled_from(["approved", "consultation"]),
        ACCURACY,
    ),
    max_size=4,
)


def drawn(shape: tuple) -> shapely.Geometry:
    kind, left, bottom, wide, high = shape
    if kind == "box":
        return box(left, bottom, wide, high)
    if kind == "line":
        return shapely.LineString([(left, bottom), (left + wide, bottom + high)])
    return shapely.Point(left, bottom)


def laid(shape: shapely.Geometry, at: int) -> str:
    return shapely.to_wkt(shapely.affinity.translate(shape, land.X0 + at, land.Y0), rounding_precision=3)


def is_told(shape: shapely.Geometry, parcel: shapely.Polygon) -> bool:
    met = shape.intersection(parcel)
    return (met.area, met.length, not met.is_empty)[2 - shapely.get_dimensions(shape)] > 0


def reach(shape: shapely.Geometry, parcel: shapely.Polygon, accuracy: float | None) -> str:
    """Return the same as the statement says, by other means: distances to edges."""
    if shapely.get_dimensions(shape) < 2:
        return "line"
    off = 1.5 if accuracy is None else accuracy
    deep = shape.intersection(parcel.buffer(-off, join_style="mitre")).area > 0
    core = shape.buffer(-off, join_style="mitre").intersection(parcel).area > 0
    return "inside" if deep or core else "edge"


def together(works: list[tuple], parcel: shapely.Polygon) -> list[tuple]:
    """Return theme, status and reach of each zone, those of one map joined where each alone is over the edge."""
    told = [(theme, status, reach(shape, parcel, accuracy)) for theme, status, shape, accuracy in works]
    for theme, status, _, accuracy in works:
        same = [at for at, each in enumerate(works) if (each[0], each[1], each[3]) == (theme, status, accuracy)]
        same = [at for at in same if told[at][2] != "line"]
        if len(same) > 1 and all(told[at][2] == "edge" for at in same):
            joined = shapely.union_all([works[at][2] for at in same])
            off = 1.5 if accuracy is None else accuracy
            if joined.buffer(-off).intersection(parcel).area > 1e-6:
                for at in same:
                    told[at] = (theme, status, "inside")
    return told


def stage(works: list[tuple]) -> str:
    """Return the answer for zones as (theme, status, reach)."""
    sure = {(theme, status) for theme, status, how in works if how == "inside"}
    if ("annual_plan", "approved") in sure:
        return "annual"
    if any(status == "approved" for _, status in sure):
        return "planned"
    doubts = {how for _, _, how in works}
    return "pending" if sure else "line" if "line" in doubts else "edge" if works else "nothing"


@given(ZONES, st.floats(50, 900).map(lambda area: round(area, 1)))
@examples(max_examples=40, deadline=None)
def test_what_is_taken_and_left_is_what_shapely_says(place, zones, legal):
    client, conn, sheet, plan = place
    number = next(_numbers)
    at = 200 * (number - 499)
    land.parcel(conn, land.box(at, 0, 20, 20), number=str(number), series_id=sheet, uses={"CLN": legal})
    for theme, use, shape, status, accuracy in zones:
        told = {"theme": theme, "code": use, "use_code": use, "status": status, "accuracy": accuracy}
        plans.zone(conn, plan, laid(drawn(shape), at), **told)
    conn.commit()
    parcel = box(0, 0, 20, 20)
    works = [
        (theme, status, drawn(shape), accuracy)
        for theme, use, shape, status, accuracy in zones
        if use in WORKS and is_told(drawn(shape), parcel)
    ]
    held = [each for each in works if each[1] == "approved" and shapely.get_dimensions(each[2]) == 2]
    taken = shapely.union_all([shape for _, _, shape, _ in held]).intersection(parcel)
    annual = shapely.union_all([shape for theme, _, shape, _ in held if theme == "annual_plan"]).intersection(
        parcel
    )
    cores = [
        shape.buffer(-accuracy, join_style="mitre") for _, _, shape, accuracy in held if accuracy is not None
    ]
    certain = shapely.union_all(cores).intersection(parcel)
    left = parcel.difference(taken)
    found = ask(client, number)
    factor = legal / 400
    assert found["takenM2"] == pytest.approx(taken.area * factor, abs=0.051)
    assert found["annualM2"] == pytest.approx(annual.area * factor, abs=0.051)
    if any(accuracy is None for _, _, _, accuracy in held):
        assert found["certainM2"] is found["uncertainM2"] is None
    else:
        assert found["certainM2"] == pytest.approx(certain.area * factor, abs=0.051)
        assert found["certainM2"] + found["uncertainM2"] == pytest.approx(found["takenM2"], abs=0.001)
    assert found["takenM2"] + found["leftM2"] == pytest.approx(legal, abs=0.001)
    pieces = sorted((each.area * factor for each in shapely.get_parts(left) if each.area > 0), reverse=True)
    assert found["piecesM2"] == pytest.approx(pieces, abs=0.051)
    reached = together(works, parcel)
    told = [
        (zone["theme"], {"inForce": "approved"}.get(zone["status"], "consultation"), zone["reach"])
        for zone in found["zones"]
    ]
    assert sorted(told) == sorted(reached)
    assert found["stage"] == stage(reached)


@given(st.tuples(EDGE, EDGE, WIDE, WIDE), ACCURACY)
@examples(max_examples=10, deadline=None)
def test_an_extract_says_the_same_of_a_zone(place, drawn_as, accuracy):
    client, conn, sheet, plan = place
    number = next(_numbers)
    at = 200 * (number - 499)
    land.parcel(conn, land.box(at, 0, 20, 20), number=str(number), series_id=sheet, uses={"CLN": 380.0})
    plans.zone(conn, plan, laid(box(*drawn_as), at), theme="zoning", code="DGT", accuracy=accuracy)
    conn.commit()
    extract = client.get(f"/api/v1/parcels/25195-12-{number}/planning").json
    there = next(each for each in extract["themes"] if each["code"] == "zoning").get("zones", [])
    names = ("areaM2", "certainM2", "uncertainM2")
    found = ask(client, number)
    assert [[zone[name] for name in names] for zone in found["zones"]] == [
        [zone[name] for name in names] for zone in there
    ]
    # What the extract calls certain is never called doubtful, and nothing it tells is passed over.
    assert found["stage"] != "nothing" or not there
    if there and there[0]["certainM2"]:
        assert found["stage"] == "planned"


def test_a_sliver_within_the_accuracy_of_the_plan_is_neither_yes_nor_no(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(-7000, 0, 25, 20), number="7", series_id=sheet, uses={"CLN": 500.0})
    plans.zone(conn, plan, land.box(-7001, 0, 1.001, 10), theme="annual_plan", code="DGT", name="Đường N7")
    conn.commit()
    found = ask(client, 7)
    assert found["stage"] == "edge"
    assert [zone["reach"] for zone in found["zones"]] == ["edge"]
    page = client.get("/taking?parcel=25195-12-7&lang=en").text
    assert "touch its edge: less than 0.1" in page
    assert "neither yes nor no: ask the land office" in page
    assert "Yes, it is planned" not in page
    assert "No plan that we have" not in page
    assert "What the land alone is worth" not in page
    plans.zone(conn, plan, land.box(-7000, 0, 10, 20), theme="land_use_plan", code="DGT", name="Đường N7")
    conn.commit()
    assert ask(client, 7)["stage"] == "planned"
    page = client.get("/taking?parcel=25195-12-7&lang=en").text
    assert "A plan has public works on about 200.0" in page
    # The annual plan may take some of it: nothing is promised.
    assert "your rights are not limited" not in page


def test_zones_of_one_plan_are_judged_together(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(-13000, 0, 4, 20), number="15", series_id=sheet, uses={"CLN": 80.0})
    for left in (-13020, -12998):
        plans.zone(conn, plan, land.box(left, -20, 22, 60), theme="annual_plan", code="DGT", accuracy=4)
    conn.commit()
    # Each may be moved off the parcel by its accuracy, but they move together, and then the other lies there.
    found = ask(client, 15)
    assert (found["stage"], found["takenM2"]) == ("annual", 80.0)
    assert {zone["reach"] for zone in found["zones"]} == {"inside"}
    # Of two plans each may be off by itself.
    other = plans.plan(conn, "QH-other")
    land.parcel(conn, land.box(-14000, 0, 4, 20), number="16", series_id=sheet, uses={"CLN": 80.0})
    for left, of in ((-14020, plan), (-13998, other)):
        plans.zone(conn, of, land.box(left, -20, 22, 60), theme="annual_plan", code="DGT", accuracy=4)
    conn.commit()
    assert ask(client, 16)["stage"] == "edge"


def test_a_line_of_works_without_a_width_is_told(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(-8000, 0, 20, 20), number="8", series_id=sheet, uses={"CLN": 400.0})
    plans.zone(
        conn,
        plan,
        laid(shapely.LineString([(-5, 10), (25, 10)]), -8000),
        theme="zoning",
        code="DGT",
        name="Tim đường N8",
    )
    conn.commit()
    found = ask(client, 8)
    assert found["stage"] == "line"
    assert found["takenM2"] == 0
    assert [(zone["reach"], zone["lengthM"], zone["areaM2"]) for zone in found["zones"]] == [("line", 20.0, None)]
    page = client.get("/taking?parcel=25195-12-8&lang=en").text
    assert "as a line or mark" in page
    assert "ask the land office" in page


def test_pieces_that_are_left_are_held_against_the_minimum_plot(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(-9000, 0, 20, 20), number="9", series_id=sheet, uses={"CLN": 400.0})
    # A road across: 200 m² on one side, 100 m² on the other.
    plans.zone(conn, plan, land.box(-9001, 5, 22, 5), theme="annual_plan", code="DGT", accuracy=0.5)
    conn.commit()
    found = ask(client, 9)
    assert found["pieces"] == [{"areaM2": 200.0, "plot": "enough"}, {"areaM2": 100.0, "plot": "tooSmall"}]
    assert found["minimumPlots"] == [
        {"useCode": "CLN", "areaM2": 150.0, "frontageM": None, "source": "12/2024/QĐ-UBND"}
    ]
    # The plan of 2022 is older than two years.
    assert [(rule["code"], rule["certainty"]) for rule in found["rules"]] == [
        ("annual-lapse", "S"),
        ("recover-whole", "?"),
    ]
    page = client.get("/taking?parcel=25195-12-9&lang=en").text
    assert "100.0\N{NO-BREAK SPACE}m²: too small to be a plot of its own" in page
    assert "Minimum plot for CLN here: 150.0\N{NO-BREAK SPACE}m² (12/2024/QĐ-UBND)" in page
    assert "you may ask that all of it be recovered" in page
    assert "to be confirmed by the province" in page
    assert "if no recovery decision was made since" in page
    vietnamese = client.get("/taking?parcel=25195-12-9&lang=vi").text
    assert "đề nghị thu hồi cả phần còn lại" in vietnamese
    assert "chờ tỉnh xác nhận" in vietnamese


def test_nothing_is_said_of_plots_where_nothing_is_taken_for_sure(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(-10000, 0, 20, 5), number="10", series_id=sheet, uses={"CLN": 100.0})
    plans.zone(conn, plan, land.box(-10001, 0, 2, 5), theme="annual_plan", code="DGT", accuracy=1.5)
    conn.commit()
    found = ask(client, 10)
    assert (found["stage"], found["pieces"], found["minimumPlots"], found["rules"]) == ("edge", [], [], [])


def test_a_day_to_come_and_a_past_day_have_the_plans_and_the_parcel_of_the_day(place):
    client, conn, sheet, _ = place
    unit = land.parcel(conn, land.box(-11000, 0, 20, 20), number="11", series_id=sheet, uses={"CLN": 400.0})
    coming = plans.plan(conn, "QH-2040", valid="[2040-01-01,)")
    gone = plans.plan(conn, "QH-2024", valid="[2022-03-01,2026-02-01)")
    plans.zone(conn, coming, land.box(-11000, 0, 5, 20), code="DGT", valid="[2040-01-01,)")
    plans.zone(conn, gone, land.box(-11000, 0, 20, 10), theme="annual_plan", code="DGT", valid="[2022-03-01,)")
    conn.commit()
    assert ask(client, 11)["stage"] == "pending"
    assert (then := ask(client, 11, "?validAt=2040-01-01"))["stage"] == "planned"
    assert (then["on"], then["takenM2"]) == ("2040-01-01", 100.0)
    assert (then := ask(client, 11, "?validAt=2026-01-31"))["stage"] == "annual"
    assert then["takenM2"] == 200.0
    page = client.get("/taking?parcel=25195-12-11&validAt=2040-01-01&lang=en").text
    assert "By the plans that are foreseen today for 01/01/2040" in page
    assert "100.0" in page
    # What another day brings nobody knows: no right is promised for it.
    assert "your rights are not limited" not in page
    page = client.get("/taking?parcel=25195-12-11&validAt=2026-01-31&lang=en").text
    assert "as they stood on 31/01/2026" in page
    assert "What the land alone is worth" not in page
    assert (
        'href="/taking?parcel=25195-12-11&amp;validAt=2026-01-31"'
        in client.get("/?parcel=25195-12-11&validAt=2026-01-31&lang=en").text
    )
    assert client.get("/taking?parcel=25195-12-11&validAt=&lang=en").status_code == 200
    known = conn.execute("SELECT clock_timestamp()").fetchone()[0].isoformat()
    plans.zone(conn, coming, land.box(-11000, 0, 10, 20), code="DGT", valid="[2040-01-01,)")
    conn.commit()
    assert ask(client, 11, "?validAt=2040-01-01")["takenM2"] == 200.0
    then = ask(client, 11, f"?{urlencode({'validAt': '2040-01-01', 'knownAt': known})}")
    assert then["takenM2"] == 100.0
    # The parcel is cut in two: it is no more today, but it was on that day.
    land.split(conn, unit, [land.box(-11000, 0, 20, 12), land.box(-11000, 12, 20, 8)], valid_from="2026-06-01")
    conn.commit()
    assert client.get("/api/v1/parcels/25195-12-11/taking").status_code == 410
    assert ask(client, 11, "?validAt=2026-01-31")["takenM2"] == 200.0
    assert client.get("/taking?parcel=25195-12-11&validAt=2026-01-31&lang=vi").status_code == 200


@pytest.mark.parametrize(
    "day", ["31/01/2026", "2026-02-30", "1600-01-01", "now\N{LATIN SMALL LETTER D WITH STROKE}"]
)
def test_a_day_that_is_none_is_refused_and_the_form_keeps_it(place, day):
    client = place[0]
    page = client.get("/taking", query_string={"parcel": "25195-12-1", "validAt": day, "lang": "en"})
    assert page.status_code == 400
    assert page.text.count('aria-invalid="true"') == 1
    assert page.text.index('id="parcel"') < page.text.index('aria-invalid="true"')
    assert f'value="{day}"' in page.text
    api = client.get("/api/v1/parcels/25195-12-1/taking", query_string={"validAt": day})
    assert (api.status_code, api.json["field"]) == (400, "validAt")


def test_a_parcel_that_was_not_there_on_the_day_is_said(place):
    client, conn, sheet, _ = place
    land.parcel(conn, land.box(-12000, 0, 20, 20), number="12", series_id=sheet, uses={"CLN": 400.0})
    conn.commit()
    told = client.get("/api/v1/parcels/25195-12-12/taking?validAt=1950-01-01")
    page = client.get("/taking?parcel=25195-12-12&validAt=1950-01-01&lang=vi")
    assert told.status_code == page.status_code == 404
    assert "notice-problem" in page.text


def test_where_plans_do_not_speak_nothing_is_promised(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(0, 5000, 20, 20), number="13", series_id=sheet, uses={"CLN": 400.0})
    conn.commit()
    found = ask(client, 13)
    assert (found["stage"], len(found["withoutData"])) == ("withoutData", 3)
    page = client.get("/taking?parcel=25195-12-13&lang=en").text
    assert "nobody can tell from our data" in page
    assert "No plan that we have takes any of it" not in page
    for theme in ("land_use_plan", "zoning"):
        plans.coverage(conn, plans.plan(conn, f"QH-{theme}"), land.box(-50, 4950, 500, 500), theme=theme)
    conn.commit()
    found = ask(client, 13)
    assert (found["stage"], [each["code"] for each in found["withoutData"]]) == ("nothing", ["annual_plan"])
    page = client.get("/taking?parcel=25195-12-13&lang=en").text
    assert "No plan that we have takes any of it" in page
    assert "We have no data here on: Annual land-use plan" in page
    plans.zone(conn, plan, land.box(0, 5000, 10, 20), theme="zoning", code="DGT")
    conn.commit()
    assert ask(client, 13)["stage"] == "planned"
    page = client.get("/taking?parcel=25195-12-13&lang=en").text
    assert "your rights are not limited" not in page
    assert "We have no annual plan here" in page


def test_a_plan_that_speaks_about_a_part_only_is_named(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(2000, 5000, 20, 20), number="14", series_id=sheet, uses={"CLN": 400.0})
    part = plans.plan(conn, "QH-part")
    plans.coverage(conn, part, land.box(2000, 5000, 20, 10), theme="annual_plan")
    plans.zone(conn, part, land.box(2000, 5000, 20, 5), theme="annual_plan", code="ODT", use_code="ODT")
    conn.commit()
    assert "annual_plan" in [each["code"] for each in ask(client, 14)["withoutData"]]
    plans.zone(conn, part, land.box(2000, 5005, 20, 5), theme="annual_plan", code="DGT")
    conn.commit()
    # It said that it takes land: that is data.
    assert "annual_plan" not in [each["code"] for each in ask(client, 14)["withoutData"]]


ZONE = {"theme": "zoning", "themeName": "QH", "themeNameEn": "Plan", "code": "DGT", "name": None, "nameEn": None}
ZONE |= {"decision": None, "authority": None, "plan": "QH-1", "since": None, "lengthM": None, "count": None}
SOME = st.fixed_dictionaries(
    {
        "theme": st.sampled_from(["annual_plan", "zoning"]),
        "status": st.sampled_from(["inForce", "pending"]),
        "reach": st.sampled_from(["inside", "edge"]),
        "accuracyM": st.none() | st.floats(0, 10),
        "m2": st.floats(1e-5, 400),
        "certainM2": st.none() | st.floats(0, 400),
    }
)
MARKS = st.sampled_from([{"lengthM": 12.34}, {"count": 3}]).map(
    lambda size: {"status": "inForce", "reach": "line", "accuracyM": 1.5, "m2": None, "certainM2": None} | size
)


@given(st.lists(SOME | MARKS, max_size=3), st.booleans(), st.sampled_from(["vi", "en"]))
def test_each_answer_is_said_in_both_languages(place, zones, is_today, language):
    zones = [ZONE | each for each in zones]
    held = min(400.0, sum(each["m2"] or 0 for each in zones if each["status"] == "inForce"))
    found = taking_of(Measured(400.0, held, 0.0, None, [400.0 - held], zones), 380.0)
    with place[0].application.test_request_context(f"/taking?lang={language}"):
        said = first_sentence(found, is_today=is_today)
        told = [said, *(text for fact in facts(found) for text in fact)]
        told += [text for each in found.zones for text in zone_told(each).values()]
    assert said.endswith(".")
    assert not any("%(" in text for text in told)
    free = {"vi": "quyền của ông/bà chưa bị hạn chế", "en": "your rights are not limited"}[language] in said
    # A right is promised only today, where no annual plan even touches the parcel.
    doubts = [each for each in zones if each["theme"] == "annual_plan" and each["status"] == "inForce"]
    assert not free or (is_today and found.stage == "planned" and not doubts)
    # Neither yes nor no sends to the land office.
    office = {"vi": "hãy hỏi Văn phòng", "en": "ask the land office"}[language]
    assert office in said or found.stage not in ("edge", "line")


LEAST = st.integers(1, 3000).map(lambda tenths: tenths / 10)


@given(st.lists(LEAST, max_size=5), st.dictionaries(st.sampled_from("ABC"), st.none() | LEAST, min_size=1))
def test_a_piece_is_too_small_only_where_each_use_says_so(areas, uses):
    minimums = [PlotMinimum(use, least, None, "") for use, least in uses.items() if least is not None]
    for piece in pieces_of(areas, uses, minimums):
        short = [piece.area_m2 < each.area_m2 for each in minimums]
        assert (piece.plot == "tooSmall") == (len(short) == len(uses) and all(short))
        assert (piece.plot == "enough") == (len(short) == len(uses) and not any(short))
        assert (piece.plot == "unknown") == (len(short) < len(uses) and not any(short))
    assert pieces_of([0.0], uses, minimums) == []


@pytest.mark.parametrize(
    ("since", "on", "lapsed"),
    [
        ("2024-05-02", date(2026, 5, 1), False),
        ("2024-05-02", date(2026, 5, 2), True),
        ("2024-02-29", date(2026, 2, 27), False),
        ("2024-02-29", date(2026, 2, 28), True),
        (None, date(2026, 5, 2), False),
    ],
)
def test_an_annual_plan_lapses_two_years_after_its_decision(since, on, lapsed):
    zone = {"theme": "annual_plan", "status": "inForce", "reach": "inside", "since": since}
    assert is_lapsed([zone], 2, on) is lapsed
    fresh = zone | {"since": "2026-01-01"}
    assert is_lapsed([zone, fresh], 2, on) is False


@given(
    st.floats(0.1, 500),
    st.lists(st.tuples(st.floats(1, 400) | st.none(), st.integers(1, 10**8)), min_size=1, max_size=3),
)
def test_the_least_is_no_more_than_the_most_and_one_price_has_no_range(taken, uses):
    least, most = bounds_vnd(taken, uses)
    assert 0 <= least <= most + 1
    prices = [price for _, price in uses]
    assert min(prices) * taken - 1 <= least
    assert most <= max(prices) * taken + 1
    if len(set(prices)) == 1:
        assert least == most == pytest.approx(taken * prices[0], abs=1)


def test_shares_of_the_map_become_registered_square_metres():
    found = taking_of(Measured(400.0, 100.0, 50.0, 60.0, [200.0, 100.0], []), 380.0)
    assert (found.taken_m2, found.taken_pct, found.annual_m2, found.left_m2) == (95.0, 25.0, 47.5, 285.0)
    assert (found.certain_m2, found.uncertain_m2) == (57.0, 38.0)
    assert list(found.pieces_m2) == [190.0, 95.0]
    assert taking_of(Measured(400.0, 400.0, 0.0, None, [], []), None).left_m2 == 0


def test_the_page_says_it_plainly_and_never_more_than_is_known(place):
    client, conn, sheet, plan = place
    land.parcel(conn, land.box(-5000, 0, 20, 20), number="1", series_id=sheet, uses={"CLN": 400.0})
    conn.commit()
    assert "Chưa thấy quy hoạch" in client.get("/taking?parcel=25195-12-1&lang=vi").text
    plans.zone(
        conn, plan, land.box(-5000, 0, 5, 20), theme="land_use_plan", code="DGT", use_code="DGT", name="Đường N2"
    )
    conn.commit()
    page = client.get("/taking?parcel=25195-12-1&lang=vi").text
    assert all(text in page for text in ("100,0", "25", "300,0", "Đường N2"))
    assert "chưa bị hạn chế" in page
    assert "Nhà, cây trồng" in page
    english = client.get("/taking?parcel=25195-12-1&lang=en").text
    assert "No annual plan takes it yet" in english
    assert client.get("/taking?parcel=none-such&lang=en").status_code == 400
    assert client.get("/taking?lang=en").status_code == 200
    assert "/taking?parcel=" in client.get("/?parcel=25195-12-1&lang=en").text
