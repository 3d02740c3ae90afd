"""Tiles of rasters: they lie where the vectors lie, are known by their tags, and give nothing else away."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psycopg
import pyogrio.raw
import pytest
import rasterio
import shapely
from landsvc.geo import crs
from landsvc.geo.raster.drawing import system_of
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.warp import transform
from tests.conftest import application, as_role, opened, settings_for
from tests.factories import cadastre as fabric
from tests.factories import rasters
from tests.factories.cadastre import X0, Y0

WORLD_M = 2 * math.pi * 6_378_137.0
Z = 18
FINE = 0.05


@pytest.fixture(scope="module")
def land(make_clone, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Parcels, and under them a raster in which every parcel was painted from its corners in VN-2000."""
    data: Path = tmp_path_factory.mktemp("raster-tiles")
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            series = fabric.series(conn, fabric.commune(conn))
            for number, (x, y) in enumerate([(0, 0), (31, 7), (11, 33), (44, 40)]):
                corners = [(x, y), (x + 17, y + 3), (x + 14, y + 20), (x - 2, y + 15)]
                fabric.parcel(conn, fabric.polygon(*corners), number=str(number + 1), series_id=series)
        with psycopg.connect(dsn) as conn:
            shapes = [
                shapely.from_wkb(row[0]) for row in conn.execute("SELECT ST_AsBinary(geom) FROM cadastre.parcel")
            ]
        corner = Affine(FINE, 0, X0 - 10, 0, -FINE, Y0 + 80)
        painted = rasterize([(shape, 255) for shape in shapes], (1800, 1800), transform=corner, dtype="uint8")
        white = 255 - painted
        red = np.stack([np.full_like(painted, 255), white, white])
        with opened(dsn) as database:
            path = rasters.write(data / "painted.tif", red, pixel=FINE, west=-10, north=80)
            rasters.take(database, data, path, "painted", title="Bản vẽ", title_en="Drawing", attribution="© Sở")
            path = rasters.write(data / "hill.tif", rasters.hill(), pixel=5, west=-700, north=700, nodata=-9999)
            rasters.take(database, data, path, "hill", title="Đồi")
            path = rasters.write(data / "secret.tif", rasters.picture())
            rasters.take(database, data, path, "secret", public=False)
        with application(settings_for(dsn, DATA=str(data))) as app:
            yield SimpleNamespace(client=app.test_client(), dsn=dsn, data=data)


