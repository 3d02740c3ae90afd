"""A tax office that knows our OpenAPI document alone completes a dossier, and is told clearly what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from landsvc.core import outbox
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from landsvc.registry.dossiers import tax_answers
from tests.conftest import serving
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.generated_client import Generated

PAID_AT = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)
TABLES = ("notice", "notice_act", "tax_payment", "payment_match", "slip_answer")
BOTH = "tax:read tax:write"
_keys = count(1)


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory) -> Iterator[World]:
    lay(module_db, parcels=6)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


@pytest.fixture(scope="module")
def database(world) -> Database:
    found = world.person("lan").client.application.extensions[EXTENSION].database
    work(found)  # the first round takes the place in the outbox
    return found


@pytest.fixture(scope="module")
def secret(database) -> str:
    with database.unit_of_work(IDENTITY_ROLE) as session:
        return people.create_client(session, "province-tax", "Tax office", BOTH.split())


@pytest.fixture(scope="module")
def generated(world, tmp_path_factory) -> Iterator[Generated]:
    key = world.person("lan").client.application.extensions[EXTENSION].settings.signing_file
    with serving(world.dsn, SIGNING_FILE=str(key)) as address:
        yield Generated(address, tmp_path_factory.mktemp("generated"))


@pytest.fixture(scope="module")
def tax(generated, secret) -> Generated:
    return generated.signed_in("province-tax", secret, BOTH)


def key() -> str:
    return f"generated-{next(_keys)}"


def sale_sent(world: World) -> str:
    """Return a sale whose slip the officer has just sent."""
    seller, buyer = world.registry.party(), world.registry.party()
    ref, right = world.held_by(seller)
    code = world.submit("CN", [ref])
    world.go(code, "lan", "take")
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(buyer)]}]}
    world.go(code, "lan", "enter_facts", facts=facts)
    world.go(code, "lan", "send_slip")
    return code


def slips_of(tax: Generated, code: str) -> list[Any]:
    found = tax.ask("slips.slips_slips_slips_get", after=0, limit=100)
    return [each for each in found.slips if each.dossier == code]


def notice_for(tax: Generated, slip: Any, amount_vnd: int = 24_000_000, due_vnd: int | None = None) -> Any:
    """Return a notice of one obligation that answers a slip."""
    due = tax.model("DueIn")(date(2026, 10, 1), amount_vnd if due_vnd is None else due_vnd)
    line = tax.model("NoticeLineIn")(1, "1006", amount_vnd, [due], obligation_id=f"ID{slip.seq}")
    issued = date(2026, 9, 1)
    return tax.model("NoticeIn")(
        "7100001", f"TB-{slip.slip_no}", issued, [line], slip.dossier, slip.slip_no, of_total=1
    )


def payment_for(tax: Generated, ref: str, slip: Any, amount_vnd: int) -> Any:
    found = tax.model("PaymentIn")("ETAX", f"REF-{slip.seq}", "1006", amount_vnd, PAID_AT, parcel=ref)
    found.obligation_id, found.notice_no, found.tax_office_code = f"ID{slip.seq}", f"TB-{slip.slip_no}", "7100001"
    return found


def work(database: Database) -> None:
    """Do what the worker does with events."""
    while outbox.run_batch(database, tax_answers.CONSUMER):
        pass


def test_a_client_generated_from_the_document_completes_a_dossier(world, tax, database, generated):
    assert not [line for line in generated.warnings if "/tax/" in line], (
        "the generator takes all of the tax office's"
    )
    code = sale_sent(world)
    (slip,) = slips_of(tax, code)
    keys = {each.kid: each.to_dict() for each in tax.ask("slips.slips_keys_keys_get").keys}
    said = jws.deserialize_compact(slip.jws, RSAKey.import_key(keys[slip.key_id]), algorithms=["RS256"])
    assert f'"{code}"'.encode() in said.payload
    answer = {"idempotency_key": key(), "body": tax.model("ReceiptIn")("TN-1")}
    assert (
        tax.ask("slips.slips_receive_slip_slips_slip_receipts_post", slip.slip_no, ok=201, **answer).state
        == "received"
    )

    (reason, *_) = tax.ask("code_lists.catalogues_catalogue_name_get", "return-reasons").entries
    back = {"idempotency_key": key(), "body": tax.model("ReturnIn")([reason.code], "Thiếu giá")}
    tax.ask("slips.slips_return_slip_slips_slip_returns_post", slip.slip_no, ok=201, **back)
    work(database)
    assert world.person("lan").read(code)["state"] == "VERIFYING"
    world.go(code, "lan", "send_slip")
    first, second = slips_of(tax, code)
    assert (first.state, second.version, second.replaces) == ("replaced", 2, first.slip_no)

    notice, again = notice_for(tax, second), {"idempotency_key": key()}
    took = tax.ask("money.notices_take_tax_notices_post", ok=201, body=notice, **again)
    assert tax.ask("money.notices_take_tax_notices_post", ok=201, body=notice, **again).id == took.id
    work(database)
    assert world.person("lan").read(code)["state"] == "TAX_NOTICED"
    (parcel,) = [each["ref"] for each in world.person("lan").read(code)["parcels"]]
    paid = tax.ask(
        "money.finance_take_tax_payments_post",
        ok=201, idempotency_key=key(), body=payment_for(tax, parcel, second, 24_000_000),
    )  # fmt: skip
    assert paid.amount_vnd == 24_000_000
    done = tax.model("NoticeActIn")("XN-1", date(2026, 9, 12))
    confirmed = tax.ask(
        "money.notices_confirm_tax_notices_int_notice_confirmations_post",
        took.id, ok=201, idempotency_key=key(), body=done,
    )  # fmt: skip
    assert [each.state for each in confirmed.lines] == ["PAID"]
    work(database)
    assert world.person("lan").read(code)["state"] == "TAX_PAID"
    world.go(code, "lan", "draft")
    signed = world.go(code, "tuan", "sign")
    assert world.go(code, "lan", "record", seen=signed["revision"])["state"] == "RECORDED"


def counted(world: World) -> dict[str, int]:
    return {each: world.rows(f"SELECT count(*) FROM finance.{each}")[0][0] for each in TABLES}


def traced(world: World) -> list[Any]:
    """Return what the trail says was refused, oldest first."""
    return world.rows(
        "SELECT c.client_id, a.object, a.details ->> 'problem' FROM identity.audit a"
        " JOIN identity.api_client c ON c.id = a.api_client_id WHERE a.action = 'message.refused' ORDER BY a.id"
    )


def test_what_a_machine_may_not_is_told_traced_and_changes_nothing(world, generated, tax, secret, database):
    code = sale_sent(world)
    (slip,) = slips_of(tax, code)
    before, seen = counted(world), len(traced(world))
    take, key_ = "money.notices_take_tax_notices_post", {"idempotency_key": "refused-1"}
    reader = generated.signed_in("province-tax", secret, "tax:read")
    told = [
        reader.ask(take, ok=403, body=notice_for(tax, slip), **key_),
        tax.ask(take, ok=422, body=notice_for(tax, slip, 24_000_000, due_vnd=23_999_999), **key_),
        tax.ask(
            "money.notices_confirm_tax_notices_int_notice_confirmations_post",
            999_999_999, ok=404, body=tax.model("NoticeActIn")("XN-9", date(2026, 9, 12)), **key_,
        ),
    ]  # fmt: skip
    late = generated.signed_in("province-tax", secret, BOTH)
    with psycopg.connect(world.dsn) as conn:
        newest = "(SELECT max(id) FROM identity.access_token)"
        conn.execute(f"UPDATE identity.access_token SET expires_at = now() - interval '1 s' WHERE id = {newest}")
    told.append(late.ask(take, ok=401, body=notice_for(tax, slip), **key_))
    stranger = generated.with_token("forged" * 8)
    told.append(stranger.ask(take, ok=401, body=notice_for(tax, slip), **key_))

    codes = [each.code for each in told]
    assert codes == ["scope-needed", "dues-do-not-sum", "unknown-notice", "token-refused", "token-refused"]
    assert all(each.detail and each.remedy for each in told)
    assert counted(world) == before
    confirm = "POST /api/v1/tax/notices/<int:notice>/confirmations"
    post = "POST /api/v1/tax/notices"
    assert traced(world)[seen:] == [
        ("province-tax", where, what) for where, what in zip((post, post, confirm, post), codes, strict=False)
    ]
    took = tax.ask(take, ok=201, body=notice_for(tax, slip), **key_)
    assert took.notice_no == f"TB-{slip.slip_no}", "a key that was refused is free for the mended message"
