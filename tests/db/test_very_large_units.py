"""Units of more than a thousand corners: what is asked of a piece of them is what all of them would answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from landsvc.cadastre.drafts.noding import Bend, node_geometry
from psycopg.conninfo import make_conninfo
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, X0, Y0, one
from tests.factories.dice import dice

Conn = psycopg.Connection[Any]
CORNERS = 1200
TRIED = 250


def on_grid(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: np.round(xy * 1000) / 1000)


def network(rng: np.random.Generator) -> Any:
    """A wavy ring of many corners with four holes, as streets around blocks."""
    turn = np.sort(rng.uniform(0, 2 * np.pi, CORNERS))
    reach = 200 + 30 * np.sin(9 * turn) + rng.uniform(-0.05, 0.05, CORNERS)
    outline = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1) + np.array([X0, Y0])
    blocks = [
        [[X0 + x + dx * 60, Y0 + y + dy * 50] for dx, dy in ((0, 0), (0, 1), (1, 1), (1, 0))]
        for x in (-70, 10)
        for y in (-60, 10)
    ]
    return on_grid(shapely.Polygon(outline, blocks))


def beside(streets: Any, rng: np.random.Generator) -> Any:
    """Some parcel: on the boundary with its corners, along it, across it, far from it, or in a hole."""
    corners = shapely.get_coordinates(streets)
    at = int(rng.integers(1, CORNERS - 8))
    kind = rng.integers(6)
    if kind == 0:  # it shares a few edges, from within or from without
        line = corners[at : at + int(rng.integers(2, 7))]
        inward = (np.array([X0, Y0]) - line.mean(axis=0)) * rng.choice([-0.1, 0.1, -0.002, 0.002])
        return on_grid(shapely.Polygon([*line, *(line[::-1] + inward)]))
    if kind == 1:  # a block, or a part of it, or one that reaches out of it
        x, y = rng.choice([-70, 10]), rng.choice([-60, 10])
        w, h = rng.choice([30.0, 60.0, 60.001]), rng.choice([20.0, 50.0, 49.999])
        return on_grid(shapely.box(X0 + x, Y0 + y, X0 + x + w, Y0 + y + h))
    if kind == 2:  # it touches in one corner
        away = rng.uniform(-4, 4, (2, 2))
        return on_grid(shapely.Polygon([corners[at], *(corners[at] + away)]))
    middle = np.array([X0, Y0]) + rng.uniform(-260, 260, 2) if kind < 5 else corners[at]
    size = rng.choice([0.5, 5.0, 40.0])
    return on_grid(shapely.box(*(middle - size), *(middle + rng.uniform(0.2, 1, 2) * size)))


@pytest.fixture
def streets(db_conn: Conn) -> Iterator[tuple[Conn, Any, np.random.Generator]]:
    rng = np.random.default_rng(dice("very large").randrange(2**32))
    shape = network(rng)
    assert shape.is_valid
    db_conn.execute(
        "INSERT INTO cadastre.parcel_run (unit_id, seq, geom) SELECT 1, n, run"
        " FROM cadastre.runs_of(ST_GeomFromWKB(%s, %s)) WITH ORDINALITY r(run, n)",
        (shape.wkb, SRID),
    )
    yield db_conn, shape, rng
    db_conn.rollback()


def test_its_edges_are_all_there_to_the_last_bit(streets):
    conn, shape, _ = streets
    runs = [
        shapely.from_wkb(bytes(row[0]))
        for row in conn.execute(
            "SELECT ST_AsBinary(geom) FROM cadastre.parcel_run WHERE unit_id = 1 ORDER BY seq"
        )
    ]
    edges = {edge.tobytes() for run in runs for edge in _edges(run)}
    rings = [shape.exterior, *shape.interiors]
    assert edges == {edge.tobytes() for ring in rings for edge in _edges(ring)}
    assert max(shapely.get_num_coordinates(runs)) == 65


def _edges(line: Any) -> np.ndarray:
    places = shapely.get_coordinates(line)
    return np.concatenate([places[:-1], places[1:]], axis=1)


def test_an_overlap_is_found_where_the_whole_would_find_it(streets):
    conn, shape, rng = streets
    asked = [parcel for _ in range(TRIED) if (parcel := beside(shape, rng)).is_valid and parcel.area > 0.1]
    asked.append(
        shapely.MultiPolygon([shapely.box(X0 - 1, Y0 + 300, X0, Y0 + 301), shapely.box(X0, Y0, X0 + 1, Y0 + 1)])
    )
    rows = conn.execute(
        "SELECT cadastre.interiors_meet(1, s.large, 2, g), cadastre.interiors_meet(2, g, 1, s.large),"
        " ST_Relate(s.large, g, '2********'), ST_AsText(g, 3) FROM (SELECT ST_GeomFromWKB(%s, %s) AS large) s,"
        " unnest(%s::bytea[]) w, ST_GeomFromWKB(w, %s) g",
        (shape.wkb, SRID, [parcel.wkb for parcel in asked], SRID),
    ).fetchall()
    assert [row for row in rows if not row[0] == row[1] == row[2]] == []
    assert {row[2] for row in rows} == {False, True}


def test_what_changed_lies_within_the_lines_told(streets):
    conn, shape, rng = streets
    told = 0
    for _ in range(30):
        ring = shapely.get_coordinates(shape.exterior)[:-1]
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(0, len(ring)))
            match rng.integers(3):
                case 0:
                    ring = np.delete(ring, at, axis=0)
                case 1:
                    ring[at] += np.round(rng.uniform(-0.3, 0.3, 2), 3)
                case _:
                    ring = np.insert(ring, at, (ring[at] + ring[at - 1]) / 2, axis=0)
        now = on_grid(shapely.Polygon(ring, [hole.coords for hole in shape.interiors]))
        if not now.is_valid:
            continue
        ((lines, land),) = conn.execute(
            "SELECT ST_AsBinary(l), ST_AsBinary(cadastre.land_within(l))"
            " FROM cadastre.redrawn(ST_GeomFromWKB(%s, %s), ST_GeomFromWKB(%s, %s)) l",
            (shape.wkb, SRID, now.wkb, SRID),
        ).fetchall()
        told += 1
        changed = shapely.symmetric_difference(shape, now)
        around = shapely.union_all(
            [line.convex_hull for line in shapely.get_parts(shapely.from_wkb(bytes(lines)))]
        )
        assert shapely.difference(changed, around.buffer(1e-6)).area < 1e-9
        parts = shapely.get_parts(shapely.from_wkb(bytes(land)))
        assert shapely.difference(changed, shapely.union_all(parts).buffer(1e-6)).area < 1e-9
    assert told > 10


def test_one_that_is_another_altogether_is_not_told_by_lines(streets):
    conn, shape, _ = streets
    turned = shapely.Polygon(shapely.get_coordinates(shape.exterior) + 0.5)
    assert one(conn, "SELECT cadastre.redrawn(%s::geometry, %s::geometry)", shape.wkt, turned.wkt) is None
    fewer = shapely.Polygon(shape.exterior, list(shape.interiors)[1:])
    assert one(conn, "SELECT cadastre.redrawn(%s::geometry, %s::geometry)", shape.wkt, fewer.wkt) is None


def test_a_corner_goes_into_the_edge_that_is_named_as_into_that_of_a_small_one(streets):
    conn, shape, rng = streets
    ring = shapely.get_coordinates(shape.exterior)
    for at in [0, len(ring) - 2, *rng.integers(1, len(ring) - 2, 8).tolist()]:
        ends = [tuple(ring[at].tolist()), tuple(ring[at + 1].tolist())]
        place = tuple((np.round((ring[at] + ring[at + 1]) / 2 * 1000) / 1000).tolist())
        for bend in (
            Bend(ends[0], place, ends[1]),
            Bend(ends[1], place, ends[0]),
            Bend(ends[0], ends[1], ends[0]),
        ):
            expected = node_geometry(shape, [bend]).geometry
            found = one(
                conn,
                "SELECT ST_AsBinary(cadastre.node_geometry(ST_GeomFromWKB(%s, %s), ST_GeomFromWKB(%s, %s)))",
                shape.wkb,
                SRID,
                shapely.MultiLineString([bend]).wkb,
                SRID,
            )
            assert bytes(found) == expected.wkb


@pytest.fixture
def town(fresh_db: str) -> Iterator[tuple[Conn, int, Any]]:
    """Streets, and a parcel of another commune in one of their blocks; committed. The connection is an officer's."""
    shape = network(np.random.default_rng(7))
    with psycopg.connect(make_conninfo(fresh_db, options="-c landsvc.acting=operator")) as conn:
        here = make.commune(conn)
        make.series(conn, here)
        make.commune(conn, "25432", geom=make.box(6000, 6000, 10, 10))
        unit = make.parcel(conn, shape.wkt, kind="object", uses={"DGT": 1000.0})
        make.parcel(conn, make.box(10, 10, 60, 50), commune_code="25432")
    with psycopg.connect(
        make_conninfo(fresh_db, user="landsvc_editor", options="-c landsvc.acting=operator")
    ) as editor:
        yield editor, unit, shape
        editor.rollback()