def tile_of(x: float, y: float, z: int = Z) -> tuple[int, int, int]:
    """The tile that holds a place of the test land (metres from its origin)."""
    east, north = crs.transform_point(X0 + x, Y0 + y, fabric.SRID, 3857, "B")
    side = WORLD_M / 2**z
    return z, int((east + WORLD_M / 2) // side), int((WORLD_M / 2 - north) // side)


def get(land, path: str, **headers: str):
    return land.client.get(path, headers=headers)


def test_raster_and_vector_tiles_agree_to_a_pixel_at_zoom_18(land, tmp_path):
    """A pixel clearly inside a vector parcel is painted, one clearly outside is not; clearly is one pixel."""
    seen = inside = 0
    for z, x, y in {tile_of(dx, dy) for dx in (0, 20, 40, 55) for dy in (0, 20, 40, 55)}:
        picture = rasters.pixels_of(get(land, f"/tiles/raster/painted/{z}/{x}/{y}.png").data)
        answer = get(land, f"/tiles/parcels/{z}/{x}/{y}.mvt", **{"Accept-Encoding": "gzip"})
        parcels = vector_parcels(gzip.decompress(answer.data), tmp_path, z, x, y)
        side = WORLD_M / 2**z
        west, north, pixel = x * side - WORLD_M / 2, WORLD_M / 2 - y * side, side / 256
        assert pixel < 0.6
        columns, lines = np.meshgrid(np.arange(256), np.arange(256))
        east, up = west + (columns + 0.5) * pixel, north - (lines + 0.5) * pixel
        within = shapely.contains_xy(shapely.buffer(parcels, -pixel), east, up)
        beyond = ~shapely.contains_xy(shapely.buffer(parcels, pixel), east, up)
        shown = picture[..., 3] == 255
        assert (picture[within & shown][:, 1] < 64).all()
        assert (picture[beyond & shown][:, 1] > 192).all()
        seen, inside = seen + int(shown.sum()), inside + int((within & shown).sum())
    assert inside > 2000
    assert seen > 10_000


def vector_parcels(body: bytes, folder: Path, z: int, x: int, y: int) -> shapely.Geometry:
    path = folder / "parcels.mvt"
    path.write_bytes(body)
    _, _, shapes, _ = pyogrio.raw.read(path, layer="parcels", X=x, Y=y, Z=z, CLIP="NO")
    return shapely.union_all(shapely.from_wkb(shapes))


@pytest.mark.parametrize("variant", ["A", "B", "C"])
@pytest.mark.parametrize("srid", [9212, 5897, 4756, 4326, 3405, 2193])
def test_a_warp_uses_our_shift_and_not_proj_s(variant, srid):
    lon, lat = (172.0, -41.0) if srid == 2193 else (106.9, 11.5)
    x, y = crs.transform_point(lon, lat, 4326, srid, variant)
    ours = crs.transform_point(x, y, srid, 3857, variant)
    warped = transform(system_of(srid, variant), rasterio.crs.CRS.from_epsg(3857), [x], [y])
    assert (warped[0][0], warped[1][0]) == pytest.approx(ours, abs=1e-4)


def test_tile_is_transparent_where_the_raster_has_no_pixel(land):
    z, x, y = tile_of(-10, 80)
    picture = rasters.pixels_of(get(land, f"/tiles/raster/painted/{z}/{x}/{y}.png").data)
    assert set(np.unique(picture[..., 3])) == {0, 255}
    far = get(land, "/tiles/raster/painted/18/5/5.png")
    assert far.status_code == 200
    assert not rasters.pixels_of(far.data).any()


@pytest.mark.parametrize("z", [0, 8, 13, 15, 17, 20, 22])
def test_every_zoom_is_drawn_from_the_level_that_fits(land, z):
    for name in ("painted", "hill"):
        _, x, y = tile_of(20, 20, z)
        answer = get(land, f"/tiles/raster/{name}/{z}/{x}/{y}.png")
        assert answer.status_code == 200
        assert answer.mimetype == "image/png"
        assert rasters.pixels_of(answer.data).shape == (256, 256, 4)


def test_heights_are_coloured_by_the_legend(land):
    document = get(land, "/tiles/raster/hill.json").json
    stops = document["legend"]["stops"]
    assert document["legend"]["unit"] == "m"
    assert [stops[0]["value"], stops[-1]["value"]] == pytest.approx([50, 150], abs=2)
    assert min(color_at(land, "hill", 50, -50)[:3]) > 200  # the top is light
    low = [int(stops[0]["color"][at : at + 2], 16) for at in (1, 3, 5)]
    assert color_at(land, "hill", -600, 600)[:3] == pytest.approx(
        low, abs=12
    )  # flat land is as the legend has it


def color_at(land, name: str, x: float, y: float, z: int = 16) -> list[int]:
    """What a tile shows at a place of the test land: red, green, blue, alpha."""
    _, column, line = tile_of(x, y, z)
    picture = rasters.pixels_of(get(land, f"/tiles/raster/{name}/{z}/{column}/{line}.png").data)
    east, north = crs.transform_point(X0 + x, Y0 + y, fabric.SRID, 3857, "B")
    pixel = WORLD_M / 2**z / 256
    across, down = (east + WORLD_M / 2) / pixel - 256 * column, (WORLD_M / 2 - north) / pixel - 256 * line
    return [int(value) for value in picture[int(down), int(across)]]


def test_tile_json_says_what_a_map_must_know(land):
    answer = get(land, "/tiles/raster/painted.json")
    document = answer.json
    assert document["tiles"] == ["http://localhost/tiles/raster/painted/{z}/{x}/{y}.png"]
    assert (document["kind"], document["pixelM"], document["attribution"]) == ("orthophoto", 0.05, "© Sở")
    west, south, east, north = document["bounds"]
    assert 106 < west < east < 108
    assert 11 < south < north < 12
    assert document["minzoom"] < 18 < document["maxzoom"]
    assert get(land, "/tiles/raster/painted.json?lang=en").json["description"] == "Drawing"
    again = get(land, "/tiles/raster/painted.json", **{"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_known_tile_is_neither_drawn_nor_sent_again(land):
    z, x, y = tile_of(20, 20)
    first = get(land, f"/tiles/raster/painted/{z}/{x}/{y}.png")
    assert first.headers["Cache-Control"] == "no-cache"
    again = get(land, f"/tiles/raster/painted/{z}/{x}/{y}.png", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tiles/raster/nobody/1/0/0.png", 404, "unknown-raster"),
        ("/tiles/raster/nobody.json", 404, "unknown-raster"),
        ("/tiles/raster/secret/1/0/0.png", 404, "unknown-raster"),
        ("/tiles/raster/secret.json", 404, "unknown-raster"),
        ("/tiles/raster/..%2f..%2fetc/1/0/0.png", 404, None),
        ("/tiles/raster/%2e%2e/1/0/0.png", 404, None),
        ("/tiles/raster/painted%00/1/0/0.png", 400, None),
        ("/tiles/raster/painted/23/0/0.png", 400, "tile-out-of-range"),
        ("/tiles/raster/painted/-1/0/0.png", 400, "tile-out-of-range"),
        ("/tiles/raster/painted/2/4/0.png", 400, "tile-out-of-range"),
        ("/tiles/raster/painted/2/0/9999999999999999999999.png", 400, None),
        ("/tiles/raster/painted/a/0/0.png", 400, "invalid-input"),
        ("/tiles/raster/painted/1.5/0/0.png", 400, "invalid-input"),
        ("/tiles/raster/painted/1/0/0.png?x=1", 400, "invalid-input"),
    ],
)
def test_a_wrong_address_is_refused(land, path, status, code):
    answer = get(land, path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    if code:
        assert answer.json["code"] == code


def test_list_names_what_the_public_may_see(land):
    assert [each["name"] for each in get(land, "/api/v1/rasters").json["rasters"]] == ["painted", "hill"]
    with psycopg.connect(as_role(land.dsn, "landsvc_public")) as conn:
        assert {row[0] for row in conn.execute("SELECT code FROM geo.raster")} == {"painted", "hill"}


def test_a_missing_file_is_named_and_comes_back(land):
    z, x, y = tile_of(20, 20)
    file = next((land.data / "rasters").glob("painted-*.tif"))
    aside = file.rename(land.data / "aside")
    answer = get(land, f"/tiles/raster/painted/{z}/{x}/{y}.png")
    assert (answer.status_code, answer.json["code"]) == (404, "raster-file-missing")
    aside.rename(file)
    assert get(land, f"/tiles/raster/painted/{z}/{x}/{y}.png").status_code == 200


def test_citizens_page_and_folium_maps_offer_the_rasters(land):
    home = get(land, "/").get_data(as_text=True)
    assert 'id="show-raster-painted"' in home
    assert 'id="opacity-raster-hill"' in home
    assert "secret" not in home
    for path in ("/maps/planning", "/maps/fabric"):
        page = get(land, path).get_data(as_text=True)
        assert '"/tiles/raster/painted/{z}/{x}/{y}.png"' in page
        assert 'id="raster-opacity"' in page
