"""What each procedure refuses: a table of procedures by reasons, asked over HTTP on one dossier each.

Where a reason cannot apply the table says why, in words. All but the last are taken away again, and the dossier stays
completable.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.factories.completion import PAPER, World
from tests.factories.drafts import split
from tests.factories.procedures import SCENARIOS
from tests.factories.rights import PAPER as GROUNDS
from tests.factories.scenarios import Given, blocking, completing, marked

BLOCKED, SHARES, TERM = "dossier-held", "shares-not-one", "term-expired"
MISSING, PERSON = "papers-missing", "processor-never-signs"
CONFLICT, CHANGED = "operation-conflict", "land-changed"
FREE = "what no notice stops: a release, a notice, a fact about a person or a paper is entered on held land too"
NO_HOLDERS = "nobody new holds a share"
LASTING = (
    "asked where land is disposed of, encumbered or changed (LĐĐ art. 45); heirs, papers and notices need no term"
)
NO_RIGHT = "nothing is registered on the land yet: there is no term"
HELD = "held land does not change before the notice is lifted"
AS_IT_IS = "carried out on the land as it is now"
TABLE: dict[str, tuple[str, str, str, str]] = {
    # scenario: blocked, shares that do not sum to 1, a term that is over, the fabric changed since the signature
    "first registration": ("dispute", SHARES, NO_RIGHT, CHANGED),
    "transfer of the whole": ("block", SHARES, TERM, CHANGED),
    "transfer of a share": ("seizure", "share-exceeded", TERM, CHANGED),
    "inheritance to three heirs": ("block", SHARES, LASTING, CHANGED),
    "gift of mortgaged land": ("block", SHARES, TERM, CHANGED),
    "split with transfer of a piece": ("block", SHARES, TERM, CONFLICT),
    "merge": ("dispute", NO_HOLDERS, TERM, CONFLICT),
    "change of purpose": ("recovery", NO_HOLDERS, TERM, CONFLICT),
    "mortgage": ("block", SHARES, TERM, CHANGED),
    "release": (FREE, NO_HOLDERS, LASTING, AS_IT_IS),
    "re-issue": ("block", NO_HOLDERS, LASTING, CHANGED),
    "lost certificate": ("block", NO_HOLDERS, LASTING, CHANGED),
    "correction of a certificate": (FREE, NO_HOLDERS, LASTING, AS_IT_IS),
    "seizure": (FREE, NO_HOLDERS, LASTING, AS_IT_IS),
    "lifting of a block": (FREE, NO_HOLDERS, LASTING, HELD),
    "recovery in part of mortgaged land": (FREE, NO_HOLDERS, LASTING, CONFLICT),
    "data of a party": (FREE, NO_HOLDERS, LASTING, AS_IT_IS),
}
"""Every procedure must have its papers, and refuses whoever processed it as signer: those two hold for all."""
DECIDED = GROUNDS | {"kind": "judgment"}
LONG = {"transfer of a share", "lost certificate"}
"""Scenarios that differ little from others: `--long` plays them too."""
KINDS = ("dispute", "seizure", "block", "recovery")


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=60) as made:
        yield made


@pytest.mark.parametrize("name", marked(TABLE, LONG))
def test_each_procedure_refuses_what_can_apply_to_it(world, name):
    blocked, shares, term, fabric = TABLE[name]
    procedure, make = SCENARIOS[name]
    given = make(world)
    papers_are_asked_for(world, procedure, given)
    code = world.submit(procedure, given.refs, given.case)
    bad = None if " " in shares else uneven(given, world.registry.party())
    signed_by_another(world, code, given, bad, shares)
    held(world, code, given, blocked)
    terms_over(world, code, given, expired=term == TERM)
    stale(world, code, given, fabric)


def papers_are_asked_for(world: World, procedure: str, given: Given) -> None:
    """Assert that without its papers it is not received, and nothing is opened."""
    count = "SELECT count(*) FROM registry.dossier"
    before = world.rows(count)
    answer = world.person("hoa").submit(procedure=procedure, case=given.case, parcels=given.refs, documents=[])
    assert (answer.status_code, answer.json["code"]) == (422, MISSING)
    assert world.rows(count) == before


def signed_by_another(world: World, code: str, given: Given, bad: dict[str, Any] | None, slug: str) -> None:
    """Lead it to its signature by one who may sign too, and is refused that; wrong shares are told on the way."""
    bodies = {"link_draft": {"draft": given.draft}, "enter_facts": {"facts": given.facts}, "tax_exempt": PAPER}
    for action in ("take", "link_draft", "enter_facts", "send_slip", "tax_exempt", "draft"):
        done = world.person("hoa").read(code)
        if action not in {each["action"] for each in done["may"]} or not next(
            iter(bodies.get(action, {1: 1}).values())
        ):
            continue
        if action == "enter_facts" and bad is not None:
            world.go(code, "both", action, facts=bad)
            assert slug in against(world, code)
        world.go(code, "both", action, **bodies.get(action, {}))
    assert world.go(code, "both", "sign", 403)["code"] == PERSON
    world.go(code, "tuan", "sign")
    assert against(world, code) == set()


def held(world: World, code: str, given: Given, kind: str) -> None:
    """Assert that a notice of a kind stops it while it holds, or that of all kinds none does."""
    stops = kind in KINDS
    blocks = [
        world.registry.post("/blocks", blocking(given.refs[-1], each))["code"]
        for each in ([kind] if stops else KINDS)
    ]
    assert (BLOCKED in against(world, code)) == stops
    if stops:
        assert world.go(code, "lan", "record", 422)["code"] == BLOCKED
    for block in blocks:
        world.registry.post(f"/blocks/{block}/lift", {"grounds": GROUNDS})


def terms_over(world: World, code: str, given: Given, *, expired: bool) -> None:
    """Assert that a right whose term is over stops it, and is told as a rule with its severity; or that it does not."""
    rights = [each["right"] for each in world.registry.on(given.refs[0]) if each["kind"] == "use"]
    for right in rights:
        over, lasts = ({"terms": {"termUntil": day}, "grounds": DECIDED} for day in ("2026-03-01", "2096-03-01"))
        world.registry.post(f"/rights/{right}/changes", over)
        told = world.rehearsal(code)
        # A draft that divides or merges the land says so too; then the pieces that facts name are not there.
        codes = {each["code"] for each in told["against"]} - {"draft-not-committable", "not-its-land"}
        assert codes == ({TERM} if expired else set())
        found = {each["code"]: (each["result"], each["severity"]) for each in told["findings"]}
        assert found.get("DOS-TERM") == (("fail", "critical") if expired else None)
        world.registry.post(f"/rights/{right}/changes", lasts)


def stale(world: World, code: str, given: Given, slug: str) -> None:
    """Assert what a change of the parcels by others does to it once it is signed; nothing is half done."""
    ref = given.refs[0]
    x = 20 * (int(ref.rsplit("-", 1)[1]) - 345)
    cut = split(ref, (x, 7), (x + 20, 7))
    if slug == HELD:
        assert world.registry.commit(cut, ok=422)["code"] == "draft-not-committable"
        return
    world.registry.commit(cut)
    if slug == AS_IT_IS:
        assert against(world, code) == set()
        assert world.go(code, "lan", "record")["state"] == "RECORDED"
        return
    records = "SELECT count(*) FROM cadastre.record WHERE doc_no = %s"
    assert slug in against(world, code)
    assert world.go(code, "lan", "record", 409)["code"] == slug
    assert world.rows(records, code) == [(0,)]


def against(world: World, code: str) -> set[str]:
    """Return the codes of what stands against completing a dossier."""
    return {each["code"] for each in world.rehearsal(code)["against"]}


def uneven(given: Given, other: str) -> dict[str, Any]:
    """Return the facts of a scenario with shares that do not sum to one, or exceed what the giver holds."""
    name = next(each for each in given.facts if each.startswith(("right.", "encumbrance.")))
    first, *others = given.facts[name]
    if first.get("giver"):
        return {name: [first | {"holders": [first["holders"][0] | {"share": "3/4"}]}, *others]}
    one = first["holders"][0]["party"]
    pair = [{"party": one, "share": "1/2"}, {"party": other, "share": "1/3"}]
    return {name: [first | {"mode": "shares", "holders": pair}, *others]}


def test_the_table_has_every_procedure_that_must_run() -> None:
    assert {SCENARIOS[name][0] for name in TABLE} == {
        "DKLD", "CN", "TK", "TA", "TN", "CM", "TC", "XC", "CL", "SN", "KB", "XNC", "TH", "DT",
    }  # fmt: skip