def redraw(conn: Conn, unit: int, shape: Any) -> None:
    make.lock(conn, shape.wkt, "25195", "25432")
    why = make.record(conn)
    make.close(conn, unit, why)
    make.version(conn, unit, why, shape.wkt, uses={"DGT": 1000.0})
    conn.commit()


def moved(shape: Any, before: tuple[float, float], after: tuple[float, float]) -> Any:
    """The streets with one corner somewhere else, in metres from the origin."""

    def move(places: np.ndarray) -> np.ndarray:
        at = (np.abs(places - np.add(before, [X0, Y0])) < 1e-6).all(axis=1)
        return np.where(at[:, None], np.round(np.add(after, [X0, Y0]), 3), places)

    return shapely.transform(shape, move)


def test_streets_that_grow_over_a_parcel_are_refused_and_others_are_not(town):
    conn, unit, shape = town
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        redraw(conn, unit, moved(shape, (70, 60), (69.5, 59.5)))
    assert caught.value.diag.constraint_name == "fab-overlap"
    conn.rollback()
    with pytest.raises(psycopg.errors.CheckViolation):
        redraw(conn, unit, shapely.Polygon(shape.exterior))
    conn.rollback()
    redraw(conn, unit, moved(shape, (70, 60), (70.5, 60.5)))
    redraw(conn, unit, moved(shape, (-10, -10), (-10.5, -10.5)))


