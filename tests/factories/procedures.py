"""The procedures that must run end to end, each as what it starts from and what shall be after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories.completion import World, holder
from tests.factories.drafts import merge, set_uses, split
from tests.factories.scenarios import (
    MILLION,
    Given,
    blocking,
    mortgage,
    piece,
    planned,
    releasing,
    share,
    transfer,
    use,
    whole,
)


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
