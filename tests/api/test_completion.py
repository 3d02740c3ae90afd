"""Completion over HTTP, from the counter to the register: given, when, then of each procedure."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from landsvc.core.clock import today
from tests.factories.completion import World, shown
from tests.factories.procedures import SCENARIOS
from tests.factories.scenarios import Given, completing, marked


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=40) as made:
        yield made


VERDICTS = {"active": ("valid", []), "annotated": ("valid", ["annotated"])}
"""What anybody is told of a certificate in force; one that is not is superseded by what became of it."""
LONG = {
    *("split with transfer, the piece by its planned number", "property of spouses", "lifting of a block"),
    *("withdrawal of a certificate issued wrongly", "recovery of the whole"),
}
"""Scenarios that differ little from others: `--long` plays them too."""


@pytest.mark.parametrize("name", marked(SCENARIOS, LONG))
def test_given_when_then(world, name):
    procedure, make = SCENARIOS[name]
    given = make(world)
    before = world.land(given.refs)
    code = world.submit(procedure, given.refs, given.case)
    signed = world.signed(code, given.facts, given.draft)
    told = world.rehearsal(code)
    assert (told["completable"], told["against"]) == (True, []), told["against"]
    assert shown(told["before"]) == before
    assert shown(told["after"]) == given.after
    assert world.land(given.refs) == before, "a rehearsal leaves everything as it is"
    olds = [serial for ref in given.refs for serial in world.papers.get(ref, [])]
    moment = datetime.now().astimezone().isoformat()

    recorded = world.go(code, "lan", "record", seen=signed["revision"])
    again = world.go(code, "lan", "record", seen=signed["revision"])
    done = recorded["events"][-1]["details"]
    assert (recorded["state"], again["events"]) == ("RECORDED", recorded["events"])
    assert recorded["dueAt"] is not None
    assert recorded["spentDays"] <= recorded["limitDays"]
    after = list(given.after)
    assert world.land(after) == given.after
    parcels_follow(world, given, moment, code)
    given.then(done)
    fresh = told_by_papers(world, given, code, olds)

    # In both times: what was known before, what held before, and nothing of it is lost.
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert world.land(given.refs, knownAt=moment) == before
    assert world.land(given.refs, validAt=yesterday) == before
    for times in ({"knownAt": moment}, {"validAt": yesterday}):
        assert [world.paper(serial, **times)["certificate"]["state"] for serial in olds] == ["active"] * len(olds)
        for serial in fresh:
            world.paper(serial, 404, **times)

    # One record, one transaction of the procedure's kind, the trail and the event of the very same transaction.
    transaction = world.registry.get(f"/transactions/{done['transaction']}")
    assert (transaction["record"]["code"], transaction["record"]["docNo"]) == (done["record"], code)
    assert world.rows("SELECT count(*) FROM cadastre.record WHERE doc_no = %s", code) == [(1,)]
    assert world.rows(
        "SELECT count(*) FROM identity.audit WHERE object = %s AND action = 'dossier.record'", f"dossier:{code}"
    ) == [(1,)]
    assert world.rows(
        "SELECT count(*) FROM core.outbox WHERE key = %s AND payload ->> 'action' = 'record'", code
    ) == [(1,)]

    # One undo takes all back.
    if given.undone:
        back, why = f"/api/v1/transactions/{done['transaction']}/undo", {"reason": "Theo bản án 5/2026"}
        refused = world.person("lan").client.post(back, json=why)
        assert (refused.status_code, refused.json["code"]) == (403, "reversal-unsigned")
        undone = world.person("tuan").client.post(back, json=why)
        assert undone.status_code == 201, undone.json
        taken_back = world.person("lan").read(code)
        assert (taken_back["state"], taken_back["undone"]["reason"]) == ("RECORDED", why["reason"])
        page = world.person("lan").client.get(f"/office/dossiers/{code}").text
        assert taken_back["undone"]["record"] in page
        assert world.land(given.refs) == before
        for serial in olds:
            paper = world.paper(serial)
            assert (paper["certificate"]["state"], paper["entries"]) == ("active", [])
            assert world.verdict(serial) == ("valid", [])
        for serial in fresh:
            world.paper(serial, 404)
            assert world.verdict(serial) == ("superseded", ["undone"])


def parcels_follow(world: World, given: Given, moment: str, code: str) -> None:
    """Assert which parcels there are now, before, and as they were known, and the events that tell of them."""
    yesterday = (today() - timedelta(days=1)).isoformat()
    made = sorted(set(given.after) - set(given.refs))
    ended = sorted(set(given.refs) - set(given.after))
    for ref in given.refs:
        for times in ({"knownAt": moment}, {"validAt": yesterday}):
            assert world.registry.get(f"/parcels/{ref}", **times)["ref"] == ref
    for ref in ended:
        told = world.registry.get(f"/parcels/{ref}", 410)
        assert sorted(each["ref"] for each in told["successors"]) == made
    for ref in given.after:
        assert world.registry.get(f"/parcels/{ref}")["ref"] == ref
    events = world.rows(
        "SELECT DISTINCT o.topic FROM core.outbox o JOIN core.outbox d ON d.xact = o.xact"
        " WHERE d.key = %s AND d.payload ->> 'action' = 'record'", code)  # fmt: skip
    assert ({topic for (topic,) in events} >= {"parcel.changed"}) == bool(given.draft), (
        "of the very same transaction"
    )


def told_by_papers(world: World, given: Given, code: str, olds: list[str]) -> list[str]:
    """Assert what certificates say after a completion, to officers and to anybody; return those it issued."""
    for serial, state in zip(olds, given.papers, strict=True):
        paper = world.paper(serial)
        assert paper["certificate"]["state"] == state
        assert [each["dossier"] for each in paper["entries"]] == [code] * (state == "annotated")
        assert world.verdict(serial) == VERDICTS.get(state, ("superseded", [state]))
    fresh = []
    for ref, land in given.after.items():
        standing = [each["serial"] for each in world.in_force(ref)]
        if ref not in given.fresh:
            assert standing == [
                serial for serial, state in zip(olds, given.papers, strict=True) if land and state in VERDICTS
            ]
            continue
        (line,) = world.in_force(ref)
        at = given.fresh[ref]
        assert (line["state"], line["replaces"]) == ("active", None if at is None else olds[at])
        assert (line["parcels"], world.verdict(line["serial"])) == ([ref], ("valid", []))
        fresh.append(line["serial"])
    return fresh
