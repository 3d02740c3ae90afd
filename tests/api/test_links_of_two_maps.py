"""After a second map whose sheets begin at 1 again, every link of ours opens the one parcel that was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace

import psycopg
import pyogrio.raw
import pytest
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import two_maps
from tests.factories.two_maps import COMMUNE, UNMAPPED

LINK = re.compile(r'href="(/(?:office)?\?parcel=[^"]+|/office/parcels/[^"]+|/api/v1/parcels/[^"]+)"')


@pytest.fixture(scope="module")
def office(module_db, tmp_path_factory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("maps")
    with opened(module_db) as database:
        two_maps.lay_first(database, module_db, folder)
        two_maps.lay_second(database, folder)
    with psycopg.connect(module_db) as conn:
        units = conn.execute(
            "SELECT n.unit_id, n.ref, n.code, n.is_current FROM cadastre.unit_name n WHERE n.kind = 'parcel'"
        ).fetchall()
    with application(settings_for(module_db)) as app:
        client = app.test_client()
        sign_client_in(client, "processor")
        yield SimpleNamespace(client=client, units=units, dsn=module_db)


def unit_of(client, reference: str) -> tuple[int, int]:
    """Return the status a reference answers with, and the unit its lineage begins at."""
    status = client.get(f"/api/v1/parcels/{reference}").status_code
    family = client.get(f"/api/v1/parcels/{reference}/lineage").json
    return status, next(each["unit"] for each in family["parcels"] if each["generation"] == 0)


def named_in(address: str) -> str:
    """Return the reference a link carries."""
    found = re.search(r"parcel=([^&#]+)|/parcels/([^/?]+)", unescape(address))
    assert found, address
    return found[1] or found[2]


def opens(client, address: str) -> tuple[int, int]:
    """Follow a link; return its status and the unit it is about."""
    answer = client.get(unescape(address), follow_redirects=True)
    return answer.status_code, unit_of(client, named_in(address))[1]


def test_a_number_of_both_maps_is_ambiguous_and_its_candidates_open_one_parcel_each(office):
    answer = office.client.get(f"/api/v1/parcels/{COMMUNE}-1-5")
    assert answer.status_code == 300
    units = [each["unit"] for each in answer.json["candidates"]]
    assert len(set(units)) == 2
    for each in answer.json["candidates"]:
        assert unit_of(office.client, each["ref"]) == (200, each["unit"])
    for page in (f"/answer?parcel={COMMUNE}-1-5", f"/office/inspector?parcel={COMMUNE}-1-5"):
        links = LINK.findall(office.client.get(page).text)
        assert {opens(office.client, link) for link in links} == {(200, unit) for unit in units}


def test_a_parcel_without_a_map_is_told_from_one_that_got_its_number(office):
    answer = office.client.get(f"/api/v1/parcels/{COMMUNE}-1-{UNMAPPED}")
    candidates = {each["unit"]: each for each in answer.json["candidates"]}
    (bare,) = (each for each in candidates.values() if each["code"] is None)
    assert bare["ref"] == f"unit-{bare['unit']}"
    page = office.client.get(f"/?parcel={bare['ref']}")
    assert page.status_code == 200
    assert {opens(office.client, link) for link in LINK.findall(page.text)} == {(200, bare["unit"])}
    assert f"{COMMUNE}-1-{UNMAPPED}" in page.text


def test_every_link_of_every_answer_opens_the_parcel_meant(office):
    client = office.client
    by_unit = {unit: (code, current) for unit, _, code, current in office.units}
    assert sum(current for _, current in by_unit.values()) >= 14
    for unit, (code, current) in by_unit.items():
        reference = code or f"unit-{unit}"
        assert unit_of(client, reference) == (200 if current else 410, unit)
        for path in (f"/answer?parcel={reference}", f"/office/inspector?parcel={reference}"):
            page = client.get(path)
            assert page.status_code == (200 if current else 410)
            for link in LINK.findall(page.text):
                status, meant = opens(client, link)
                past = "validAt" in link
                assert status == (200 if by_unit[meant][1] or past else 410), link
                if current and not by_unit[meant][1]:
                    assert "data-parcel" in page.text  # a parcel it came from, which no longer is
            if current:
                assert meant_by(page.text) == {reference}


def meant_by(html: str) -> set[str]:
    """Return what a page says its own links name the parcel by."""
    return set(re.findall(r'data-link="([^"]+)"', html))


def test_successors_and_history_of_a_retired_parcel_lead_on(office):
    client = office.client
    for unit, _, code, current in office.units:
        if current or not code:
            continue
        gone = client.get(f"/api/v1/parcels/{code}")
        for heir in gone.json["successors"]:
            assert unit_of(client, heir["code"]) == (200, heir["unit"])
        before = client.get(f"/api/v1/parcels/{code}?validAt=1950-01-01")
        assert before.json["history"] == f"/api/v1/parcels/{code}/history", unit
        assert client.get(before.json["history"]).status_code == 200


def test_lists_searches_and_lineage_carry_what_opens_one_parcel(office):
    client = office.client
    for feature in box(client):
        facts = feature["properties"]
        assert unit_of(client, f"unit-{feature['id']}") == (200, feature["id"])
        assert unit_of(client, facts["code"]) == (200, feature["id"])
        shown = json.loads(client.get(f"/api/v1/parcels/unit-{feature['id']}").text)
        assert shown["ref"] == facts["ref"]
        around = client.get(f"/api/v1/parcels/{facts['code']}/neighbours").json["neighbours"]
        assert all(each["code"] for each in around)
        results = client.get(f"/api/v1/search?q={facts['ref']}").json["results"]
        assert feature["id"] in {unit_of(client, each["parcel"])[1] for each in results}
        for text in (f"tờ 1 thửa {facts['number']}", facts["ref"]):
            found = client.get("/api/v1/search", query_string={"q": text}).json["results"]
            opened_units = [unit_of(client, each["parcel"])[1] for each in found]
            assert len(set(opened_units)) == len(found)
            listed = LINK.findall(client.get("/", query_string={"q": text}).text)
            assert [opens(client, link)[1] for link in listed] == opened_units


def test_paper_carries_the_code_and_shows_the_number(office):
    for feature in box(office.client):
        facts = feature["properties"]
        page = office.client.get(f"/office/parcels/unit-{feature['id']}/map-extract").text
        assert f"/?parcel={facts['code']}" in page
        assert facts["number"] in page
        links = [link for link in LINK.findall(page) if "lang=" not in link]  # the same page in another language
        assert {named_in(link) for link in links} == {facts["code"]}
        assert {opens(office.client, link) for link in links if ".pdf" not in link} == {(200, feature["id"])}


def test_a_tile_tells_parcels_of_one_number_apart_by_its_features(office, tmp_path):
    with psycopg.connect(office.dsn) as conn:
        z, x, y = conn.execute(
            "SELECT 15, floor((ST_X(c) + 20037508.342789244) / w)::int, floor((20037508.342789244 - ST_Y(c)) / w)::int"
            "  FROM (SELECT ST_Centroid(ST_Collect(geom3857)) AS c, 40075016.685578488 / 2 ^ 15 AS w"
            "          FROM cadastre.parcel) p"
        ).fetchone()
    tile = tmp_path / f"{y}.mvt"
    tile.write_bytes(office.client.get(f"/tiles/parcels/{z}/{x}/{y}.mvt", headers={"Accept-Encoding": ""}).data)
    fids = pyogrio.raw.read(tile, layer="parcels", columns=["id", "mvt_id"])[3]
    units = {int(each) for each in (fids[0] if len(fids[0]) else fids[1])}
    assert units == {feature["id"] for feature in box(office.client)}


def box(client) -> list[dict]:
    return client.get("/api/v1/parcels?bbox=106,10,108,13&limit=1000").json["features"]
