"""Completion over HTTP, from the counter to the register: given, when, then of each procedure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from landsvc.core.clock import today
from tests.factories.completion import World, holder, shown
from tests.factories.drafts import merge, set_uses, split
from tests.factories.scenarios import (
    MILLION,
    Given,
    blocking,
    completing,
    marked,
    mortgage,
    piece,
    planned,
    releasing,
    share,
    transfer,
    use,
    whole,
)


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=40) as made:
        yield made


def heirs(world: World) -> Given:
    a, b, c, d = (world.registry.party() for _ in range(4))
    ref, right = world.held_by(a)
    facts = transfer(right, *(holder(each, "1/3") for each in (b, c, d)), mode="shares")
    return Given([ref], facts, {ref: [use((b, "1/3"), (c, "1/3"), (d, "1/3"))]})


def mortgaged_gift(world: World) -> Given:
    a, b, bank = (world.registry.party() for _ in range(3))
    ref, right = world.held_by(a)
    world.registry.right([ref], {bank: None}, kind="mortgage", terms={"amountVnd": 700 * MILLION})
    return Given([ref], transfer(right, holder(b)), {ref: sorted([mortgage(bank, 700 * MILLION), use(b)])})


def both_pieces(world: World) -> Given:
    found, c = piece(world), world.registry.party()
    (right,) = {each["right"] for each in found.facts["right.transfer"]}
    found.facts["right.transfer"] += transfer(right, holder(c), parcels=["piece-1"])["right.transfer"]
    one, other = found.after
    found.after[one], found.fresh = [use(c)], {one: None, other: 0}
    return found


def piece_by_number(world: World) -> Given:
    found = piece(world)
    found.facts["right.transfer"][0]["parcels"] = [list(found.after)[1]]
    return found


def merging(world: World) -> Given:
    a = world.registry.party()
    one, other = world.parcel()[0], world.parcel()[0]
    world.held_by(a, ref=one)
    world.held_by(a, ref=other)
    draft = world.draft(merge(one, other))
    (name,) = planned(world, draft)
    return Given([one, other], {}, {name: [use(a)]}, draft, papers=("replaced", "replaced"), fresh={name: 0})


def mortgaging(world: World) -> Given:
    a, bank = world.registry.party(), world.registry.party()
    ref, _ = world.held_by(a)
    begun = {"kind": "mortgage", "holders": [holder(bank)], "terms": {"amountVnd": 500 * MILLION}}
    return Given([ref], {"encumbrance.begin": [begun]}, {ref: [mortgage(bank, 500 * MILLION), use(a)]})


def seizing(world: World) -> Given:
    a = world.registry.party()
    ref, _ = world.held_by(a)
    notice = {"kind": "seizure", "issuerKind": "enforcement", "issuer": "THADS", "docNo": "7/QĐ"}

    def then(done: Any) -> None:
        (block,) = done["effects"]["hold.begin"][0]["blocks"]
        assert world.registry.get(f"/blocks/{block}")["parcel"] == ref

    return Given([ref], {"hold.begin": [notice]}, {ref: [use(a)]}, then=then, papers=("active",))


def lifting(world: World) -> Given:
    a = world.registry.party()
    ref, _ = world.held_by(a)
    block = world.registry.post("/blocks", blocking(ref))["code"]

    def then(done: Any) -> None:
        assert world.registry.get(f"/blocks/{block}")["until"]

    return Given([ref], {"hold.end": [{"block": block}]}, {ref: [use(a)]}, then=then, papers=("active",))


def renaming(world: World) -> Given:
    a = world.registry.party("Nguyễn Văn Cũ")
    ref, _ = world.held_by(a)
    facts = {"party.change": [{"party": a, "name": "Nguyễn Văn Mới", "address": "Thôn 3"}]}

    def then(done: Any) -> None:
        told = world.registry.get(f"/parties/{a}")
        assert (told["name"], told["address"]) == ("Nguyễn Văn Mới", "Thôn 3")

    return Given([ref], facts, {ref: [use(a)]}, then=then)


def recovering(world: World) -> Given:
    a, bank = world.registry.party(), world.registry.party()
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    world.registry.right([ref], {bank: None}, kind="mortgage")
    draft = world.draft(split(ref, (x, 20), (x + 20, 20)))
    left, taken = planned(world, draft)
    ended = {"right": right, "parcels": [taken]}
    return Given([ref], {"right.end": [ended]}, {left: [mortgage(bank), use(a)], taken: []}, draft)


def purpose(world: World) -> Given:
    a = world.registry.party()
    ref, _ = world.held_by(a)
    draft = world.draft(set_uses(ref, ("CLN", 600.0)))

    def then(done: Any) -> None:
        uses = world.rows(
            "SELECT u.use_code FROM cadastre.parcel p JOIN cadastre.parcel_use u ON u.version_id = p.version_id"
            " WHERE p.issuing_code || '-' || p.sheet || '-' || p.number = %s", ref)  # fmt: skip
        assert uses == [("CLN",)]

    return Given(
        [ref], {}, {ref: [use(a)]}, draft, then, case="no-permission", papers=("replaced",), fresh={ref: 0}
    )


def correcting(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    facts = {"right.shares": [{"right": right, "mode": "joint", "holders": [holder(a), holder(b)]}]}
    return Given([ref], facts, {ref: [use(a, b)]})


def extending(world: World) -> Given:
    a = world.registry.party()
    ref, right = world.held_by(a, terms={"termUntil": "2026-03-01"})
    facts = {"right.term": [{"right": right, "termUntil": "2076-03-01"}]}
    return Given([ref], facts, {ref: [use(a, term="2076-03-01")]})


def first(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, _ = world.parcel()
    facts = {"right.begin": [{"mode": "joint", "holders": [holder(a), holder(b)]}]}
    return Given([ref], facts, {ref: [use(a, b)]}, case="register", papers=(), fresh={ref: None})


def by_court(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    world.registry.post("/blocks", blocking(ref, "seizure"))
    return Given([ref], transfer(right, holder(b)), {ref: [use(b)]}, undone=False)


def exchanging(world: World) -> Given:
    a = world.registry.party()
    ref, _ = world.held_by(a)
    return Given([ref], {}, {ref: [use(a)]}, papers=("replaced",), fresh={ref: 0}, case="reissue")


def losing(world: World) -> Given:
    found = exchanging(world)
    found.papers, found.case = ("lost",), "lost"
    return found


def mending(world: World) -> Given:
    a = world.registry.party()
    ref, _ = world.held_by(a)
    wrong = {"certificate": world.papers[ref][0], "said": "Năm sinh đúng là 1975."}

    def then(done: Any) -> None:
        (entry,) = world.paper(wrong["certificate"])["entries"]
        assert (entry["kind"], entry["said"]) == ("correction", wrong["said"])

    return Given([ref], {"certificate.correct": [wrong]}, {ref: [use(a)]}, then=then)


def withdrawing(world: World) -> Given:
    a = world.registry.party()
    ref, _ = world.held_by(a)
    return Given([ref], {}, {ref: [use(a)]}, papers=("withdrawn",), case="withdraw")


def taking(world: World) -> Given:
    a = world.registry.party()
    ref, right = world.held_by(a)
    return Given([ref], {"right.end": [{"right": right}]}, {ref: []}, papers=("withdrawn",))


def taking_bare(world: World) -> Given:
    a = world.registry.party()
    ref, right = world.held_by(a, paper=False)
    return Given([ref], {"right.end": [{"right": right}]}, {ref: []}, papers=())


def releasing_bare(world: World) -> Given:
    a, bank = world.registry.party(), world.registry.party()
    ref, _ = world.held_by(a, paper=False)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    return Given([ref], {"encumbrance.end": [{"right": burden}]}, {ref: [use(a)]}, papers=())


SCENARIOS: dict[str, tuple[str, Callable[[World], Given]]] = {
    "transfer of the whole": ("CN", whole),
    "transfer of a share": ("CN", share),
    "inheritance to three heirs": ("TK", heirs),
    "gift of mortgaged land": ("TA", mortgaged_gift),
    "split with transfer of a piece": ("CN", piece),
    "split with transfer of both pieces": ("CN", both_pieces),
    "split with transfer, the piece by its planned number": ("CN", piece_by_number),
    "merge": ("TN", merging),
    "change of purpose": ("CM", purpose),
    "mortgage": ("TC", mortgaging),
    "release": ("XC", releasing),
    "seizure": ("KB", seizing),
    "lifting of a block": ("XNC", lifting),
    "data of a party": ("DT", renaming),
    "recovery in part of mortgaged land": ("TH", recovering),
    "property of spouses": ("VC", correcting),
    "extension of a term that is over": ("GH", extending),
    "first registration": ("DKLD", first),
    "court decision on seized land": ("GA", by_court),
    "re-issue": ("CL", exchanging),
    "lost certificate": ("CL", losing),
    "correction of a certificate": ("SN", mending),
    "withdrawal of a certificate issued wrongly": ("TGS", withdrawing),
    "recovery of the whole": ("TH", taking),
    "recovery of land that has no certificate": ("TH", taking_bare),
    "release on land that has no certificate": ("XC", releasing_bare),
}


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
        undone = world.person("lan").client.post(
            f"/api/v1/transactions/{done['transaction']}/undo", json={"reason": "Theo bản án 5/2026"}
        )
        assert undone.status_code == 201, undone.json
        assert world.land(given.refs) == before
        for serial in olds:
            paper = world.paper(serial)
            assert (paper["certificate"]["state"], paper["entries"]) == ("active", [])
            assert world.verdict(serial) == ("valid", [])
        for serial in fresh:
            world.paper(serial, 404)
            assert world.verdict(serial) == ("superseded", ["undone"])


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
