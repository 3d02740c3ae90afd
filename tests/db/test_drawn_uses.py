"""Parcels whose uses have drawn limits are cut, merged and drawn anew, and the limits go along."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.cadastre import annulment
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.drafts import errors
from landsvc.cadastre.drafts.checks import CHECKS
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, X0, Y0, box
from tests.factories.drafts import Office, insert, line, merge, move, redraw, remove, set_uses, split

FABRIC = {code: CHECKS[code] for code in ("FAB-OVERLAP", "FAB-AREA")}
A, B = "25195-12-345", "25195-12-346"
DRAWN = """SELECT p.number, p.legal_area_m2, ST_AsBinary(p.geom), array_agg(u.use_code ORDER BY u.seq),
  array_agg(u.area_m2 ORDER BY u.seq), array_agg(ST_AsBinary(u.geom) ORDER BY u.seq)
  FROM cadastre.parcel p JOIN cadastre.parcel_use u ON u.version_id = p.version_id
 GROUP BY p.unit_id, p.number, p.legal_area_m2, p.geom ORDER BY p.unit_id"""


@pytest.fixture(scope="module")
def land(make_clone) -> Iterator[Office]:
    """Two parcels side by side; the limit between the house and the garden of the first runs aslant."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
            make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
        with opened(dsn) as database:
            office = Office(database)
            done(office, set_uses(A, ("ODT", 450), ("CLN", 152.3), line=line((-3, 22.4), (23, 22.6))))
            yield office


@pytest.fixture
def office(land: Office) -> Iterator[Office]:
    """The land; what a test committed is undone."""
    before = parcels(land)
    first = rows(land, "SELECT max(id) FROM cadastre.record")[0][0]
    yield land
    for (code,) in rows(land, "SELECT code FROM cadastre.record WHERE id > %s ORDER BY id DESC", first):
        annulment.undo_record(land.database, code, "test")
    assert parcels(land) == before


def rows(office: Office, sql: str, *params: Any) -> list[Any]:
    with psycopg.connect(office.database.dsn) as conn:
        return conn.execute(sql, params).fetchall()


def done(office: Office, *bodies: dict[str, Any]) -> dict[str, Any]:
    return office.commit(office.draft(*bodies).code, checks=FABRIC)


def parcels(office: Office) -> list[Any]:
    return rows(office, DRAWN)


def assert_tiled(office: Office, *, drawn: int) -> None:
    """Drawn uses cover their parcel exactly, their areas sum to its own, and nothing of either use is lost."""
    found = parcels(office)
    count, total = 0, dict[str, Decimal]()
    for _, legal, land, codes, areas, shapes in found:
        assert sum(areas) == legal
        for code, area in zip(codes, areas, strict=True):
            total[code] = total.get(code, Decimal(0)) + area
        parts = [shapely.from_wkb(bytes(shape)) for shape in shapes if shape is not None]
        count += len(parts)
        whole = shapely.from_wkb(bytes(land))
        assert not parts or sum(part.area for part in parts) == pytest.approx(whole.area, abs=1e-6)
        assert all(shapely.covers(whole, part) for part in parts)
    assert count == drawn
    assert total["CLN"] == Decimal("152.3")
    assert check_fabric(office.database).sound


def test_a_cut_gives_each_piece_its_part_of_each_use(office):
    done(office, split(A, (7.1, -2), (11.3, 33)))
    assert_tiled(office, drawn=4)


def test_a_cut_beside_the_limit_leaves_the_other_piece_one_use(office):
    done(office, split(A, (-2, 5), (22, 6)))
    assert_tiled(office, drawn=2)
    assert sorted(codes for _, _, _, codes, _, _ in parcels(office)) == [["ODT"], ["ODT"], ["ODT", "CLN"]]


def test_areas_are_cut_off_across_the_limit(office):
    body = {"op": "split_by_area", "parcels": [A], "areasM2": [150, 200.3], "parallelTo": {"bearingDeg": 3}}
    done(office, body | {"side": "left"})
    assert_tiled(office, drawn=6)


def test_a_corridor_takes_its_part_of_each_use(office):
    body = {"op": "split_corridor", "line": line((-2, 20), (42, 24)), "widthM": 2, "side": "left"}
    done(office, body | {"crs": f"EPSG:{SRID}"})
    assert_tiled(office, drawn=4)


def test_pieces_merge_and_have_their_uses_drawn_again(office):
    pieces = [each["ref"] for each in done(office, split(A, (7.1, -2), (11.3, 33)))["after"]]
    done(office, merge(*pieces))
    assert_tiled(office, drawn=2)


def test_limits_follow_corners_that_move_and_stay_with_corners_that_come(office):
    done(office, move(((0, 30), (-0.4, 30.7))), insert(A, (9, 0)))
    assert_tiled(office, drawn=2)
    done(office, remove((9, 0)))
    assert_tiled(office, drawn=2)


def test_a_corner_in_which_a_limit_ends_is_not_taken_out(office):
    house = shapely.from_wkb(bytes(parcels(office)[0][5][0]))
    (end,) = [place for place in shapely.get_coordinates(house)[1:].tolist() if place[0] == X0 and place[1] > Y0]
    draft = office.draft()
    with pytest.raises(errors.UsesDrawn):
        office.add(draft.code, {"op": "remove_point", "point": end, "crs": f"EPSG:{SRID}", "toleranceM": 1.0})


def test_limits_follow_a_new_survey_where_each_corner_becomes_another(office):
    done(office, redraw(A, (0, 0), (20, 0), (20, 30), (0, 29.8)))
    assert_tiled(office, drawn=2)


def test_a_survey_that_leaves_open_where_limits_end_is_refused_with_the_way_out(office):
    draft = office.draft()
    with pytest.raises(errors.UsesDrawn) as refused:
        office.add(draft.code, redraw(A, (1, 0), (20, 0), (20, 30), (1, 30)))
    assert refused.value.geometry is not None
    both = [set_uses(A, ("ODT", 450), ("CLN", 152.3)), redraw(A, (1, 0), (20, 0), (20, 30), (1, 30))]
    office.draft(*both)
