"""Notices in two times over HTTP and on pages; parts of parcels from pasted points; entry on one screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.factories.cadastre import X0, Y0
from tests.factories.completion import World
from tests.factories.dossiers import lay, office

NOTICE = {"kind": "seizure", "issuerKind": "court", "issuer": "TAND khu vực 1", "docNo": "15/QĐ"}
LIFT = {"docNo": "16/QĐ", "docOn": "2026-02-03", "authority": "Chi cục THADS"}


@pytest.fixture(scope="module")
def world(module_db):
    lay(module_db, parcels=8)
    with office(module_db) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


def past(world: World, **asked: str) -> list[Any]:
    return world.registry.get("/block-history", **asked)["notices"]


def table(x: float, width: float = 5) -> str:
    """Return the corners of a square as a surveyor pastes them: name, X (north), Y (east)."""
    corners = ((x, 0), (x + width, 0), (x + width, 5), (x, 5))
    return "\n".join(f"{at}\t{Y0 + y:.3f}\t{X0 + east:.3f}" for at, (east, y) in enumerate(corners, 1))


def test_what_was_lifted_later_is_told_as_it_was_known_before(world):
    ref, _ = world.parcel()
    block = world.registry.post("/blocks", NOTICE | {"scope": "parcel", "parcel": ref})["code"]
    (before,) = past(world, parcel=ref)
    assert (before["holds"], before["block"]["issuer"], len(before["history"])) == (True, NOTICE["issuer"], 1)
    known = datetime.now(UTC).isoformat()
    world.registry.post(f"/blocks/{block}/lift", {"grounds": LIFT})

    (now,) = past(world, parcel=ref)
    assert not now["holds"]
    first, last = now["history"]
    assert (first["until"], first["closedBy"]) == (None, last["record"])
    assert (last["docNo"], last["authority"], last["knownUntil"]) == ("16/QĐ", LIFT["authority"], None)
    (then,) = past(world, parcel=ref, knownAt=known)
    assert (then["holds"], then["block"]["until"], len(then["history"])) == (True, None, 1)
    assert past(world, parcel=ref, knownAt="2026-01-01T00:00:00Z") == []
    (day,) = past(world, parcel=ref, validAt="2026-01-01")
    assert not day["holds"]


def test_notices_on_a_certificate_and_on_a_person_have_their_past_too(world):
    world.registry.post("/blocks", NOTICE | {"scope": "certificate", "serial": "BA 654321"})
    (found,) = past(world, serial="ba654321")
    assert found["block"]["serial"] == "BA 654321"
    party = world.registry.party("Đỗ Thị Na", documents=[{"kind": "cccd", "number": "079012121212"}])
    person = {"name": "Người Khác", "number": "079012121212"}
    block = world.registry.post("/blocks", NOTICE | {"scope": "person", "person": person})["code"]
    assert [(each["block"]["block"], each["same"]) for each in past(world, party=party)] == [(block, None)]
    decided = {"party": party, "same": True, "grounds": {"reason": "Đối chiếu CCCD"}}
    world.registry.post(f"/blocks/{block}/matches", decided)
    world.registry.post(f"/blocks/{block}/lift", {"grounds": LIFT})
    (found,) = past(world, party=party)
    assert (found["same"], found["holds"]) == (True, False)


def test_notices_are_asked_for_of_one_thing_at_a_time(world):
    for asked in ({}, {"serial": "BA 654321", "party": "NSD-00000001"}):
        assert world.registry.get("/block-history", 400, **asked)["code"] == "ask-one-subject"


def test_a_part_is_entered_as_a_fact_by_its_points(world):
    ref, x = world.parcel()
    code = world.submit("KB", [ref])
    notice = {name: value for name, value in NOTICE.items() if name != "kind"}
    notice |= {"kind": "seizure", "scope": "part", "points": table(x + 2)}
    world.signed(code, {"hold.begin": [notice]})
    world.go(code, "lan", "record")
    (found,) = past(world, parcel=ref)
    assert (found["block"]["scope"], found["block"]["part"]["type"]) == ("part", "Polygon")
    ((area,),) = world.rows(
        "SELECT ST_Area(b.geom) FROM registry.block b WHERE b.code = %s", found["block"]["block"]
    )
    assert area == pytest.approx(25)


def test_points_that_make_no_part_of_the_parcel_are_named(world):
    ref, x = world.parcel()
    body = NOTICE | {"scope": "part", "parcel": ref}
    for points, code in ((table(x + 500), "block-part"), ("1 2", "no-points-pasted")):
        refused = world.registry.post("/blocks", body | {"points": points}, 400)
        assert refused["code"] == code
    assert world.registry.post("/blocks", body | {"points": "xin chào"}, 400)["field"] == "points"


def test_one_screen_enters_a_notice_on_a_part_and_lifts_it(world):
    ref, x = world.parcel()
    lan = world.person("lan").client
    assert "textarea" in lan.get(f"/office/blocks/new?parcel={ref}").text
    form = {"csrf": lan.environ_base["HTTP_X_CSRF_TOKEN"], **NOTICE, "scope": "part", "parcel": ref}
    refused = lan.post("/office/blocks", data=form | {"personName": "bỏ qua"})
    assert refused.status_code == 400
    assert "15/QĐ" in refused.text
    done = lan.post("/office/blocks", data=form | {"points": table(x + 1)})
    assert done.status_code == 303, done.text
    address = done.headers["Location"]
    assert "15/QĐ" in lan.get(address).text
    listed = lan.get("/office/blocks", query_string={"parcel": ref}).text
    assert address in listed
    lifted = lan.post(f"{address}/lift", data={"csrf": form["csrf"], "docNo": "17/QĐ", "authority": "Tòa án"})
    assert lifted.status_code == 303
    assert "17/QĐ" in lan.get("/office/blocks", query_string={"parcel": ref, "validAt": "2026-11-01"}).text
    assert lan.get("/office/blocks?parcel=99999-1-1").status_code == 404
