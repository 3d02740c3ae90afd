"""A split with transfer that is recorded on day 3 and holds from day 1, as section 4 of the design tells it.

Of day 2 the answer depends on when one knew, of day 0 it does not. Parcel, right, look-up and extract agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from landsvc.core.clock import OFFICE_ZONE, today
from tests.factories import cadastre as land
from tests.factories import planning
from tests.factories.completion import World, holder
from tests.factories.drafts import split
from tests.factories.scenarios import completing, use

WHOLE, SOUTH, NORTH = 600.0, 300.0, 300.0


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=3) as world:
        with psycopg.connect(module_db) as conn:
            planning.zone(conn, planning.plan(conn), land.box(0, 0, 60, 15), code="DGT")
            planning.refresh(conn)
        yield world


def test_a_split_recorded_on_day_3_from_day_1_answers_by_both_times(world):
    day = {at: today() - timedelta(days=3 - at) for at in range(4)}
    seller, buyer = world.registry.party("Lê Thị Bán"), world.registry.party("Bùi Văn Mua")
    parent, x = world.parcel()
    _, right = world.held_by(seller, ref=parent)
    draft = world.draft(split(parent, (x, 15), (x + 20, 15)))
    north, south = (each["ref"] for each in world.registry.get(f"/drafts/{draft}/preview")["after"])
    since = day[1].isoformat()
    sold = {"right": right, "mode": "sole", "holders": [holder(buyer)], "parcels": [south], "since": since}
    code = world.submit("CN", [parent])
    world.signed(code, {"parcel.draft": [{"since": since}], "right.transfer": [sold]}, draft)
    told = world.rehearsal(code)
    assert (told["completable"], told["against"]) == (True, [])
    day_2 = datetime.now().astimezone().isoformat()
    world.go(code, "lan", "record")

    before = {parent: (WHOLE, [use(seller)]), north: None, south: None, "in the south": parent}
    after = {parent: None, north: (NORTH, [use(seller)]), south: (SOUTH, [use(buyer)]), "in the south": south}
    places = (parent, north, south)
    expected = {(2, "on day 2"): before, (2, "on day 4"): after, (0, "on day 2"): before, (0, "on day 4"): before}
    known = {"on day 2": {"knownAt": day_2}, "on day 4": {}}
    for (at, when), answer in expected.items():
        times = {"validAt": day[at].isoformat(), **known[when]}
        assert looked_at(world, places, (x + 10, 5), times) == answer, (at, when)

    # It is visible that it was entered afterwards: to machines by two times, to people in words.
    (version,) = [each for each in history(world, south) if not each["technical"]]
    (belief,) = world.registry.on(south)
    for each in (version, belief):
        entered = datetime.fromisoformat(each["knownFrom"]).astimezone(OFFICE_ZONE).date()
        assert (each["validFrom"], entered >= day[3]) == (since, True)
    page = world.person("lan").client.get(f"/office?parcel={south}&lang=en").text
    assert page.count(f"entered afterwards, on {today():%d/%m/%Y}") == 2, "of the parcel and of the right"


def test_no_change_of_land_holds_from_a_day_on_which_the_land_was_otherwise_or_to_come(world):
    parent, x = world.parcel()
    world.held_by(world.registry.party(), ref=parent)
    world.registry.commit(split(parent, (x, 15), (x + 20, 15)))
    north = next(
        each["ref"] for each in world.registry.get(f"/parcels/{parent}/lineage")["parcels"] if each["current"]
    )
    draft = world.draft({"op": "set_uses", "parcels": [north], "uses": [{"code": "CLN", "areaM2": 300.0}]})
    code = world.submit("CM", [north], "no-permission")
    yesterday = (today() - timedelta(days=1)).isoformat()
    world.signed(code, {"parcel.draft": [{"since": yesterday}]}, draft)
    refused = world.go(code, "lan", "record", 422)
    assert (refused["code"], refused["field"]) == ("land-holds-later", "facts.parcel.draft.0.since")
    world.go(code, "lan", "send_back", reason="Ngày")
    tomorrow = (today() + timedelta(days=1)).isoformat()
    world.go(code, "lan", "enter_facts", facts={"parcel.draft": [{"since": tomorrow}]})
    assert "land-holds-later" in {each["code"] for each in world.rehearsal(code)["against"]}


def looked_at(
    world: World, places: tuple[str, ...], spot: tuple[float, float], times: Mapping[str, str]
) -> dict[str, Any]:
    """Return by two times area and rights of each parcel, None where there was none, and what lay at a spot."""
    client, seen = world.person("lan").client, {}
    for ref in places:
        parcel = client.get(f"/api/v1/parcels/{ref}", query_string=times)
        extract = client.get(f"/api/v1/parcels/{ref}/planning", query_string=times)
        assert (parcel.status_code == 200) == (extract.status_code == 200), ref
        seen[ref] = (
            (area_of(parcel.json, extract.json), world.land([ref], **times)[ref])
            if parcel.status_code == 200
            else None
        )
    x, y = spot
    where = {"x": str(land.X0 + x), "y": str(land.Y0 + y), "srid": str(land.SRID)}
    found = client.get("/api/v1/lookup", query_string={**where, **times}).json
    return seen | {"in the south": found["parcel"]["ref"]}


def area_of(parcel: Mapping[str, Any], extract: Mapping[str, Any]) -> float:
    """Return the registered area of a parcel (m²), which its extract and the zones of it agree with."""
    area = float(parcel["legalAreaM2"])
    assert extract["parcel"]["legalAreaM2"] == area
    tree = next(each for each in extract["themes"] if each["code"] == "land_use_plan")
    in_zone = sum(each["areaM2"] for each in tree.get("zones", []))
    assert in_zone == (300.0 if area == WHOLE or tree.get("zones") else 0.0)
    return area


def history(world: World, ref: str) -> list[dict[str, Any]]:
    """Return everything ever believed of a parcel."""
    found = world.registry.get(f"/parcels/{ref}/history")
    return list(found["versions"] if isinstance(found, dict) else found)
