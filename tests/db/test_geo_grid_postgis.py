"""The grid in SQL and in Python gives the same doubles, bit for bit."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest
import shapely
from landsvc.geo.grid import on_grid, round_ordinates, to_grid

MILLION = 1_000_000
PER_LINE = 1000


def ordinates(seed: int) -> np.ndarray:
    """A million ordinates (half x, half y) of the size used here: plain, ties, grid neighbours, negative."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(300_000, 700_000, MILLION // 2), rng.uniform(1_100_000, 2_600_000, MILLION // 2)
    for values, low, high in ((x, 300_000, 700_000), (y, 1_100_000, 2_600_000)):
        quarter = len(values) // 4
        whole = rng.integers(low * 1000, high * 1000, quarter)
        values[:quarter] = whole / 1000 + 0.0005
        values[quarter : 2 * quarter] = (2 * whole + 1) / 2000
        values[2 * quarter : 2 * quarter + 1000] = np.nextafter(whole[:1000] / 1000, np.inf)
        values[-quarter // 2 :] *= -1
    return np.stack([x, y], axis=1)


def in_sql(conn: psycopg.Connection, lines: np.ndarray, expression: str) -> list:
    query = f"SELECT {expression} FROM unnest(%s::bytea[]) WITH ORDINALITY AS t(wkb, n)" + (
        ", ST_GeomFromWKB(wkb, geo.srid()) AS g ORDER BY n"
    )
    return [row[0] for row in conn.execute(query, (list(shapely.to_wkb(lines)),), binary=True)]


def test_sql_and_python_agree_bit_for_bit_on_a_million_ordinates(db_conn: psycopg.Connection) -> None:
    points = ordinates(seed=20260401)
    lines = shapely.linestrings(points.reshape(-1, PER_LINE, 2))
    found = in_sql(db_conn, lines, "ST_AsBinary(geo.to_grid(g))")
    assert [bytes(wkb) for wkb in found] == list(shapely.to_wkb(to_grid(lines)))
    assert np.array_equal(
        shapely.get_coordinates(shapely.from_wkb(found)).view(np.int64), round_ordinates(points).view(np.int64)
    )


def test_is_on_grid_tells_a_value_from_its_next_double(db_conn: psycopg.Connection) -> None:
    points = shapely.points(ordinates(seed=20260402)[::5])
    rounded = to_grid(points)
    assert all(in_sql(db_conn, rounded, "geo.is_on_grid(g)"))
    beside = shapely.points(np.nextafter(shapely.get_coordinates(rounded), np.inf))
    assert not any(in_sql(db_conn, beside, "geo.is_on_grid(g)"))
    assert in_sql(db_conn, points, "geo.is_on_grid(g)") == on_grid(points).tolist()


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON ((0 0,10 0,10.0001 0.0001,10 10,0 10,0 0))",
        "POLYGON ((0 0,.0001 0,.0001 .0001,0 0))",
        "POLYGON ((0 0,9 0,9 9,0 0),(5 1,5.0001 1,5 1.0001,5 1))",
        "MULTIPOLYGON (((0 0,.0001 0,.0001 .0001,0 0)),((0 0,9 0,9 9,0 0)))",
        "POINT (-0.0002 -0.0)",
    ],
)
def test_what_collapses_is_left_out_alike(db_conn: psycopg.Connection, wkt: str) -> None:
    shape = np.array([shapely.from_wkt(wkt)])
    found = in_sql(db_conn, shape, "ST_AsBinary(geo.to_grid(g))")
    assert bytes(found[0]) == shapely.to_wkb(to_grid(shape))[0]
