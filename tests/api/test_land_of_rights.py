"""What land is told of rights, whichever door: dividing, merging, and from when to when a right stands on it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.factories.completion import World
from tests.factories.dossiers import lay, office
from tests.factories.drafts import merge, split
from tests.factories.rights import PAPER


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=50)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


def notice(world: World, ok: int = 201, **more: Any) -> str:
    """Enter a notice; return its code."""
    body = {"kind": "block", "issuerKind": "court", "issuer": "TAND", "docNo": "21"}
    return str(world.registry.post("/blocks", body | more, ok)["code"])


def told(world: World, *operations: dict[str, Any]) -> tuple[str, dict[str, list[Any]]]:
    """Return a draft of operations with what its preview finds, by rule."""
    draft = world.draft(*operations)
    report = world.registry.get(f"/drafts/{draft}/preview")["report"]
    return draft, {
        name: [each for each in report if each["rule"] == name] for name in {line["rule"] for line in report}
    }


def committed(world: World, draft: str) -> tuple[int, Any]:
    """Return how a commit of a draft is answered."""
    answer = world.person("lan").client.post(f"/api/v1/drafts/{draft}/commit", json={"docNo": "9/QĐ"})
    return answer.status_code, answer.json


def test_a_split_without_a_dossier_asks_whether_a_notice_names_who_holds_the_land(world):
    wife, husband = world.registry.party("Bùi Thị Bị Kê"), world.registry.party()
    couple = world.registry.party("Vợ chồng bà Kê", kind="couple", members=[wife, husband])
    ref, x = world.parcel()
    world.held_by(couple, ref=ref)
    cut = split(ref, (x, 15), (x + 20, 15))
    draft, before = told(world, cut)
    assert [(each["result"], each["inputs"]) for each in before["SUB-NOTICE"]] == [("pass", {"parcels": [ref]})]
    block = notice(world, scope="person", person={"name": "Bui Thi Bi Ke"})
    _, after = told(world, cut)
    (found,) = after["SUB-NOTICE"]
    assert (found["result"], found["severity"]) == ("fail", "critical")
    assert found["inputs"] == {
        "parcels": [ref], "kind": "block", "scope": "person", "issuer": "TAND", "docNo": "21", "decided": False,
    }  # fmt: skip
    assert "Ke" not in str(found), "a report names no person"
    status, answer = committed(world, draft)
    assert (status, answer["code"]) == (422, "draft-not-committable")
    assert world.registry.get("/rules/SUB-NOTICE")["remedy"]["en"].startswith("Compare and decide")
    # A person says it is somebody else: then it is divided.
    match = {"party": wife, "same": False, "grounds": PAPER}
    world.registry.post(f"/blocks/{block}/matches", match)
    assert committed(world, draft)[0] == 200


def test_a_split_without_a_dossier_asks_for_the_certificate_and_the_term(world):
    a = world.registry.party()
    over, x = world.parcel()
    world.held_by(a, ref=over, terms={"termUntil": "2026-03-01"})
    gone, y = world.parcel()
    world.held_by(a, ref=gone)
    (serial,) = world.papers[gone]
    world.registry.post(f"/certificates/{serial}/states", {"state": "lost", "grounds": PAPER}, 201)
    notes = {}
    for ref, at in ((over, x), (gone, y)):
        _, report = told(world, split(ref, (at, 15), (at + 20, 15)))
        (notes[ref],) = report["SUB-CERT"]
    assert [each["result"] for each in notes.values()] == ["fail", "fail"]
    assert [each["inputs"] for each in notes.values()] == [
        {"ref": over, "termUntil": "2026-03-01"},
        {"ref": gone, "inForce": 0},
    ]
    bare, z = world.parcel()
    world.held_by(a, ref=bare, paper=False)
    _, report = told(world, split(bare, (z, 15), (z + 20, 15)))
    assert [(each["result"], each["cause"]) for each in report["SUB-CERT"]] == [("untested", "no-certificate")]


def test_land_nobody_registered_does_not_come_under_a_right_by_merging_through_either_door(world):
    a = world.registry.party()
    (one, _), (other, _) = world.held_by(a), world.parcel()
    draft, report = told(world, merge(one, other))
    (found,) = report["SUB-RIGHT"]
    assert (found["result"], found["inputs"]["without"]) == ("fail", [other])
    assert committed(world, draft)[1]["code"] == "draft-not-committable"
    code = world.submit("TN", [one, other])
    world.signed(code, {}, draft)
    against = world.rehearsal(code)["against"]
    assert {each["code"] for each in against} == {"draft-not-committable"}
    assert world.go(code, "lan", "record", 422)["code"] == "draft-not-committable"
    # The database promises it also where a province lets the rule only warn.
    units = dict(world.rows("SELECT ref, unit_id FROM cadastre.unit_name WHERE ref = ANY (%s)", [one, other]))
    links = f'[{{"parent": {units[one]}, "child": 1}}, {{"parent": {units[other]}, "child": 1}}]'
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.errors.CheckViolation) as refused:
        conn.execute(
            "SELECT registry.carry(%s::jsonb, %s, (SELECT max(id) FROM cadastre.record), current_date)",
            (links, list(units.values())),
        )
    assert refused.value.diag.constraint_name == "merged-unregistered"


def test_a_right_stands_only_while_land_belongs_to_it(world):
    a, b, bank = (world.registry.party() for _ in range(3))
    ref, right = world.held_by(a, since="2026-02-10", paper=False)
    # A mortgage from before the right it burdens.
    refused = world.registry.right([ref], {bank: None}, kind="mortgage", since="2026-02-09", ok=422)
    assert (refused["code"], refused["field"]) == ("right-outside-its-days", "since")
    assert "2026-02-10" in refused["detail"]
    world.registry.right([ref], {bank: None}, kind="mortgage", since="2026-02-10")
    # A right of use may be found to have begun earlier, where nobody held the land then: its land begins with it.
    other, ended = world.held_by(a, since="2026-02-10", paper=False)
    end = {"since": "2026-03-01", "grounds": PAPER}
    world.registry.post(f"/rights/{ended}/end", end)
    clash = world.registry.right([other], {b: None}, since="2026-02-20", ok=409)
    assert clash["code"] == "right-twice", "also on days that are over"
    world.registry.right([other], {b: None}, since="2026-03-01")
    third, once = world.held_by(a, since="2026-02-10", paper=False)
    world.registry.post(f"/rights/{once}/end", {"since": "2026-02-10", "grounds": PAPER})
    world.registry.right([third], {b: None}, since="2026-01-20")
    assert world.registry.held(third, validAt="2026-01-20") == [("use", {b: None})]


def test_a_right_begins_on_no_piece_before_it_was_cut_and_stands_on_none_that_ended(world):
    a, b = world.registry.party(), world.registry.party()
    ref, x = world.parcel()
    done = world.registry.commit(split(ref, (x, 15), (x + 20, 15)))
    pieces = [each["ref"] for each in done["after"]]
    refused = world.registry.right([pieces[0]], {a: None}, since="2026-01-05", ok=422)
    assert (refused["code"], refused["field"]) == ("right-outside-its-days", "since")
    world.registry.right([pieces[0]], {a: None}, since=None)
    assert world.registry.right([ref], {b: None}, ok=410)["code"] == "parcel-retired"
    # Past every door: the database itself.
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.errors.CheckViolation) as late:
        conn.execute(
            "INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)"
            " SELECT (SELECT min(id) FROM registry.ba_unit), n.unit_id, (SELECT max(id) FROM cadastre.record),"
            " daterange('2026-02-01', NULL) FROM cadastre.unit_name n WHERE n.ref = %s",
            (ref,),
        )
        conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert late.value.diag.constraint_name == "right-on-ended-land"


def test_a_notice_on_a_piece_stops_who_came_for_the_whole_and_the_order_reaches_pieces(world):
    a, b, c = (world.registry.party() for _ in range(3))
    ref, x = world.parcel()
    world.held_by(a, ref=ref)
    replacing, second = world.submit("CL", [ref], "reissue"), world.submit("TC", [ref])
    done = world.registry.commit(split(ref, (x, 15), (x + 20, 15)))
    pieces = [each["ref"] for each in done["after"]]
    later = world.submit("CN", [pieces[1]])
    waits = next(each for each in world.person("hoa").read(later)["findings"] if each["code"] == "DOS-ORDER")
    assert set(waits["facts"]["earlier"]) >= {second}
    notice(world, scope="parcel", parcel=pieces[0], docNo="33")
    held = next(each for each in world.person("hoa").read(replacing)["findings"] if each["code"] == "DOS-HOLD")
    assert (held["result"], held["facts"]["holds"][0]["docNo"]) == ("fail", "33")
    assert b != c


def test_what_the_state_decided_is_carried_out_on_held_land_by_a_draft_too(world):
    a = world.registry.party()
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    notice(
        world, kind="recovery", scope="parcel", parcel=ref, issuerKind="authority", issuer="UBND", docNo="5/QĐ"
    )
    draft = world.draft(split(ref, (x, 20), (x + 20, 20)))
    assert committed(world, draft)[1]["code"] == "draft-not-committable"
    code = world.submit("TH", [ref])
    names = [each["ref"] for each in world.registry.get(f"/drafts/{draft}/preview")["after"]]
    world.signed(code, {"right.end": [{"right": right, "parcels": [names[1]]}]}, draft)
    told = world.rehearsal(code)
    assert told["against"] == []
    world.go(code, "lan", "record")
    assert {ref: len(rights) for ref, rights in world.land(names).items()} == {names[0]: 1, names[1]: 0}
    # The notice is as the State left it: on all that came of the land, until it is lifted.
    found = world.registry.post("/hold-tests", {"parcels": names}, 200)["findings"]
    assert [(each["kind"], each["docNo"]) for each in found] == [("recovery", "5/QĐ")] * 2
