"""Tiles show the land where it lies: GDAL reads them back, shapely compares them with the register's own shapes."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pyogrio.raw
import pytest
import shapely
from pyproj import Transformer
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric
from tests.factories import planning as plans

WORLD_M = 2 * math.pi * 6_378_137.0
EXTENT = 4096


@pytest.fixture
def land(fresh_db) -> Iterator[SimpleNamespace]:
    with psycopg.connect(fresh_db) as conn:
        series = fabric.series(conn, fabric.commune(conn))
        number = 0
        for column in range(6):
            for row in range(6):
                number += 1
                fabric.parcel(
                    conn, fabric.box(12 * column, 15 * row, 12, 15), number=str(number), series_id=series
                )
        plan = plans.plan(conn)
        plans.zone(conn, plan, fabric.box(3, 3, 40, 50), code="ODT")
        plans.zone(conn, plan, fabric.box(20, 10, 30, 30), code="HL", theme="power_corridor")
        middle = conn.execute(
            "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(ST_Collect(geom4326)) c FROM cadastre.parcel) x"
        ).fetchone()
        shapes = {
            "parcels": dict(conn.execute("SELECT number, ST_AsBinary(geom4326) FROM cadastre.parcel").fetchall()),
            **{
                layer: dict(
                    conn.execute(
                        "SELECT z.code, ST_AsBinary(z.geom4326) FROM planning.zone z"
                        " JOIN planning.theme t ON t.id = z.theme_id WHERE t.layer = %s",
                        [layer],
                    ).fetchall()
                )
                for layer in ("zones", "restrictions")
            },
        }
    with application(settings_for(fresh_db)) as app:
        yield SimpleNamespace(client=app.test_client(), lon=middle[0], lat=middle[1], shapes=shapes)


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """The column and row of a place, by the formula of the tile scheme."""
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    side = WORLD_M / 2**z
    return int((x + WORLD_M / 2) // side), int((WORLD_M / 2 - y) // side)


def read_back(body: bytes, folder: Path, layer: str, z: int, x: int, y: int) -> dict[str, shapely.Geometry]:
    """Return the shapes of a tile in EPSG:3857 by number or code, as GDAL reads them, buffer included."""
    path = folder / f"{layer}.mvt"
    path.write_bytes(body)
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer, X=x, Y=y, Z=z, CLIP="NO")
    names = columns[list(meta["fields"]).index("no" if layer == "parcels" else "code")]
    return {str(name): shapely.from_wkb(shape) for name, shape in zip(names, shapes, strict=True)}


@pytest.mark.parametrize("layer", ["parcels", "zones", "restrictions"])
@pytest.mark.parametrize("z", [16, 18, 20])
def test_shapes_of_a_tile_are_those_of_the_register(land, tmp_path, layer, z):
    x, y = tile_of(land.lon, land.lat, z)
    answer = land.client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    found = read_back(gzip.decompress(answer.data), tmp_path, layer, z, x, y)
    side = WORLD_M / 2**z
    west, north = x * side - WORLD_M / 2, WORLD_M / 2 - y * side
    margin, pixel = side * 256 / EXTENT, side / EXTENT
    seen = shapely.box(west - margin, north - side - margin, west + side + margin, north + margin)
    project = Transformer.from_crs(4326, 3857, always_xy=True)
    wanted = {
        name: shapely.intersection(
            shapely.transform(shapely.from_wkb(shape), project.transform, interleaved=False), seen
        )
        for name, shape in land.shapes[layer].items()
    }
    whole = {name: shape for name, shape in wanted.items() if shape.area > 16 * pixel**2}
    assert set(whole) <= set(found) <= set(wanted)
    for name, shape in whole.items():
        # Corners go to the grid of the tile, and where the buffer cuts them off, so do the corners of the cut.
        assert shapely.hausdorff_distance(found[name], shape) <= math.sqrt(2) * pixel, name
