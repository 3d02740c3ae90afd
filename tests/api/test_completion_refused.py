"""What completion refuses over HTTP: the reason is told, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.factories.completion import World, holder
from tests.factories.drafts import merge, split
from tests.factories.scenarios import (
    Given,
    blocking,
    completing,
    marked,
    nobody,
    piece,
    releasing,
    share,
    transfer,
    whole,
)


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=40) as made:
        yield made


def blocked(world: World) -> Given:
    found = whole(world)
    world.registry.post("/blocks", blocking(found.refs[0]))
    return found


def uneven(world: World) -> Given:
    a, b, c = (world.registry.party() for _ in range(3))
    ref, right = world.held_by(a)
    return Given([ref], transfer(right, holder(b, "1/2"), holder(c, "1/3"), mode="shares"), {})


def too_much(world: World) -> Given:
    found = share(world)
    found.facts["right.transfer"][0]["holders"][0]["share"] = "3/4"
    return found


def over(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a, terms={"termUntil": "2026-03-01"})
    return Given([ref], transfer(right, holder(b)), {})


def named(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party("Trần Thị Bị Chặn")
    ref, right = world.held_by(a)
    world.registry.post("/blocks", {
        "kind": "block", "scope": "person", "person": {"name": "Tran Thi Bi Chan"}, "issuerKind": "court",
        "issuer": "TAND", "docNo": "8"})  # fmt: skip
    return Given([ref], transfer(right, holder(b)), {})


def bare(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a, paper=False)
    return Given([ref], transfer(right, holder(b)), {})


def bare_mortgage(world: World) -> Given:
    found, bank = bare(world), world.registry.party()
    begun = {"kind": "mortgage", "holders": [holder(bank)]}
    return Given(found.refs, {"encumbrance.begin": [begun]}, {})


def unknown(world: World) -> Given:
    found = whole(world)
    found.facts["right.transfer"][0]["holders"] = [holder("NSD-99999999")]
    return found


def nothing(world: World) -> Given:
    found = whole(world)
    found.facts.clear()
    return found


def elsewhere(world: World) -> Given:
    found, other = whole(world), whole(world)
    return Given(found.refs, other.facts, {})


def half_released(world: World) -> Given:
    bank, (ref, _), (other, _) = (
        world.registry.party(),
        *(world.held_by(world.registry.party()) for _ in range(2)),
    )
    burden = world.registry.right([ref, other], {bank: None}, kind="mortgage")["right"]
    return Given([ref], {"encumbrance.end": [{"right": burden}]}, {})


def burdened_piece(world: World) -> Given:
    a, b, bank = (world.registry.party() for _ in range(3))
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    world.registry.right([ref], {bank: None}, kind="mortgage")
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    return Given([ref], transfer(right, holder(b), parcels=["piece-2"]), {}, draft)


def no_piece(world: World) -> Given:
    found = piece(world)
    found.facts["right.transfer"][0]["parcels"] = ["piece-3"]
    return found


def foreign_draft(world: World) -> Given:
    found, (other, x) = whole(world), world.parcel()
    return Given(found.refs, found.facts, {}, world.draft(split(other, (x, 15), (x + 20, 15))))


def stale_draft(world: World) -> Given:
    found = piece(world)
    x = 20 * (int(found.refs[0].rsplit("-", 1)[1]) - 345)
    found.meanwhile = lambda: world.registry.commit(split(found.refs[0], (x, 10), (x + 20, 10)))
    return found


def mergers(world: World) -> Given:
    one, other = world.parcel()[0], world.parcel()[0]
    a = world.registry.party()
    world.held_by(a, ref=one)
    world.held_by(a, ref=other)
    draft = world.draft(merge(one, other))
    world.registry.post("/blocks", blocking(other, "dispute"))
    return Given([one, other], {}, {}, draft)


def undrafted(world: World) -> Given:
    return Given([world.parcel()[0]], {}, {}, case="no-permission")


def wrong_kind(world: World) -> Given:
    found = releasing(world)
    right = next(each["right"] for each in world.registry.on(found.refs[0]) if each["kind"] == "use")
    return Given(found.refs, {"encumbrance.end": [{"right": right}]}, {})


REFUSED: dict[str, tuple[str, Callable[[World], Given], str]] = {
    "blocked parcel": ("CN", blocked, "dossier-held"),
    "blocked parcel of a gift": ("TA", blocked, "dossier-held"),
    "blocked parcel of a merge": ("TN", mergers, "dossier-held"),
    "shares that do not sum to one": ("CN", uneven, "shares-not-one"),
    "shares of heirs that do not sum to one": ("TK", uneven, "shares-not-one"),
    "more than the giver holds": ("CN", too_much, "share-exceeded"),
    "a term that is over": ("CN", over, "term-expired"),
    "a buyer whom a notice may name": ("CN", named, "held-person-undecided"),
    "a sale without a certificate": ("CN", bare, "certificate-missing"),
    "a mortgage without a certificate": ("TC", bare_mortgage, "certificate-missing"),
    "an unknown buyer": ("CN", unknown, "party-unknown"),
    "nothing entered": ("CN", nothing, "facts-missing"),
    "a right of other land": ("CN", elsewhere, "right-of-other-land"),
    "a release that would reach other land": ("XC", half_released, "right-of-more-land"),
    "a piece of mortgaged land": ("CN", burdened_piece, "land-encumbered"),
    "a piece there is not": ("CN", no_piece, "not-its-land"),
    "a draft of other land": ("CN", foreign_draft, "draft-of-other-land"),
    "a stale fabric": ("CN", stale_draft, "operation-conflict"),
    "no draft where parcels change": (
        "CM",
        undrafted,
        "draft-needed",
    ),
    "a release of what is no burden": ("XC", wrong_kind, "wrong-kind-of-right"),
}


WRITTEN = (
    "SELECT (SELECT max(id) FROM cadastre.record), (SELECT count(*) FROM registry.rrr),"
    " (SELECT count(*) FROM registry.certificate_version)"
)
LONG = {
    *("a mortgage without a certificate", "blocked parcel of a gift", "shares of heirs that do not sum to one"),
    *("an unknown buyer", "nothing entered"),
    *("a piece there is not", "a release of what is no burden", "no draft where parcels change"),
}
"""Scenarios that differ little from others: `--long` plays them too."""


@pytest.mark.parametrize("name", marked(REFUSED, LONG))
def test_refused_with_its_reason_and_nothing_is_written(world, name):
    procedure, make, slug = REFUSED[name]
    given = make(world)
    code = world.submit(procedure, given.refs, given.case)
    signed = world.signed(code, given.facts, given.draft)
    given.meanwhile()
    before = world.rows(WRITTEN)
    told = world.rehearsal(code)
    assert not told["completable"]
    answer = world.person("lan").move(code, "record")
    assert answer.json["code"] == slug, answer.json
    assert answer.status_code in {400, 409, 422}
    if given.meanwhile is nobody:
        assert slug in {each["code"] for each in told["against"]}
    assert world.rows(WRITTEN) == before
    back = world.go(code, "lan", "send_back", reason="Chưa đủ điều kiện")
    assert back["revision"] == signed["revision"] + 1
    assert "enter_facts" in {each["action"] for each in back["may"]}


def test_a_draft_that_changed_since_the_signature_is_refused(world):
    given = piece(world)
    code = world.submit("CN", given.refs)
    world.signed(code, given.facts, given.draft)
    x = 20 * (int(given.refs[0].rsplit("-", 1)[1]) - 345)
    client = world.person("lan").client
    assert client.delete(f"/api/v1/drafts/{given.draft}/operations/last").status_code == 200
    world.registry.post(f"/drafts/{given.draft}/operations", split(given.refs[0], (x, 20), (x + 20, 20)))
    assert world.go(code, "lan", "record", 409)["code"] == "draft-changed"


def test_who_entered_the_facts_never_signs_and_others_may_not_record(world):
    given = whole(world)
    code = world.submit("CN", given.refs)
    for who, action, body in (
        ("binh", "take", {}), ("both", "enter_facts", {"facts": given.facts}), ("binh", "send_slip", {}),
        ("binh", "tax_exempt", {"documentNo": "1"}), ("binh", "draft", {}),
    ):  # fmt: skip
        world.go(code, who, action, **body)
    assert world.go(code, "both", "sign", 403)["code"] == "processor-never-signs"
    world.go(code, "tuan", "sign")
    assert world.go(code, "tuan", "record", 403)["code"] == "role-needed"
    assert world.go(code, "son", "record", 403)["code"] == "outside-the-offices-area"
    assert world.go(code, "lan", "record")["state"] == "RECORDED"


def test_facts_are_refused_where_they_are_entered(world):
    given = whole(world)
    code = world.submit("CN", given.refs)
    world.go(code, "lan", "take")
    for facts, slug, at in (
        ({"hold.begin": [{}]}, "facts-not-asked", "facts.hold.begin"),
        ({"right.transfer": [{"right": "QSD-1"}]}, "invalid-input", "facts.right.transfer.0.right"),
        ({"right.transfer": [given.facts["right.transfer"][0] | {"odd": 1}]}, "invalid-input",
         "facts.right.transfer.0.odd"),
        ({}, "value-needed", "facts"),
    ):  # fmt: skip
        found = world.go(code, "lan", "enter_facts", 400, facts=facts)
        assert (found["code"], found["field"]) == (slug, at)
