"""What somebody who means harm, or two who act at once, get of dossiers: one of two, and nothing half done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.factories.completion import World, holder
from tests.factories.drafts import split
from tests.factories.procedures import SCENARIOS
from tests.factories.rights import PAPER
from tests.factories.scenarios import blocking, completing, transfer, whole


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=40) as made:
        yield made


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Return what each answers when all begin together."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(work) for work in works]]


def prepared(world: World, procedure: str, ref: str, facts: dict[str, Any], **more: Any) -> tuple[str, int]:
    """Return a signed dossier with its revision."""
    code = world.submit(procedure, [ref], **more)
    return code, world.signed(code, facts)["revision"]


def recording(world: World, who: str, code: str, seen: int) -> Callable[[], Any]:
    """Return what completes a dossier as it stood."""
    person = world.person(who)
    return lambda: person.move(code, "record", seen=seen)


def told(answers: Sequence[Any]) -> list[tuple[int, str | None]]:
    """Return status and problem of answers, in order of status."""
    return sorted((each.status_code, each.json.get("code")) for each in answers)


def test_two_who_complete_one_dossier_at_once_complete_it_once(world):
    given = whole(world)
    code, seen = prepared(world, "CN", given.refs[0], given.facts)
    answers = at_once(*(recording(world, who, code, seen) for who in ("lan", "binh", "lan", "binh")))
    statuses = {status for status, _ in told(answers)}
    assert statuses <= {200, 409}
    assert 200 in statuses
    assert world.rows("SELECT count(*) FROM cadastre.record WHERE doc_no = %s", code) == [(1,)]
    assert world.land(given.refs) == given.after


def test_chained_dossiers_completed_at_once_come_in_their_order_or_wait(world):
    a, b, bank, lender = (world.registry.party() for _ in range(4))
    ref, right = world.held_by(a)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    release, first = prepared(world, "XC", ref, {"encumbrance.end": [{"right": burden}]})
    sale, second = prepared(world, "CN", ref, transfer(right, holder(b)), waitsFor=[release])
    loan = {"encumbrance.begin": [{"kind": "mortgage", "holders": [holder(lender)]}]}
    last, third = prepared(world, "TC", ref, loan, waitsFor=[sale])
    works = [
        recording(world, "lan", code, seen) for code, seen in ((last, third), (sale, second), (release, first))
    ]
    for _ in range(3):
        for status, slug in told(at_once(*works)):
            assert (status, slug) in {(200, None), (422, "earlier-dossier-first"), (409, "concurrent-change")}
    assert [world.person("hoa").read(code)["state"] for code in (release, sale, last)] == ["RECORDED"] * 3
    assert world.rows("SELECT count(*) FROM cadastre.record WHERE doc_no = ANY (%s)", [release, sale, last]) == [
        (3,)
    ]
    kinds = [(kind, [who for who, _ in holders]) for kind, holders, *_ in world.land([ref])[ref]]
    assert kinds == [("mortgage", [lender]), ("use", [b])]


def test_a_block_and_a_completion_at_once_never_pass_each_other_unseen(world):
    given = whole(world)
    code, seen = prepared(world, "CN", given.refs[0], given.facts)
    lan = world.person("binh").client
    done, block = at_once(
        recording(world, "lan", code, seen), lambda: lan.post("/api/v1/blocks", json=blocking(given.refs[0]))
    )
    assert block.status_code == 201
    # Whichever came first: completed before the block was entered, or stopped by it.
    assert told([done]) in (
        [(200, None)],
        [(422, "dossier-held")],
        [(409, "held-land")],
        [(409, "concurrent-change")],
    )
    held = world.rows(
        "SELECT lower(h.held) < e.at FROM cadastre.parcel_hold h, registry.dossier_event e"
        " JOIN registry.dossier d ON d.id = e.dossier_id WHERE h.doc_no = '3' AND d.code = %s AND e.action = 'record'"
        " AND h.unit_id IN (SELECT unit_id FROM registry.dossier_parcel WHERE dossier_id = d.id)",
        code,
    )  # fmt: skip
    assert held == ([(False,)] if done.status_code == 200 else [])


def test_a_right_and_a_split_of_its_parcel_at_once_leave_no_right_on_land_that_ended(world):
    a = world.registry.party()
    ref, x = world.parcel()
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    body = {"kind": "use", "parcels": [ref], "mode": "sole", "holders": [{"party": a}], "grounds": PAPER}
    lan, binh = world.person("lan").client, world.person("binh").client
    made, cut = at_once(
        lambda: lan.post("/api/v1/rights", json=body),
        lambda: binh.post(f"/api/v1/drafts/{draft}/commit", json={"docNo": "9/QĐ"}),
    )
    assert made.status_code in {201, 409, 410}, made.json
    assert cut.status_code in {200, 409}, cut.json
    assert world.rows(
        "SELECT count(*) FROM registry.ba_unit_parcel b WHERE upper_inf(b.recorded) AND upper_inf(b.valid)"
        " AND NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = b.unit_id)"
    ) == [(0,)]


def test_a_completion_is_not_taken_back_by_those_who_made_it_nor_by_who_does_not_sign(world):
    given = whole(world)
    code = world.submit("CN", given.refs)
    for who, action, body in (
        ("binh", "take", {}), ("both", "enter_facts", {"facts": given.facts}), ("binh", "send_slip", {}),
        ("binh", "tax_exempt", {"documentNo": "1"}), ("binh", "draft", {}), ("tuan", "sign", {}),
    ):  # fmt: skip
        world.go(code, who, action, **body)
    details = world.go(code, "lan", "record")["events"][-1]["details"]
    path = f"/api/v1/transactions/{details['transaction']}/undo"
    for who, slug in (
        ("lan", "reversal-unsigned"),
        ("both", "processor-never-signs"),
        ("son", "outside-the-offices-area"),
        ("hoa", "role-needed"),
    ):
        answer = world.person(who).client.post(path, json={"reason": "x"})
        assert answer.status_code == 403, (who, answer.json)
        assert answer.json["code"] in {slug, "reversal-unsigned"}, (who, answer.json)
    # Nor through the door of drafts.
    draft = world.draft({"op": "reinstate", "record": details["record"]})
    refused = world.person("lan").client.post(f"/api/v1/drafts/{draft}/commit", json={"docNo": "1"})
    assert (refused.status_code, refused.json["code"]) == (403, "reversal-unsigned"), refused.json
    assert world.land(given.refs) == given.after
    done = world.person("tuan").client.post(path, json={"reason": "Bản án 9/2026/DS-PT"})
    assert done.status_code == 201
    again = world.person("tuan").client.post(path, json={"reason": "khác"})
    assert again.json["transaction"] == done.json["transaction"], "sent again, the same"
    whole_story = world.registry.get(f"/transactions/{details['transaction']}")
    assert whole_story["undoneBy"] == done.json["transaction"]
    assert world.person("hoa").read(code)["state"] == "RECORDED", "what was done stays told"


def test_strangers_and_other_offices_learn_no_name_of_a_dossier(world):
    name = "Trịnh Thị Kín Đáo"
    given = whole(world)
    code = world.submit("CN", given.refs, applicants=[{"name": name, "contact": "0912 000 111"}])
    world.registry.post("/blocks", {
        "kind": "block", "scope": "person", "person": {"name": name, "number": "079085012345"}, "issuerKind": "court",
        "issuer": "TAND", "docNo": "19"})  # fmt: skip
    stranger = world.person("lan").client.application.test_client()
    ((verify,),) = world.rows(
        "SELECT verify_id FROM registry.certificate WHERE serial = %s", world.papers[given.refs[0]][0]
    )
    ref = given.refs[0]
    for path in (
        f"/dossiers/{code}", f"/dossiers/{code}?key=0000-0000-0000", f"/verify/{verify}", f"/api/v1/verify/{verify}",
        f"/api/v1/parcels/{ref}", f"/api/v1/parcels/{ref}/history", f"/parcels/{ref}", f"/api/v1/search?q={ref}",
        f"/api/v1/dossiers/{code}", f"/office/dossiers/{code}", "/api/v1/blocks", f"/api/v1/parcels/{ref}/rights",
        f"/api/v1/parcels/{ref}/blocks", f"/api/v1/dossiers/{code}/papers/receipt.pdf",
        f"/api/v1/dossiers/{code}/completion",
    ):  # fmt: skip
        answer = stranger.get(path, headers={"Accept-Language": "vi"})
        assert answer.status_code < 500, path
        assert not any(each in answer.text for each in (name, "0912 000 111", "079085012345", "TAND")), path
    held = world.person("hoa").read(code)
    assert "079085012345" not in str(held), "no number of a notice in what a dossier tells"


@pytest.mark.parametrize("header", ["*", '"-1"', "abc", '"99999999999999999999"', '"2", "3"'])
def test_an_odd_revision_is_refused_and_moves_nothing(world, header):
    given = SCENARIOS["release"][1](world)
    code = world.submit("XC", given.refs)
    answer = world.person("lan").client.post(
        f"/api/v1/dossiers/{code}/transitions", json={"action": "take"}, headers={"If-Match": header}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "stale-dossier")
