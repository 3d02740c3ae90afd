"""What banks tell is taken once, from those who can prove who they are, and from nobody else."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault, version_of
from landsvc.core.web import EXTENSION
from landsvc.finance.channels import keys, routes, signing
from landsvc.finance.channels.sealing import seal_stored
from landsvc.office import channel_pages
from tests.factories import channels as banks
from tests.factories import machines

from conftest import SECRET_KEYS, application, settings_for

KINDS = ("hmac", "ed25519", "rsa")


@pytest.fixture(scope="module")
def app(module_db):
    with application(settings_for(module_db)) as made:
        banks.add_channels(made.extensions[EXTENSION].database)
        yield made


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    monkeypatch.setattr(routes._refusals, "per_minute", 0)


@pytest.fixture(scope="module")
def parts(app):
    return app.extensions[EXTENSION]


@pytest.fixture(scope="module")
def signers(parts):
    return {kind: banks.signer(parts.database, parts.vault, "BANK1", kind) for kind in KINDS}


@pytest.fixture(scope="module")
def bank(signers):
    return signers["hmac"]


@pytest.fixture
def send(app):
    client = app.test_client()

    def sent(signer, body, **given):
        data = body if isinstance(body, bytes) else banks.written(body)
        headers = given.pop("headers", None) or signer.headers("POST", signer.path, data, **given)
        return client.post(signer.path, data=data, headers=headers)

    return sent


def rows(module_db, query: str, *params):
    with psycopg.connect(module_db) as conn:
        return conn.execute(query, params).fetchall()


def kept(module_db, reference: str) -> int:
    return rows(module_db, "SELECT count(*) FROM finance.channel_payment WHERE reference_no = %s", reference)[0][
        0
    ]


def refusals(module_db) -> list[tuple]:
    return rows(
        module_db,
        "SELECT details ->> 'problem', object FROM identity.audit WHERE action = 'channel.refused' ORDER BY id",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_payment_is_taken_once_with_an_event_and_a_trace(send, signers, module_db, kind):
    body = banks.payment(dossier="HS-2026-1")
    first = send(signers[kind], body)
    assert first.status_code == 201, first.json
    again = send(signers[kind], body)
    assert (again.status_code, again.data) == (200, first.data)
    assert kept(module_db, body["referenceNo"]) == 1
    seq = first.json["seq"]
    events = rows(
        module_db,
        "SELECT o.payload FROM finance.channel_payment p JOIN core.outbox o ON o.topic = 'channel.paid'"
        " AND o.key = p.id::text WHERE p.seq = %s",
        seq,
    )
    assert [each[0]["purpose"] for each in events] == ["tax"]
    traced = "SELECT count(*) FROM identity.audit WHERE action = 'channel.paid' AND object = %s"
    assert rows(module_db, traced, f"channel-payment:{seq}") == [(1,)]


def test_the_same_message_again_gets_the_same_answer_and_its_nonce_serves_no_other(send, bank, module_db):
    body, nonce = banks.payment(), "n" * 16
    headers = bank.headers("POST", bank.path, banks.written(body), nonce=nonce)
    first = send(bank, body, headers=headers)
    again = send(bank, body, headers=headers)
    assert (first.status_code, again.status_code, again.data) == (201, 200, first.data)
    other = banks.payment()
    refused = send(bank, other, nonce=nonce)
    assert (refused.status_code, refused.json["code"]) == (409, "nonce-used")
    assert kept(module_db, other["referenceNo"]) == 0
    assert refusals(module_db)[-1] == ("nonce-used", "channel:BANK1")


def test_a_replay_after_the_window_changes_nothing(send, bank, module_db):
    body = banks.payment()
    refused = send(bank, body, created=int(time.time()) - 301)
    assert (refused.status_code, refused.json["code"]) == (401, "signature-stale")
    ahead = send(bank, body, created=int(time.time()) + 310)
    assert ahead.json["code"] == "signature-stale"
    assert send(bank, body, created=999_999_999_999).json["code"] == "signature-stale"
    assert kept(module_db, body["referenceNo"]) == 0
    assert send(bank, body, created=int(time.time()) - 290).status_code == 201


def test_a_reference_with_other_content_is_refused_and_the_first_stays(send, bank, module_db):
    body = banks.payment()
    send(bank, body)
    refused = send(bank, body | {"amountVnd": 5})
    assert (refused.status_code, refused.json["code"]) == (409, "channel-payment-differs")
    assert refused.json["differs"] == ["amountVnd"]
    told = "SELECT amount_vnd FROM finance.channel_payment WHERE reference_no = %s"
    assert rows(module_db, told, body["referenceNo"]) == [(24_000_000,)]
    assert refusals(module_db)[-1] == ("channel-payment-differs", "channel:BANK1")


def test_two_channels_may_give_one_reference(send, bank, parts):
    body = banks.payment()
    other = banks.signer(parts.database, parts.vault, "BANK2")
    assert [send(each, body).status_code for each in (bank, other)] == [201, 201]


def test_a_key_of_one_channel_does_not_sign_for_another(app, bank):
    data = banks.written(banks.payment())
    path = "/api/v1/channels/BANK2/payments"
    refused = app.test_client().post(path, data=data, headers=bank.headers("POST", path, data))
    assert (refused.status_code, refused.json["code"]) == (401, "channel-key-unknown")
    assert refused.headers["WWW-Authenticate"] == "Signature"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amountVnd": 0}, 400, "invalid-input"),
        ({"amountVnd": 1.5}, 400, "invalid-input"),
        ({"paidAt": "2026-09-10T09:00:00"}, 400, "invalid-input"),
        ({"paidAt": "2999-01-01T00:00:00Z"}, 422, "paid-in-future"),
        ({"orderCode": "LP-2026-000001"}, 422, "other-purpose"),
        ({"purpose": "fee"}, 422, "other-purpose"),
        ({"payer": "Nguyễn"}, 400, "invalid-input"),
    ],
)
def test_what_cannot_be_is_refused_and_traced(send, bank, module_db, change, status, code):
    body = banks.payment() | change
    refused = send(bank, body)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert kept(module_db, body["referenceNo"]) == 0
    assert refusals(module_db)[-1] == (code, "channel:BANK1")


def test_a_body_over_the_limit_is_refused_and_traced(send, bank, module_db):
    refused = send(bank, b" " * (routes.MOST_PAYMENT_BYTES + 1))
    assert (refused.status_code, refused.json["code"]) == (413, "request-entity-too-large")
    assert refusals(module_db)[-1] == ("request-entity-too-large", "channel:BANK1")


def test_forgers_are_stopped_and_do_not_fill_the_trail(send, bank, module_db, monkeypatch):
    monkeypatch.setattr(routes._refusals, "per_minute", 3)
    forger = banks.Signer("BANK1", bank.kid, secret=b"x" * 32)
    before = len(refusals(module_db))
    answers = [send(forger, banks.payment()).status_code for _ in range(6)]
    assert answers == [401, 401, 401, 429, 429, 429]
    assert len(refusals(module_db)) == before + 3
    assert send(bank, banks.payment()).status_code == 201


def test_whoever_sends_no_signature_is_no_channel(app, module_db):
    before = len(refusals(module_db))
    refused = app.test_client().post("/api/v1/channels/BANK1/payments", json=banks.payment())
    assert (refused.status_code, refused.json["code"]) == (401, "signature-needed")
    assert len(refusals(module_db)) == before


def test_keys_change_over_without_a_gap_and_an_ended_one_signs_no_more(send, parts, app):
    old, new = (banks.signer(parts.database, parts.vault, "ETAX") for _ in range(2))
    assert [send(each, banks.payment()).status_code for each in (old, new)] == [201, 201]
    with parts.database.unit_of_work(IDENTITY_ROLE) as session:
        keys.end(session, "ETAX", old.kid)
    refused = send(old, banks.payment())
    assert (refused.status_code, refused.json["code"]) == (401, "channel-key-ended")
    assert send(new, banks.payment()).status_code == 201


def test_a_key_is_ended_and_never_changed(parts, module_db):
    kid = banks.signer(parts.database, parts.vault, "BANK2").kid
    with psycopg.connect(module_db, autocommit=True) as conn:
        for change in ("kid = 'other'", "valid = tstzrange(lower(valid), NULL), channel = 'BANK1'"):
            with pytest.raises(psycopg.errors.CheckViolation):
                conn.execute(f"UPDATE finance.channel_key SET {change} WHERE kid = %s", [kid])
        with pytest.raises(psycopg.errors.CheckViolation):
            conn.execute("DELETE FROM finance.channel_key")
    with parts.database.unit_of_work(IDENTITY_ROLE) as session:
        keys.end(session, "BANK2", kid, at=datetime.now(UTC) + timedelta(days=1))
        first = {each.kid: each.until for each in keys.listed(session, "BANK2")}[kid]
        keys.end(session, "BANK2", kid, at=datetime.now(UTC) + timedelta(days=9))
        assert {each.kid: each.until for each in keys.listed(session, "BANK2")}[kid] == first


def test_a_closed_channel_is_not_heard(send, parts, module_db):
    other = banks.signer(parts.database, parts.vault, "BANK2")
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE finance.channel SET is_active = false WHERE code = 'BANK2'")
    try:
        refused = send(other, banks.payment())
        assert (refused.status_code, refused.json["code"]) == (403, "channel-closed")
    finally:
        with psycopg.connect(module_db) as conn:
            conn.execute("UPDATE finance.channel SET is_active = true WHERE code = 'BANK2'")


@examples(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_byte_is_changed_the_signature_does_not_hold(data):
    """Method, path, a header or the body: what was signed is told from all else."""
    kind = data.draw(st.sampled_from(KINDS))
    signer = (
        banks.Signer("BANK1", "k", secret=b"s" * 32)
        if kind == "hmac"
        else banks.Signer("BANK1", "k", private=banks.PRIVATE[kind])
    )
    key = signer.secret or banks.pem(signer.private)
    body = banks.written(banks.payment())
    parts = {"method": "POST", "path": signer.path, **signer.headers("POST", signer.path, body)}
    algorithm = {"hmac": signing.HMAC, "ed25519": signing.ED25519, "rsa": signing.RSA}[kind]
    assert holds(parts, algorithm, key, body)
    name = data.draw(st.sampled_from([*sorted(parts), "body"]))
    if name == "body":
        at = data.draw(st.integers(0, len(body) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[at]))
        body = body[:at] + bytes([other]) + body[at + 1 :]
    else:
        text = parts[name]
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(
            st.characters(min_codepoint=33, max_codepoint=126).filter(lambda sign: sign != text[at])
        )
        parts[name] = text[:at] + other + text[at + 1 :]
    if name == "Signature" and kind != "rsa":
        # The last sign of base64 has bits that stand for nothing; a decoder that is strict refuses them too.
        assert not holds(parts, algorithm, key, body) or signature(parts) == signature({**parts, name: text})
    else:
        assert not holds(parts, algorithm, key, body)


def signature(parts) -> bytes:
    return signing.read_head(parts["method"], parts["path"], parts).signature


def holds(parts, algorithm, key, body) -> bool:
    try:
        head = signing.read_head(parts["method"], parts["path"], parts)
    except signing.Unreadable:
        return False
    return signing.verifies(head, algorithm, key) and head.digest == sha256(body).digest()


def test_sent_eight_times_at_once_it_is_kept_once(app, bank, module_db):
    body = banks.payment()
    data = banks.written(body)
    same = bank.headers("POST", bank.path, data)

    def one(number: int):
        headers = same if number % 2 else bank.headers("POST", bank.path, data)
        return app.test_client().post(bank.path, data=data, headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    assert sorted(each.status_code for each in answers) == [200] * 7 + [201]
    assert len({each.data for each in answers}) == 1
    assert kept(module_db, body["referenceNo"]) == 1


def test_numbers_follow_one_another_without_a_gap(app, bank, module_db):
    def one(_: int):
        data = banks.written(banks.payment())
        return app.test_client().post(bank.path, data=data, headers=bank.headers("POST", bank.path, data))

    with ThreadPoolExecutor(8) as pool:
        assert {each.status_code for each in pool.map(one, range(24))} == {201}
    found = [row[0] for row in rows(module_db, "SELECT seq FROM finance.channel_payment ORDER BY seq")]
    assert found == list(range(1, len(found) + 1))


def notice(app, parts, *, amount: int, obligation: str, dues=None):
    told = {
        "taxOfficeCode": "7101234",
        "noticeNo": f"TB-{obligation}",
        "issuedOn": "2026-09-01",
        "dossier": "HS-2026-7",
        "lines": [
            {
                "lineNo": 1,
                "subItem": "1006",
                "amountVnd": amount,
                "obligationId": obligation,
                "dues": dues or [{"on": "2026-10-01", "amountVnd": amount}],
            }
        ],
    }
    token = machines.token(parts.database)
    headers = machines.bearer(token, **{"Idempotency-Key": obligation})
    answer = app.test_client().post("/api/v1/tax/notices", json=told, headers=headers)
    assert answer.status_code == 201, answer.json


def test_money_is_kept_whatever_was_asked_for_and_it_says_how_it_stands(app, parts, send, bank, module_db):
    halves = [{"on": "2026-10-01", "amountVnd": 50}, {"on": "2026-11-01", "amountVnd": 50}]
    notice(app, parts, amount=100, obligation="OWED-1", dues=halves)
    told = [
        send(bank, banks.payment(obligationId=name, amountVnd=amount)).json["standing"]
        for name, amount in (("OWED-1", 100), ("OWED-1", 50), ("OWED-1", 99), ("OWED-9", 100))
    ]
    assert told == ["expected", "expected", "amount-differs", "unknown"]
    notice(app, parts, amount=100, obligation="OWED-9")
    now = rows(
        module_db,
        "SELECT s.standing_then, s.standing, s.confirmed FROM finance.channel_payment_standing s"
        " JOIN finance.channel_payment p ON p.id = s.id WHERE p.obligation_id = 'OWED-9'",
    )
    assert now == [("unknown", "expected", False)]
    nothing = send(bank, banks.payment(obligationId=None))
    assert (nothing.status_code, nothing.json["standing"]) == (201, "unknown")


def test_officers_see_what_banks_told_of_and_what_was_not_asked_for(
    app, parts, send, bank, signed_in, monkeypatch
):
    notice(app, parts, amount=777_000, obligation="SEEN-1")
    asked, other = (banks.payment(obligationId="SEEN-1", amountVnd=amount) for amount in (777_000, 776_999))
    lost = banks.payment(obligationId=None, dossier="HS-2026-000123-84", paidAt="2026-09-10T23:30:00+07:00")
    for body in (asked, other, lost):
        assert send(bank, body).status_code == 201
    client = app.test_client()
    signed_in(client, "auditor")
    everything = client.get("/office/channel-payments?lang=en").text
    assert all(body["referenceNo"] in everything for body in (asked, other, lost))
    assert all(text in everything for text in ("777,000", "Another amount than asked for", "For nothing we know"))
    assert "10/09/2026" in everything
    assert 'href="/office/dossiers/HS-2026-000123-84"' in everything
    odd = client.get("/office/channel-payments?only=odd&lang=vi").text
    assert "Khác số tiền phải nộp" in odd
    assert asked["referenceNo"] not in odd
    monkeypatch.setattr(channel_pages, "PAGE", 2)
    newest = client.get("/office/channel-payments").text
    following = re.search(r"channel-payments\?(cursor=\w+)", newest)
    assert following is not None
    assert [body["referenceNo"] in newest for body in (asked, other, lost)] == [False, True, True]
    earlier = client.get(f"/office/channel-payments?{following[1]}").text
    assert [body["referenceNo"] in earlier for body in (asked, other, lost)] == [True, False, False]


def test_shared_secrets_lie_sealed_and_follow_the_newest_key(bank, module_db, tmp_path):
    # The last of the file: this service knows the older key only.
    kept = rows(module_db, "SELECT sealed FROM finance.channel_key WHERE kid = %s", bank.kid)[0][0]
    assert bank.secret not in kept
    (tmp_path / "keys").write_text(SECRET_KEYS)
    settings = settings_for(module_db, SECRET_KEYS="", SECRET_FILE=str(tmp_path / "keys"))
    add_key(settings)
    newer = Vault(settings)
    secrets = rows(module_db, "SELECT count(sealed) FROM finance.channel_key")[0][0]
    assert [seal_stored(module_db, newer) for _ in range(2)] == [secrets, 0]
    again = rows(module_db, "SELECT sealed FROM finance.channel_key WHERE kid = %s", bank.kid)[0][0]
    assert version_of(again) == newer.newest
    with application(settings) as other:
        data = banks.written(banks.payment())
        answer = other.test_client().post(bank.path, data=data, headers=bank.headers("POST", bank.path, data))
        assert answer.status_code == 201
