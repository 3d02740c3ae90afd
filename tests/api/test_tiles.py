"""Vector tiles: what they hold, how they are kept, and that an edit shows at once."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psycopg
import pytest
from landsvc.core.db import Database
from landsvc.geo import tiles as geo_tiles
from tests.conftest import application, settings_for
from tests.factories import cadastre as fabric
from tests.factories.grid import tile_at

Z = 17


@pytest.fixture
def land(fresh_db) -> SimpleNamespace:
    with psycopg.connect(fresh_db) as conn:
        series = fabric.series(conn, fabric.commune(conn))
        unit = fabric.parcel(conn, fabric.box(0, 0, 10, 10), number="1", series_id=series)
        lon, lat = conn.execute(
            "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(geom4326) c FROM cadastre.parcel) x"
        ).fetchone()
    x, y = tile_at(lon, lat, Z)
    return SimpleNamespace(series=series, unit=unit, x=x, y=y, path=f"/tiles/parcels/{Z}/{x}/{y}.mvt")


@pytest.fixture
def client(land, fresh_db) -> Iterator[object]:
    with application(settings_for(fresh_db)) as app:
        yield app.test_client()


def body_of(answer) -> bytes:
    return gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data


def says(tile: bytes, text: str) -> bool:
    """Whether a text is among the values of a tile: field 4 of a layer, a string in field 1 of it."""
    value = b"\x0a" + bytes([len(text)]) + text.encode()
    return b"\x22" + bytes([len(value)]) + value in tile


def add_parcel(dsn: str, land, text: str, x: float) -> None:
    with psycopg.connect(dsn) as conn:
        fabric.parcel(conn, fabric.box(x, 0, 10, 10), number=text, series_id=land.series)


def test_tile_holds_the_parcel_and_its_attributes(client, land):
    answer = client.get(land.path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.mimetype == geo_tiles.MVT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "no-cache"
    body = body_of(answer)
    for text in (b"parcels", b"25195", b"sheet", b"ODT", b"area"):
        assert text in body


def test_tile_that_cannot_be_kept_is_served_all_the_same(client, land, fresh_db):
    with psycopg.connect(fresh_db) as conn:
        conn.execute("REVOKE INSERT ON geo.tile FROM landsvc_public")
    assert client.get(land.path).status_code == 200


def test_tile_is_given_plain_to_who_cannot_unzip(client, land):
    zipped = client.get(land.path, headers={"Accept-Encoding": "gzip"})
    plain = client.get(land.path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.data == body_of(zipped)
    assert plain.headers["ETag"] != zipped.headers["ETag"]


def test_known_tile_is_not_sent_again(client, land):
    first = client.get(land.path, headers={"Accept-Encoding": "gzip"})
    for _ in range(2):
        again = client.get(land.path, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("named", ["{}", "W/{}", '"other", {}', 'W/"a",W/{} , "b"', "*"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_known_tile_is_found_among_many_and_weak_tags(client, land, named, encoding):
    first = client.get(land.path, headers={"Accept-Encoding": encoding})
    for method in ("GET", "HEAD"):
        known = {"Accept-Encoding": encoding, "If-None-Match": named.format(first.headers["ETag"])}
        again = client.open(land.path, method=method, headers=known)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert "Content-Length" not in again.headers


def test_tag_of_one_encoding_does_not_stand_for_the_other(client, land):
    tags = {
        code: client.get(land.path, headers={"Accept-Encoding": code}).headers["ETag"] for code in ("gzip", "x")
    }
    for code, other in (("gzip", "x"), ("x", "gzip")):
        headers = {"Accept-Encoding": code, "If-None-Match": tags[other]}
        assert client.get(land.path, headers=headers).status_code == 200


@pytest.mark.parametrize("refused", ["gzip;q=0", "br, gzip; q=0.0", "identity"])
def test_tile_is_given_plain_to_who_refuses_gzip(client, land, refused):
    assert "Content-Encoding" not in client.get(land.path, headers={"Accept-Encoding": refused}).headers


@pytest.mark.parametrize("taken", ["gzip", "gzip;q=0.5, br", "deflate, gzip;q=1.0"])
def test_tile_is_given_zipped_to_who_takes_gzip(client, land, taken):
    assert client.get(land.path, headers={"Accept-Encoding": taken}).headers["Content-Encoding"] == "gzip"


def test_empty_tile_is_204(client, land):
    for path in (f"/tiles/parcels/{Z}/0/0.mvt", "/tiles/parcels/3/6/3.mvt"):
        assert client.get(path).status_code == 204


@pytest.mark.parametrize("zoom", [13, 18, 22])
def test_every_zoom_from_13_is_made(client, land, zoom, fresh_db):
    with psycopg.connect(fresh_db) as conn:
        lon, lat = conn.execute(
            "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(geom4326) c FROM cadastre.parcel) x"
        ).fetchone()
    x, y = tile_at(lon, lat, zoom)
    assert client.get(f"/tiles/parcels/{zoom}/{x}/{y}.mvt").status_code == 200


@pytest.mark.parametrize(
    ("address", "field"),
    [("23/0/0", "z"), ("3/8/0", "x"), ("3/0/8", "y"), ("-1/0/0", "z"), ("3/a/0", "x"), (f"3/{10**30}/0", "x")],
)
def test_tile_outside_the_pyramid_is_400(client, address, field):
    answer = client.get(f"/tiles/parcels/{address}.mvt")
    assert (answer.status_code, answer.json["field"]) == (400, field)


def test_unknown_layer_is_404(client):
    answer = client.get("/tiles/nothing/14/0/0.mvt")
    assert (answer.status_code, answer.json["code"]) == (404, "unknown-layer")


def test_tilejson_names_the_tiles(client):
    document = client.get("/tiles/parcels.json").json
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://localhost/tiles/parcels/{z}/{x}/{y}.mvt"]
    assert set(document["vector_layers"][0]["fields"]) == {"id", "commune", "sheet", "no", "ref", "use", "area"}


def test_communes_are_tiles_too(client, land):
    assert "Phường Bình Phước".encode() in body_of(client.get("/tiles/units/8/204/119.mvt")), "no commune"


def test_far_communes_leave_out_corners_that_nobody_sees(client, land, fresh_db):
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE cadastre.admin_unit SET geom = ST_Multi(ST_Buffer(ST_Centroid(geom), 6000, 500))")

    def size(zoom: int) -> int:
        x, y = (each >> (Z - zoom) for each in (land.x, land.y))
        return len(body_of(client.get(f"/tiles/units/{zoom}/{x}/{y}.mvt")))

    assert size(9) < 300  # of 2 000 corners, 19 m apart
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE cadastre.admin_unit SET geom = ST_Multi(ST_Translate(geom, 5900, 0))")
    assert size(14) > 300  # an edge within the tile: all its corners


def test_edit_shows_in_the_next_request(client, land, fresh_db):
    before = client.get(land.path)
    assert client.get(land.path).headers["ETag"] == before.headers["ETag"]
    add_parcel(fresh_db, land, "2", 10)
    after = client.get(land.path)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert says(body_of(after), "2")


def test_edit_elsewhere_keeps_the_tile(client, land, fresh_db):
    client.get(land.path)
    with psycopg.connect(fresh_db) as conn:
        made = conn.execute("SELECT xmin, made_in FROM geo.tile").fetchall()
    add_parcel(fresh_db, land, "2", 4000)
    client.get(land.path)
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT xmin, made_in FROM geo.tile").fetchall() == made


def made_now(database: Database, land) -> tuple[geo_tiles.Tile, str]:
    """Make a tile as a request does, without keeping it; return it with its snapshot."""
    row = database.read_one(layers()[0].statement, {"z": Z, "x": land.x, "y": land.y})
    return geo_tiles.pack(row[0]), row[1]


def test_tile_made_before_a_commit_and_stored_after_it_is_not_served(database: Database, land, fresh_db):
    """The race: a render reads, a writer commits, the render stores what it read."""
    service = geo_tiles.TileService.of(database, layers())
    with psycopg.connect(fresh_db) as writer:
        fabric.parcel(writer, fabric.box(10, 0, 10, 10), number="2", series_id=land.series)
        stale, made_in = made_now(database, land)
        writer.commit()
    where = {"layer": "parcels", "z": Z, "x": land.x, "y": land.y}
    database.write_cache(
        geo_tiles.statements("geo")["store_tile"],
        where | {"made_in": made_in, "etag": stale.etag, "body": stale.body},
    )
    fresh = service.get_tile("parcels", Z, land.x, land.y)
    assert says(gzip.decompress(fresh.body), "2")


def test_writer_open_while_a_tile_is_kept_makes_it_stale_when_it_commits(database: Database, land, fresh_db):
    service = geo_tiles.TileService.of(database, layers())
    with psycopg.connect(fresh_db) as writer:
        fabric.parcel(writer, fabric.box(10, 0, 10, 10), number="2", series_id=land.series)
        before = service.get_tile("parcels", Z, land.x, land.y)
        assert service.get_tile("parcels", Z, land.x, land.y).etag == before.etag
        writer.commit()
    assert service.get_tile("parcels", Z, land.x, land.y).etag != before.etag


def test_sweep_keeps_true_tiles_and_drops_spent_touches(database: Database, land, fresh_db):
    service = geo_tiles.TileService.of(database, layers())
    first = service.get_tile("parcels", Z, land.x, land.y)
    assert geo_tiles.sweep(fresh_db) > 0
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT count(*) FROM geo.tile_touch").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM geo.tile").fetchone() == (1,)
    assert service.get_tile("parcels", Z, land.x, land.y).etag == first.etag
    add_parcel(fresh_db, land, "2", 10)
    assert service.get_tile("parcels", Z, land.x, land.y).etag != first.etag


def test_render_older_than_a_sweep_is_not_served(database: Database, land, fresh_db):
    """Its touches may be gone, so the tile itself must be refused."""
    service = geo_tiles.TileService.of(database, layers())
    stale, made_in = made_now(database, land)
    add_parcel(fresh_db, land, "2", 10)
    geo_tiles.sweep(fresh_db)
    where = {"layer": "parcels", "z": Z, "x": land.x, "y": land.y}
    database.write_cache(
        geo_tiles.statements("geo")["store_tile"],
        where | {"made_in": made_in, "etag": stale.etag, "body": stale.body},
    )
    assert says(gzip.decompress(service.get_tile("parcels", Z, land.x, land.y).body), "2")


def test_tile_of_another_cluster_is_not_served_and_swept(database: Database, land, fresh_db):
    """As after a restore from a dump: snapshot and touch carry numbers this cluster has not reached."""
    service = geo_tiles.TileService.of(database, layers())
    service.get_tile("parcels", Z, land.x, land.y)
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE geo.tile SET made_in = '900000000:900000000:', etag = 'old'")
        conn.execute(
            "INSERT INTO geo.tile_touch (layer, area, xact) SELECT layer, area, '900000001' FROM geo.tile_touch"
        )
    assert service.get_tile("parcels", Z, land.x, land.y).etag != "old"
    geo_tiles.sweep(fresh_db)
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT count(*) FROM geo.tile_touch").fetchone() == (0,)
    again = service.get_tile("parcels", Z, land.x, land.y)
    assert service.get_tile("parcels", Z, land.x, land.y).etag == again.etag != "old"


def test_many_readers_never_see_a_tile_older_than_a_commit(database: Database, land, fresh_db):
    """Readers ask all the time; after each commit the very next answer has the new parcel."""
    service = geo_tiles.TileService.of(database, layers())
    stop = threading.Event()

    def read() -> int:
        asked = 0
        while not stop.is_set():
            service.get_tile("parcels", Z - 1, *geo_parent(land))
            asked += 1
        return asked

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for n in range(2, 12):
                add_parcel(fresh_db, land, str(n), 10 * n)
                tile = service.get_tile("parcels", Z - 1, *geo_parent(land))
                assert says(gzip.decompress(tile.body), str(n))
        finally:
            stop.set()
        assert all(reader.result() > 0 for reader in readers)


def geo_parent(land) -> tuple[int, int]:
    return land.x // 2, land.y // 2


def layers():
    from landsvc.cadastre import tiles

    return tiles.layers()


def test_tile_json_is_sent_once_to_who_has_it(client):
    first = client.get("/tiles/parcels.json")
    again = client.get("/tiles/parcels.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, first.mimetype, again.status_code) == (200, "application/json", 304)
    other = client.get("/tiles/parcels.json", headers={"If-None-Match": first.headers["ETag"], "Host": "other"})
    assert other.status_code == 200
