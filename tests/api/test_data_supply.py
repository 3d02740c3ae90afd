"""Requests for land data: who learns what, the signed reply, and who took it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from landsvc.core import clock, signing
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service as fees
from landsvc.identity.actors import SERVICE
from landsvc.registry.dossiers.keeping import papers_beside
from tests.factories.completion import World
from tests.factories.dossiers import lay, office
from tests.factories.wire import words_of_pdf

from conftest import settings_for

OWNER, NUMBER, BANK = "Trần Thị Bưởi", "079012345678", "Ngân hàng Thử Nghiệm"
ALL = {"land", "planning", "certificates", "rights", "encumbrances", "blocks", "dossiers"}
ASKED = {"purpose": "Thẩm định tài sản", "basis": "Luật Đất đai, Điều 166"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def world(module_db, data):
    lay(module_db, parcels=6)
    assert signing.make_trial_key(settings_for(module_db, DATA=data))
    with office(module_db, DATA=data, OFFICE_NAME="Chi nhánh Tây") as person:
        known: dict[str, Any] = {}
        world = World(module_db, lambda login: known.setdefault(login, person(login)))
        parts = person("lan").client.application.extensions[EXTENSION]
        ensure_channels(parts.settings, parts.database)
        registry = world.registry
        documents = [{"kind": "cccd", "number": NUMBER}]
        world.owner = registry.party(OWNER, documents=documents)
        bank = registry.party(BANK, kind="organisation")
        world.ref, world.right = world.held_by(world.owner)
        registry.right([world.ref], {bank: None}, kind="mortgage", terms={"amountVnd": 500_000_000})
        seized = {"kind": "seizure", "scope": "parcel", "parcel": world.ref, "issuerKind": "court"}
        registry.post("/blocks", seized | {"issuer": "Tòa án Bình Phước", "docNo": "07/QĐ"})
        world.pending = world.submit("XC", [world.ref])
        yield world


def asked(
    world: World, asker: str, name: str = "Người Hỏi", *, parcels: list[str] | None = None, **more: Any
) -> str:
    """Return a request for data that was signed, ready to be completed."""
    refs = parcels or [world.ref]
    code = world.submit("CC", refs, "at-hand", applicants=[{"name": name}])
    world.signed(code, {"data.supply": [{"asker": asker, **ASKED, **more}]})
    paid(world, code)
    return code


def orders(world: World, code: str) -> list[Any]:
    base = world.person("lan").client.application.extensions[EXTENSION].database
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        return fees.orders_of(session, code)


def paid(world: World, code: str) -> None:
    """Take at the counter what the data cost."""
    base = world.person("lan").client.application.extensions[EXTENSION].database
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        for each in fees.orders_of(session, code):
            if each.balance_vnd > 0:
                fees.take_all(session, each.code, actor=SERVICE)


def answered(world: World, asker: str, **more: Any) -> dict[str, Any]:
    """Return what a request is answered."""
    code = asked(world, asker, **more)
    world.go(code, "lan", "record")
    return world.registry.get(f"/dossiers/{code}/reply")


def text(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


def test_a_stranger_learns_what_anybody_may_look_up_and_no_name(world):
    answer = answered(world, "public")
    (told,) = answer["parcels"]
    assert set(told) == {"parcel", "proven", "land", "planning", "withheld"}
    assert told["land"]["ref"] == world.ref
    for kept in (OWNER, NUMBER, NUMBER[-4:], BANK, "07/QĐ", world.pending):
        assert kept not in text(answer)


def test_a_court_that_asks_by_a_document_learns_everything_for_nothing(world):
    document = {"docNo": "12/CV-TA", "issuer": "Tòa án nhân dân khu vực 1"}
    answer = answered(world, "court", document=document)
    (told,) = answer["parcels"]
    assert (set(told) >= ALL, told["withheld"]) == (True, [])
    (holder,) = told["rights"][0]["holders"]
    assert (holder["name"], holder["documents"]) == (OWNER, [{"kind": "cccd", "number": NUMBER}])
    assert told["encumbrances"][0]["holders"][0]["name"] == BANK
    assert [(each["kind"], each["docNo"]) for each in told["blocks"]] == [("seizure", "07/QĐ")]
    assert [each["dossier"] for each in told["dossiers"]] == [world.pending]
    assert told["certificates"][0]["serial"] == world.papers[world.ref][0]
    assert answer["fee"] == {"lines": [], "totalVnd": 0}


def test_a_bank_learns_who_holds_with_the_consent_of_all_who_do(world):
    couple = world.registry.party(), world.registry.party()
    both, _ = world.held_by(*couple, paper=False)
    consent = [{"party": world.owner, "docNo": "01/ĐY"}, {"party": couple[0], "docNo": "02/ĐY"}]
    answer = answered(world, "bank", parcels=[world.ref, both], consents=consent)
    one, other = answer["parcels"]
    (holder,) = one["rights"][0]["holders"]
    assert holder["name"] == OWNER
    assert NUMBER not in text(answer)
    assert holder["documents"][0]["number"].endswith(NUMBER[-3:])
    assert not other["proven"]
    assert "rights" not in other
    assert {"part": "rights", "why": "needs-consent"} in other["withheld"]
    assert answer["fee"]["totalVnd"] == 120_000


def test_a_notary_learns_of_the_land_of_who_disposes_and_of_no_other(world):
    stranger = world.registry.party("Lê Văn Khác")
    other, _ = world.held_by(stranger, paper=False)
    named = {"kind": "Hợp đồng chuyển nhượng, hồ sơ 12/2026", "giver": world.owner}
    answer = answered(world, "notary", parcels=[world.ref, other], transaction=named)
    assert [each["proven"] for each in answer["parcels"]] == [True, False]
    assert OWNER in text(answer)
    assert "Lê Văn Khác" not in text(answer)
    assert answer["proof"]["transaction"] == named["kind"]


def test_whoever_holds_the_land_learns_of_it_once_a_person_found_out_who_they_are(world):
    code = world.submit("CC", [world.ref], "at-hand", applicants=[{"name": OWNER}])
    world.go(code, "hoa", "identify", applicant=1, party=world.owner)
    world.signed(code, {"data.supply": [{"asker": "holder", **ASKED}]})
    paid(world, code)
    world.go(code, "lan", "record")
    (told,) = world.registry.get(f"/dossiers/{code}/reply")["parcels"]
    assert told["proven"]
    assert told["rights"][0]["holders"][0]["name"] == OWNER


def test_a_rehearsal_says_what_is_told_and_signs_nothing(world):
    code = asked(world, "public")
    found = world.rehearsal(code)
    (told,) = found["effects"]["data.supply"]
    assert found["completable"]
    assert (told["parts"], told["reply"]) == (["land", "planning"], None)
    world.registry.get(f"/dossiers/{code}/reply", 404)


def test_data_are_supplied_once_their_fee_is_paid_and_another_request_costs_the_difference(world):
    other = world.parcel()[0]
    code = world.submit("CC", [world.ref, other], "at-hand")
    world.go(code, "lan", "take")
    request = {"asker": "public", **ASKED}
    world.go(code, "lan", "enter_facts", facts={"data.supply": [{**request, "parcels": [world.ref]}]})
    assert [(each.purpose, each.balance_vnd) for each in orders(world, code)] == [("supply", 100_000)]
    world.go(code, "lan", "enter_facts", facts={"data.supply": [request]})
    assert [each.balance_vnd for each in orders(world, code)] == [120_000]
    world.go(code, "lan", "enter_facts", facts={"data.supply": [{**request, "parcels": [other]}]})
    assert [each.balance_vnd for each in orders(world, code)] == [100_000]
    (against,) = world.rehearsal(code)["against"]
    assert against["code"] == "supply-fee-not-paid"
    paid(world, code)
    assert world.rehearsal(code)["completable"]
    document = {"docNo": "14/CV", "issuer": "Tòa án"}
    world.go(
        code, "lan", "enter_facts", facts={"data.supply": [{**request, "asker": "court", "document": document}]}
    )
    assert [each.state for each in orders(world, code)] == ["overpaid"]


def test_a_request_of_a_court_asks_for_nothing(world):
    code = world.submit("CC", [world.ref], "at-hand")
    world.go(code, "lan", "take")
    document = {"docNo": "15/CV", "issuer": "Tòa án"}
    world.go(
        code, "lan", "enter_facts", facts={"data.supply": [{"asker": "court", **ASKED, "document": document}]}
    )
    assert orders(world, code) == []


def test_a_kind_of_asker_that_nobody_knows_is_named(world):
    code = world.submit("CC", [world.ref], "at-hand")
    world.go(code, "lan", "take")
    world.go(code, "lan", "enter_facts", facts={"data.supply": [{"asker": "pirate", **ASKED}]})
    (against,) = world.rehearsal(code)["against"]
    assert (against["code"], against["field"]) == ("asker-unknown", "facts.data.supply.0.asker")


def test_the_signed_reply_is_taken_with_the_secret_of_the_receipt_and_verified(world):
    code = asked(world, "court", document={"docNo": "13/CV", "issuer": "Tòa án"})
    world.go(code, "lan", "record")
    ((secret,),) = world.rows(
        "SELECT k.secret FROM registry.dossier_secret k JOIN registry.dossier d ON d.id = k.dossier_id"
        " WHERE d.code = %s",
        code,
    )
    outside = world.person("lan").client.application.test_client()
    assert outside.post(f"/dossiers/{code}/reply", data={"key": secret}).status_code == 404
    world.go(code, "lan", "make_ready")
    assert b"/reply" in outside.get(f"/dossiers/{code}?key={secret}").data
    assert outside.post(f"/dossiers/{code}/reply", data={"key": "0" * 12}).status_code == 404
    taken = outside.post(f"/dossiers/{code}/reply", data={"key": secret})
    assert (taken.status_code, taken.data[:4]) == (200, b"%PDF")
    assert b"/ByteRange" in taken.data
    assert OWNER in words_of_pdf(taken.data)
    told = outside.post(f"/dossiers/{code}/reply", data={"key": secret, "as": "json"}).json
    assert world.registry.get(f"/dossiers/{code}/reply") == told

    found = outside.get(f"/api/v1/verify/{told['reply']}").json
    assert (found["verdict"], found["kind"], found["parcels"]) == ("valid", "data-supply", [world.ref])
    assert OWNER not in json.dumps(found, ensure_ascii=False)
    assert outside.get(f"/api/v1/verify/{told['reply']}?mark={'0' * 16}").json["verdict"] == "altered"
    assert outside.get(f"/verify/{told['reply']}").status_code == 200
    page = world.person("lan").client.get(f"/office/dossiers/{code}/reply").text
    assert OWNER in page
    assert f"/verify/{told['reply']}" in page

    readings = world.rows(
        "SELECT a.action FROM identity.audit a WHERE a.object = %s AND a.details->'about' ? %s ORDER BY a.id",
        f"dossier:{code}",
        f"party:{world.owner}",
    )
    assert [action for (action,) in readings if action != "right.read"] == [
        *("data.supplied", "reply.taken", "reply.taken", "reply.read", "reply.read"),
    ]

    world.registry.post("/blocks", {"kind": "block", "scope": "parcel", "parcel": world.ref, "issuerKind": "court",
                                    "issuer": "Tòa án", "docNo": "99/QĐ"})  # fmt: skip
    assert outside.get(f"/api/v1/verify/{told['reply']}").json["verdict"] == "changed"


def test_replies_are_among_what_a_backup_takes_along(world, data):
    rows = world.rows("SELECT unnest(ARRAY[answer_sha256, file_sha256]) FROM registry.data_supply")
    taken = {each.sha256: each.path for each in papers_beside(Path(data), world.dsn)}
    assert rows
    assert {digest for (digest,) in rows} <= set(taken)
    assert all(path.is_file() for path in taken.values())


@pytest.mark.parametrize(("hour", "due"), [(14, "2026-11-24"), (15, "2026-11-25")])
def test_data_asked_for_after_three_are_due_the_next_day_at_whatever_office(world, monkeypatch, hour, due):
    at = datetime(2026, 11, 24, hour, 30, tzinfo=OFFICE_ZONE)
    monkeypatch.setattr(clock, "now", lambda: at)
    found = world.person("hoa").read(world.submit("CC", [world.ref], "at-hand"))
    assert datetime.fromisoformat(found["dueAt"]).astimezone(OFFICE_ZONE).date().isoformat() == due
    assert found["receptionBranch"] == "east"
