"""Around completion over HTTP: its forms, whose turn it is, notices, and what is killed at its very end."""

from __future__ import annotations

import pytest
from tests.factories.completion import holder, kill_at_the_very_end
from tests.factories.drafts import split
from tests.factories.scenarios import completing, piece, planned, transfer, use, whole


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=15) as made:
        yield made


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
    (entered,) = next(each for each in world.rehearsal(code)["asks"] if each["effect"] == "right.transfer")[
        "entered"
    ]
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
