"""Completion over HTTP, from the counter to the register: given, when, then of each procedure, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from landsvc.core.clock import today
from tests.factories.completion import World, holder, kill_at_the_very_end, shown
from tests.factories.dossiers import lay, office
from tests.factories.drafts import merge, set_uses, split

MILLION = 10**6


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=70)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


def nobody() -> None:
    """Do nothing meanwhile."""


@dataclass
class Given:
    """What a scenario starts from, and what shall be: the land after, by parcel."""

    refs: list[str]
    facts: dict[str, Any]
    after: dict[str, list[Any]]
    draft: str | None = None
    then: Callable[[Any], None] = lambda done: None
    case: str = ""
    undone: bool = True
    meanwhile: Callable[[], object] = nobody
    """What others do once it is signed."""
    papers: tuple[str, ...] = ("annotated",)
    """The states, after it, of the certificates that were in force, in the order they were issued."""
    fresh: dict[str, int | None] = field(default_factory=dict)
    """The parcels that have another certificate after it, with the place of the one it replaces."""


def use(*holders: str | tuple[str, str], term: str = "") -> tuple[Any, ...]:
    """Return a right of use as `World.land` tells it."""
    return ("use", sorted(each if isinstance(each, tuple) else (each, "") for each in holders), 0, term)


def mortgage(bank: str, amount: int = 0) -> tuple[Any, ...]:
    return ("mortgage", [(bank, "")], amount, "")


def transfer(right: str, *holders: dict[str, Any], mode: str = "sole", **more: Any) -> dict[str, Any]:
    return {"right.transfer": [{"right": right, "mode": mode, "holders": list(holders), **more}]}


def whole(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    return Given([ref], transfer(right, holder(b)), {ref: [use(b)]})


def share(world: World) -> Given:
    a, b, c = (world.registry.party() for _ in range(3))
    ref, right = world.held_by((a, "1/2"), (b, "1/2"))
    facts = transfer(right, holder(c, "1/4"), mode="shares", giver=a)
    return Given([ref], facts, {ref: [use((a, "1/4"), (b, "1/2"), (c, "1/4"))]})


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


def piece(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    names = planned(world, draft)
    facts = transfer(right, holder(b), parcels=["piece-2"])
    return Given([ref], facts, {names[0]: [use(a)], names[1]: [use(b)]}, draft, papers=("replaced",),
                 fresh={names[0]: 0, names[1]: None})  # fmt: skip


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


def releasing(world: World) -> Given:
    a, bank = world.registry.party(), world.registry.party()
    ref, _ = world.held_by(a)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    return Given([ref], {"encumbrance.end": [{"right": burden}]}, {ref: [use(a)]})


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


def planned(world: World, draft: str) -> list[str]:
    """Return the numbers of the parcels a draft will make, in the order of its pieces."""
    return [each["ref"] for each in world.registry.get(f"/drafts/{draft}/preview")["after"]]


def blocking(ref: str, kind: str = "block") -> dict[str, Any]:
    """Return a notice about a parcel, as the API takes it."""
    return {"kind": kind, "scope": "parcel", "parcel": ref, "issuerKind": "court", "issuer": "TAND", "docNo": "3"}


VERDICTS = {"active": ("valid", []), "annotated": ("valid", ["annotated"])}
"""What anybody is told of a certificate in force; one that is not is superseded by what became of it."""
LONG = {
    *("split with transfer, the piece by its planned number", "property of spouses", "lifting of a block"),
    *("withdrawal of a certificate issued wrongly", "recovery of the whole", "a mortgage without a certificate"),
    *(
        "blocked parcel of a gift",
        "shares of heirs that do not sum to one",
        "an unknown buyer",
        "nothing entered",
    ),
    *("a piece there is not", "a release of what is no burden", "no draft where parcels change"),
}
"""Scenarios that differ little from others: `--long` plays them too."""


def marked(names: Iterable[str]) -> list[Any]:
    """Return scenarios as pytest takes them."""
    return [pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in names]


@pytest.mark.parametrize("name", marked(SCENARIOS))
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


def test_facts_are_entered_by_forms_made_from_their_schema(world):
    a, b, c = (world.registry.party() for _ in range(3))
    ref, right = world.held_by(a)
    code = world.submit("CN", [ref])
    lan, at = world.person("lan"), f"/office/dossiers/{code}/completion"
    world.go(code, "lan", "take")
    form = {
        "csrf": lan.client.environ_base["HTTP_X_CSRF_TOKEN"],
        "effect": "right.transfer", "at": "0", "seen": "3", "do": "save", "right": right, "mode": "shares",
        "holders.0.party": b, "holders.0.share": "1/2", "holders.1.party": c, "holders.1.share": "1/3",
        "holders.2.party": "", "parcels": ref,
    }  # fmt: skip
    refused = lan.client.post(at, data=form | {"holders.1.party": "NSD-1"})
    assert (refused.status_code, "holders.1.party" in refused.text) == (400, True)
    assert f'value="{b}"' in refused.text, "what was entered stands in the form again"
    assert lan.client.post(at, data=form).status_code == 303
    assert "The shares do not sum to one" in lan.client.get(f"{at}?lang=en").text
    assert "Nội dung đăng ký" in lan.client.get(f"{at}?lang=vi").text
    mended = form | {"holders.1.share": "1/2", "seen": "4"}
    assert lan.client.post(at, data=mended).status_code == 303
    assert "Nothing stands against it." in lan.client.get(f"{at}?lang=en").text
    (entered,) = world.rehearsal(code)["asks"][0]["entered"]
    assert (
        entered
        == transfer(right, holder(b, "1/2"), holder(c, "1/2"), mode="shares", parcels=[ref])["right.transfer"][0]
    )
    # Who does not enter reads it in words.
    read = world.person("hoa").client.get(f"{at}?lang=en").text
    assert (f"<dd>{b} Người " in read, ", 1/2</dd>" in read, "<dd>by shares</dd>" in read) == (True, True, True)
    assert lan.client.post(at, data=form | {"do": "remove", "seen": "5"}).status_code == 303
    assert world.rehearsal(code)["against"][0]["code"] == "facts-missing"
    world.go(code, "lan", "refuse", reason="x")
    assert "nothing is left to change" in world.person("hoa").client.get(f"{at}?lang=en").text


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
        lambda world: Given([world.parcel()[0]], {}, {}, case="no-permission"),
        "draft-needed",
    ),
    "a release of what is no burden": ("XC", wrong_kind, "wrong-kind-of-right"),
}


WRITTEN = (
    "SELECT (SELECT max(id) FROM cadastre.record), (SELECT count(*) FROM registry.rrr),"
    " (SELECT count(*) FROM registry.certificate_version)"
)


@pytest.mark.parametrize("name", marked(REFUSED))
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


def test_a_confirmed_split_is_carried_out_by_the_first_of_two_buyers_dossiers(world):
    a, b, c = (world.registry.party() for _ in range(3))
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    names = planned(world, draft)
    confirmed = world.person("lan").client.post(f"/api/v1/drafts/{draft}/confirm", json={"docNo": "4/TB"})
    assert confirmed.status_code == 200, confirmed.json
    one, two = (world.submit("CN", [ref]) for _ in range(2))
    world.signed(one, transfer(right, holder(b), parcels=[names[0]]), draft)
    world.signed(two, transfer(right, holder(c), parcels=[names[1]]), draft)
    assert world.go(two, "lan", "record", 422)["code"] == "earlier-dossier-first"
    world.go(one, "lan", "record")
    assert world.land(names) == {names[0]: [use(b)], names[1]: [use(a)]}
    world.go(two, "lan", "record")
    assert world.land(names) == {names[0]: [use(b)], names[1]: [use(c)]}


def test_killed_at_its_very_end_it_leaves_nothing_and_is_completed_once_when_asked_again(world):
    given = piece(world)
    before = world.land(given.refs)
    code = world.submit("CN", given.refs)
    seen = world.signed(code, given.facts, given.draft)["revision"]
    kill_at_the_very_end(world, code, seen)
    assert world.person("hoa").read(code)["state"] == "SIGNED"
    assert world.land(given.refs) == before
    done = [world.go(code, "lan", "record", seen=seen) for _ in range(2)]
    assert [each["revision"] for each in done] == [seen + 1] * 2
    assert world.land(list(given.after)) == given.after
    assert world.rows("SELECT count(*) FROM cadastre.record WHERE doc_no = %s", code) == [(1,)]


def test_a_notice_on_an_applicant_stops_until_a_person_says_it_is_somebody_else(world):
    given = whole(world)
    name = "Phạm Văn Trùng Tên"
    block = world.registry.post("/blocks", {
        "kind": "block", "scope": "person", "person": {"name": "Pham Van Trung Ten", "bornYear": 1961},
        "issuerKind": "court", "issuer": "TAND", "docNo": "9"})["code"]  # fmt: skip
    code = world.submit("CN", given.refs, applicants=[{"name": name}])
    held = next(each for each in world.person("hoa").read(code)["findings"] if each["code"] == "DOS-HOLD")
    assert (held["result"], held["facts"]["holds"][0]["docNo"]) == ("fail", "9"), "told at reception"
    world.signed(code, given.facts)
    assert world.go(code, "lan", "record", 422)["code"] == "dossier-held"
    assert (
        world.go(code, "hoa", "identify", 400, applicant=2, party="NSD-00000001")["code"] == "applicant-unknown"
    )
    other = world.registry.party(name, bornYear=1990)
    assert other in world.person("hoa").client.get(f"/office/dossiers/{code}").text
    found = world.go(code, "hoa", "identify", applicant=1, party=other)
    assert found["applicants"][0]["party"] == other
    assert next(each for each in found["findings"] if each["code"] == "DOS-HOLD")["result"] == "pass", block
    assert world.go(code, "lan", "record")["state"] == "RECORDED"


def test_a_notice_on_who_holds_the_land_stops_what_the_procedure_lists_and_no_release(world):
    a, bank = world.registry.party("Đỗ Thị Bị Kê"), world.registry.party()
    ref, _ = world.held_by(a)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    world.registry.post("/blocks", {
        "kind": "block", "scope": "person", "person": {"name": "Do Thi Bi Ke"}, "issuerKind": "enforcement",
        "issuer": "THADS", "docNo": "11"})  # fmt: skip
    mortgages = world.submit("TC", [ref])
    releases = world.submit("XC", [ref])
    results = [
        next(each["result"] for each in world.person("hoa").read(code)["findings"] if each["code"] == "DOS-HOLD")
        for code in (mortgages, releases)
    ]
    assert results == ["fail", "pass"]
    world.go(mortgages, "hoa", "withdraw", reason="Bị ngăn chặn")
    world.signed(releases, {"encumbrance.end": [{"right": burden}]})
    assert world.go(releases, "lan", "record")["state"] == "RECORDED"


def test_a_notice_on_the_certificate_stops_its_land(world):
    given = whole(world)
    (serial,) = world.papers[given.refs[0]]
    world.registry.post("/blocks", {
        "kind": "block", "scope": "certificate", "serial": serial, "issuerKind": "police", "issuer": "CA",
        "docNo": "14"})  # fmt: skip
    code = world.submit("CN", given.refs)
    held = next(each for each in world.person("hoa").read(code)["findings"] if each["code"] == "DOS-HOLD")
    assert (held["result"], held["facts"]["holds"][0]["docNo"]) == ("fail", "14")
