"""What planned works take of a parcel is what shapely says, and the page says it plainly."""

from __future__ import annotations

import json
from itertools import count

import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.cadastre.reference import SQL, use_types
from landsvc.core.db import IMPORT_ROLE, driver_connection
from landsvc.core.web import EXTENSION
from landsvc.planning.reference import ensure_themes
from landsvc.planning.taking.rules import Measured, bounds_vnd, taking_of
from landsvc.planning.taking.service import ensure_taking_uses
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans

_numbers = count(500)
WORKS = ("DGT", "DTL", "DSN")
OTHER = ("ODT", "CLN")


@pytest.fixture(scope="module")
def place(module_db):
    with application(settings_for(module_db)) as app:
        ours = app.extensions[EXTENSION]
        ensure_themes(ours.settings, ours.database)
        with ours.database.unit_of_work(IMPORT_ROLE) as session:
            uses = json.dumps(use_types(ours.settings.gis_data_dir))
            driver_connection(session).execute(SQL["reference_use_types"].text, {"rows": uses})
        ensure_taking_uses(ours.settings, ours.database)
        with psycopg.connect(module_db) as conn:
            sheet = land.series(conn, land.commune(conn))
            yield app.test_client(), conn, sheet, plans.plan(conn)


def ask(client, number: int) -> dict:
    told = client.get(f"/api/v1/parcels/25195-12-{number}/taking")
    assert told.status_code == 200, told.json
    return told.json


def box(left: int, bottom: int, wide: int, high: int) -> shapely.Polygon:
    return shapely.box(left, bottom, left + wide, bottom + high)


EDGE = st.integers(-10, 30)
WIDE = st.integers(1, 30)
ZONES = st.lists(
    st.tuples(
        st.sampled_from(["annual_plan", "land_use_plan", "zoning"]),
        st.sampled_from([*WORKS, *OTHER]),
        st.tuples(EDGE, EDGE, WIDE, WIDE),
        st.sampled_from(["approved", "consultation"]),
    ),
    max_size=4,
)


@given(ZONES, st.floats(50, 900).map(lambda area: round(area, 1)))
@examples(max_examples=25, deadline=None)
def test_what_is_taken_and_left_is_what_shapely_says(place, zones, legal):
    client, conn, sheet, plan = place
    number = next(_numbers)
    at = 1000 * (number - 499)
    land.parcel(conn, land.box(at, 0, 20, 20), number=str(number), series_id=sheet, uses={"CLN": legal})
    for theme, use, (left, bottom, wide, high), status in zones:
        plans.zone(
            conn,
            plan,
            land.box(at + left, bottom, wide, high),
            theme=theme,
            code=use,
            use_code=use,
            status=status,
        )
    conn.commit()
    parcel = box(0, 0, 20, 20)
    works = [
        (theme, status, box(*drawn).intersection(parcel)) for theme, use, drawn, status in zones if use in WORKS
    ]
    works = [each for each in works if each[2].area > 0]
    taken = shapely.union_all([shape for _, status, shape in works if status == "approved"])
    annual = shapely.union_all(
        [shape for theme, status, shape in works if status == "approved" and theme == "annual_plan"]
    )
    left = parcel.difference(taken)
    found = ask(client, number)
    factor = legal / 400
    assert found["takenM2"] == pytest.approx(taken.area * factor, abs=0.051)
    assert found["annualM2"] == pytest.approx(annual.area * factor, abs=0.051)
    assert found["takenM2"] + found["leftM2"] == pytest.approx(legal, abs=0.001)
    pieces = sorted((each.area * factor for each in shapely.get_parts(left) if each.area > 0), reverse=True)
    assert found["piecesM2"] == pytest.approx(pieces, abs=0.051)
    assert len(found["zones"]) == len(works)
    stage = "annual" if annual.area else "planned" if taken.area else "pending" if works else "nothing"
    assert found["stage"] == stage


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
    found = taking_of(Measured(400.0, 100.0, 50.0, [200.0, 100.0], []), 380.0)
    assert (found.taken_m2, found.taken_pct, found.annual_m2, found.left_m2) == (95.0, 25.0, 47.5, 285.0)
    assert list(found.pieces_m2) == [190.0, 95.0]
    assert taking_of(Measured(400.0, 400.0, 0.0, [], []), None).left_m2 == 0


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