def test_a_parcel_laid_on_streets_is_refused_and_one_in_their_block_is_not(town):
    conn, _, _ = town
    make.parcel(conn, make.box(-70, 10, 60, 50))
    conn.commit()
    make.parcel(conn, make.box(10, -60, 60.001, 50))
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        conn.commit()
    assert caught.value.diag.constraint_name == "fab-overlap"


def test_only_the_tiles_where_streets_changed_are_made_anew(town):
    conn, unit, _ = town
    with psycopg.connect(conn.info.dsn.replace("user=landsvc_editor", "user=landsvc"), autocommit=True) as owner:
        owner.execute("DELETE FROM geo.tile_touch")
        make.lock(conn, make.box(10, 10, 60, 50), "25195", "25432")
        bend = f"MULTILINESTRING(({X0 + 10} {Y0 + 10},{X0 + 40} {Y0 + 10},{X0 + 70} {Y0 + 10}))"
        conn.execute(
            "SELECT cadastre.node_neighbours(ARRAY[%s::bigint], ARRAY[ST_GeomFromText(%s, %s)], %s)",
            (unit, bend, SRID, make.record(conn)),
        )
        conn.commit()
        ((width, height),) = owner.execute(
            "SELECT ST_XMax(area) - ST_XMin(area), ST_YMax(area) - ST_YMin(area) FROM geo.tile_touch"
        ).fetchall()
    assert width == pytest.approx(60, rel=0.1)
    assert height < 1


def test_the_keys_of_streets_are_those_of_all_that_lies_beside_them(town):
    conn, _, shape = town
    asked = "SELECT array_agg(DISTINCT c ORDER BY c) FROM cadastre.communes_near{}(ST_GeomFromText(%s, %s)) c"
    large = one(conn, asked.format("_large"), shape.wkt, SRID)
    assert large == one(conn, asked.format(""), shape.wkt, SRID) == ["25195", "25432"]
