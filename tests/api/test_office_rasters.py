"""Officers see every raster and decide which the public sees; the public never sees a hidden one."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest
from landsvc.core.web import EXTENSION
from landsvc.geo import crs
from tests.conftest import application, as_role, settings_for, sign_client_in
from tests.factories import cadastre as fabric
from tests.factories import rasters
from tests.factories.cadastre import SRID, X0, Y0
from tests.factories.grid import tile_at

LIST = "/api/v1/office/rasters"


@pytest.fixture(scope="module")
def land(make_clone, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A public and a hidden picture over the test land."""
    data = tmp_path_factory.mktemp("office")
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            fabric.commune(conn)
        with application(settings_for(dsn, DATA=str(data))) as app:
            database = app.extensions[EXTENSION].database
            for number, (code, public) in enumerate({"open": True, "secret": False}.items()):
                picture = rasters.picture(300 + number, 200)
                path = rasters.write(data / f"{code}.tif", picture, west=-150, north=100)
                rasters.take(database, data, path, code, title=code.title(), public=public)
            yield SimpleNamespace(app=app, dsn=dsn, data=data, database=database)


@pytest.fixture
def public(land):
    return land.app.test_client()


def officer(land, *roles: str):
    client = land.app.test_client()
    client.actor = sign_client_in(client, *roles)
    return client


def tile(code: str) -> str:
    x, y = tile_at(*crs.transform_point(X0, Y0, SRID, 4326, "B"), 18)
    return f"{code}/18/{x}/{y}.png"


def visible(land) -> set[str]:
    """What somebody who connects as the public role reads."""
    with psycopg.connect(as_role(land.dsn, "landsvc_public")) as conn:
        return {code for (code,) in conn.execute("SELECT code FROM geo.raster")}


def test_an_officer_lists_and_draws_hidden_rasters_as_public_ones(land, public):
    client = officer(land, "counter")
    listed = client.get(LIST)
    assert {each["name"]: each["public"] for each in listed.json["rasters"]} == {"open": True, "secret": False}
    assert listed.headers["Cache-Control"] == "no-store"
    drawn = client.get(f"{LIST}/{tile('secret')}")
    assert (drawn.status_code, drawn.mimetype, drawn.headers["Vary"]) == (200, "image/png", "Cookie")
    assert drawn.headers["Cache-Control"] == "private, no-cache"
    assert rasters.pixels_of(drawn.data).any()
    again = client.get(f"{LIST}/{tile('secret')}", headers={"If-None-Match": drawn.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{LIST}/{tile('open')}").data == public.get(f"/tiles/raster/{tile('open')}").data
    assert client.get(f"{LIST}/{tile('nobody')}").json["code"] == "unknown-raster"


@pytest.mark.parametrize("roles", [None, ("citizen",)])
def test_nobody_but_officers_reaches_a_hidden_raster(land, public, roles):
    client = officer(land, *roles) if roles else public
    drawn = officer(land, "counter").get(f"{LIST}/{tile('secret')}").headers["ETag"]
    wanted = (401, "sign-in-needed") if roles is None else (403, "role-needed")
    for path in (LIST, f"{LIST}/{tile('secret')}", f"{LIST}/{tile('nobody')}"):
        answer = client.get(path, headers={"If-None-Match": drawn})
        assert (answer.status_code, answer.json["code"]) == wanted
    for path in (f"/tiles/raster/{tile('secret')}", "/tiles/raster/secret.json"):
        assert client.get(path, headers={"If-None-Match": drawn}).json["code"] == "unknown-raster"
    assert [each["name"] for each in client.get("/api/v1/rasters").json["rasters"]] == ["open"]
    assert visible(land) == {"open"}


def test_an_officers_session_opens_nothing_at_the_public_address(land):
    client = officer(land, "archivist")
    assert client.get(f"/tiles/raster/{tile('secret')}").status_code == 404
    assert [each["name"] for each in client.get("/api/v1/rasters").json["rasters"]] == ["open"]


def test_an_archivist_shows_a_raster_and_hides_it_at_once_and_leaves_a_trace(land, public):
    client = officer(land, "archivist")
    known = public.get(f"/tiles/raster/{tile('open')}").headers["ETag"]
    for code, wanted in (("secret", True), ("secret", True), ("open", False)):
        answer = client.put(f"{LIST}/{code}/visibility", json={"public": wanted})
        assert (answer.status_code, answer.json["public"]) == (200, wanted)
    assert public.get(f"/tiles/raster/{tile('secret')}").status_code == 200
    assert public.get(f"/tiles/raster/{tile('open')}", headers={"If-None-Match": known}).status_code == 404
    assert visible(land) == {"secret"}
    with psycopg.connect(land.dsn) as conn:
        told = conn.execute(
            "SELECT action, object, account_id FROM identity.audit WHERE action LIKE 'raster.%' ORDER BY id"
        ).fetchall()
    who = client.actor.account_id
    assert told == [("raster.published", "raster:secret", who), ("raster.hidden", "raster:open", who)]
    for code, wanted in (("secret", False), ("open", True)):
        client.put(f"{LIST}/{code}/visibility", json={"public": wanted})
    assert visible(land) == {"open"}


@pytest.mark.parametrize("roles", [(), ("processor", "surveyor"), ("leader", "auditor"), ("citizen",)])
def test_only_who_may_decides_what_the_public_sees(land, public, roles):
    client = officer(land, *roles) if roles else public
    refused = client.put(f"{LIST}/secret/visibility", json={"public": True})
    assert (refused.status_code, refused.json["code"]) == (
        (403, "role-needed") if roles else (401, "sign-in-needed")
    )
    assert visible(land) == {"open"}


def test_what_is_wrong_with_a_wish_is_named(land):
    client = officer(land, "archivist")
    assert client.put(f"{LIST}/nobody/visibility", json={"public": True}).json["code"] == "unknown-raster"
    for body in ({}, {"public": None}, {"public": "true"}, {"public": 1}, {"public": True, "more": 1}):
        assert client.put(f"{LIST}/secret/visibility", json=body).status_code == 400
    bare = officer(land, "archivist")
    bare.environ_base.pop("HTTP_X_CSRF_TOKEN")
    refused = bare.put(f"{LIST}/secret/visibility", json={"public": True})
    assert (refused.status_code, refused.json["code"]) == (403, "csrf-refused")
    assert visible(land) == {"open"}


def test_the_editors_role_changes_nothing_else_of_a_raster(land):
    for change in ("file = 'x.tif'", "recorded = 'empty'", "title = 'x'"):
        with psycopg.connect(land.dsn) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SET ROLE landsvc_editor")
            conn.execute(f"UPDATE geo.raster SET {change}")
    public = as_role(land.dsn, "landsvc_public")
    with psycopg.connect(public) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("UPDATE geo.raster SET public = true")


def test_what_replaces_a_hidden_raster_is_hidden(land):
    path = rasters.write(land.data / "other.tif", rasters.picture(310, 200), west=-150, north=100)
    taken = rasters.take(land.database, land.data, path, "secret", replace=True)
    assert not taken.facts.public
    assert visible(land) == {"open"}


def test_the_workspace_offers_every_raster_and_the_switch_to_who_may(land):
    page = officer(land, "archivist").get("/office").get_data(as_text=True)
    assert 'id="opacity-raster-secret"' in page
    assert 'data-publish="secret"' in page
    assert "/api/v1/office/rasters/secret/{z}/{x}/{y}.png" in page
    english = officer(land, "surveyor").get("/office?lang=en").get_data(as_text=True)
    assert "Hidden: only the office sees it" in english
    assert "data-publish" not in english
