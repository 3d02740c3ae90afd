"""Notices come in once, in any order with payments; what each line has is the same whatever happened on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core.db import TAX_ROLE
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import IDENTITY_NUMBER, Vault, version_of
from landsvc.core.web import EXTENSION
from landsvc.finance import service
from landsvc.finance.mirror import queries
from landsvc.finance.mirror import service as mirror
from landsvc.finance.mirror.entries import Due, StatedLine, StatedNotice
from landsvc.finance.mirror.errors import SupersededUnknown
from landsvc.finance.mirror.sealing import opened, seal_stored
from landsvc.identity.actors import Client
from tests.factories import cadastre as land
from tests.factories import machines

from conftest import SECRET_KEYS, application, settings_for

CODE = "w6h185vu4rv5"
NOTICES = "/api/v1/tax/notices"
_numbers = count(1)


@pytest.fixture(scope="module")
def app(module_db):
    with psycopg.connect(module_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=CODE)
        conn.commit()
    with application(settings_for(module_db)) as made:
        yield made


@pytest.fixture(scope="module")
def parts(app):
    return app.extensions[EXTENSION]


@pytest.fixture(scope="module")
def token(parts):
    return machines.token(parts.database)


@pytest.fixture
def send(app, token):
    client = app.test_client()

    def sent(path: str, body: dict, key: str | None = None):
        headers = machines.bearer(token, **{"Idempotency-Key": key or f"k-{next(_numbers)}"})
        return client.post(path, json=body, headers=headers)

    return sent


def line(number: int = 1, amount: int = 24_000_000, **more):
    due = [{"on": "2026-10-01", "amountVnd": amount}] if amount else []
    return {"lineNo": number, "subItem": "1006", "amountVnd": amount, "dues": due} | more


def notice(**more):
    told = {"taxOfficeCode": "7101234", "noticeNo": f"TB-{next(_numbers)}/TB-CCT", "issuedOn": "2026-09-01"}
    return told | {"lines": [line()], "payerRef": "079203001234"} | more


def payment(**more):
    return {
        "parcel": CODE,
        "channel": "ETAX",
        "referenceNo": f"R{next(_numbers)}",
        "subItem": "1006",
        "amountVnd": 24_000_000,
        "paidAt": "2026-09-10T09:00:00+07:00",
    } | more


def shown(app, token, number: int):
    told = app.test_client().get(NOTICES, query_string={"limit": 1000}, headers=machines.bearer(token)).json
    return next(each for each in told["notices"] if each["id"] == number)


def events(module_db, dossier: str) -> list[str]:
    with psycopg.connect(module_db) as conn:
        found = conn.execute("SELECT topic FROM core.outbox WHERE key = %s ORDER BY id", [dossier]).fetchall()
    return [row[0] for row in found]


def test_a_notice_is_taken_once_by_key_and_by_number(send, module_db):
    body = notice(dossier="HS-2026-1")
    first = send(NOTICES, body, "key-1")
    assert first.status_code == 201, first.json
    again = send(NOTICES, body, "key-1")
    assert (again.status_code, again.data) == (201, first.data)
    other_key = send(NOTICES, body)
    assert (other_key.status_code, other_key.json["id"]) == (200, first.json["id"])
    assert events(module_db, "HS-2026-1") == ["tax.noticed"]
    with psycopg.connect(module_db) as conn:
        kept = conn.execute("SELECT n::text FROM finance.notice n WHERE id = %s", [first.json["id"]]).fetchone()
        assert "079203001234" not in kept[0]
        with pytest.raises(psycopg.Error, match="only ever added"):
            conn.execute("DELETE FROM finance.notice")


def test_a_number_with_other_content_is_refused_and_the_first_stays(send):
    body = notice()
    send(NOTICES, body)
    refused = send(NOTICES, body | {"lines": [line(amount=5)]})
    assert (refused.status_code, refused.json["code"]) == (409, "notice-differs")
    assert refused.json["differs"] == ["lines"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"lines": [line() | {"amountVnd": 5}]}, 422, "dues-do-not-sum"),
        ({"lines": [line(amount=0)]}, 422, "exemption-without-reason"),
        ({"supersedesNo": "nobody"}, 422, "superseded-notice-unknown"),
        ({"lines": []}, 400, "invalid-input"),
        ({"lines": [line(), line()]}, 422, "line-twice"),
        ({"payer": "x"}, 400, "invalid-input"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(send, changed, status, code):
    refused = send(NOTICES, notice() | changed)
    assert (refused.status_code, refused.json["code"]) == (status, code), refused.json


def test_an_obligation_stands_on_one_notice_and_its_replacements(send):
    first = notice(lines=[line(obligationId="ID-9")])
    send(NOTICES, first)
    refused = send(NOTICES, notice(lines=[line(obligationId="ID-9")]))
    assert (refused.status_code, refused.json["code"]) == (409, "obligation-noticed-before")
    second = notice(lines=[line(obligationId="ID-9", amount=5)], supersedesNo=first["noticeNo"])
    assert send(NOTICES, second).status_code == 201
    third = notice(lines=[line(obligationId="ID-9", amount=6)], supersedesNo=second["noticeNo"])
    assert send(NOTICES, third).status_code == 201
    twice = send(NOTICES, notice(supersedesNo=second["noticeNo"]))
    assert (twice.status_code, twice.json["code"]) == (409, "superseded-before")


def test_payments_before_and_after_a_notice_count_and_a_replacement_takes_them_along(app, send, token):
    early = payment(obligationId="ID-20", amountVnd=10)
    send("/api/v1/tax/payments", early)
    body = notice(lines=[line(obligationId="ID-20", amount=30)])
    first = send(NOTICES, body).json
    assert (first["lines"][0]["paidVnd"], first["lines"][0]["state"]) == (10, "PARTIAL")
    by_number = {"noticeNo": body["noticeNo"], "taxOfficeCode": "7101234"}
    send("/api/v1/tax/payments", payment(amountVnd=20, **by_number))
    assert shown(app, token, first["id"])["lines"][0]["state"] == "PAID"
    replacement = notice(lines=[line(obligationId="ID-20", amount=25)], supersedesNo=body["noticeNo"])
    second = send(NOTICES, replacement).json
    assert (second["lines"][0]["paidVnd"], second["lines"][0]["state"]) == (30, "OVERPAID")
    replaced = shown(app, token, first["id"])["lines"][0]
    assert (replaced["paidVnd"], replaced["state"]) == (0, "REPLACED")
    send("/api/v1/tax/payments", payment(amountVnd=1, **by_number))
    assert shown(app, token, second["id"])["lines"][0]["paidVnd"] == 31


def test_a_dossier_is_settled_when_every_expected_notice_is_and_never_by_payments_alone(send, module_db):
    dossier = "HS-2026-77"
    first = send(NOTICES, notice(dossier=dossier, ofTotal=2)).json
    second = notice(dossier=dossier, ofTotal=2, lines=[line(amount=0, exemption="cha cho con")])
    send("/api/v1/tax/payments", payment(noticeNo=first["noticeNo"], taxOfficeCode="7101234"))
    send(f"{NOTICES}/{first['id']}/confirmations", {"referenceNo": "XN-1", "on": "2026-09-12"})
    assert "tax.settled" not in events(module_db, dossier)
    send(NOTICES, second)
    assert events(module_db, dossier) == ["tax.noticed", "tax.changed", "tax.noticed", "tax.settled"]


def test_what_became_of_a_notice_is_told_once(send):
    number = send(NOTICES, notice()).json["id"]
    deferral = {"referenceNo": "GN-1", "on": "2026-09-12", "until": "2031-09-12"}
    told = send(f"{NOTICES}/{number}/deferrals", deferral)
    assert (told.status_code, told.json["acts"][0]["until"]) == (201, "2031-09-12")
    assert send(f"{NOTICES}/{number}/deferrals", deferral).status_code == 200
    refused = send(f"{NOTICES}/{number}/deferrals", deferral | {"referenceNo": "GN-2"})
    assert (refused.status_code, refused.json["code"]) == (409, "notice-act-differs")
    nobody = send(f"{NOTICES}/999999/confirmations", {"referenceNo": "1", "on": "2026-09-12"})
    assert (nobody.status_code, nobody.json["code"]) == (404, "unknown-notice")


@st.composite
def stories(draw):
    """Chains of notices, each replacing the one before, and payments that name an obligation, a notice or nothing."""
    chains = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    amounts = [[draw(st.integers(1, 100)) for _ in range(length)] for length in chains]
    paid = draw(
        st.lists(
            st.tuples(st.integers(0, len(chains)), st.integers(0, 2), st.booleans(), st.integers(1, 150)),
            max_size=6,
        )
    )
    messages = [("notice", chain, step) for chain, length in enumerate(chains) for step in range(length)]
    messages += [("payment", number, 0) for number in range(len(paid))]
    twice = draw(st.lists(st.sampled_from(messages), max_size=4))
    return amounts, paid, draw(st.permutations(messages + twice))


@examples(max_examples=25, deadline=None)
@given(story=stories())
def test_whatever_the_order_each_line_has_what_slow_reckoning_says(parts, token, story):
    amounts, paid, order = story
    office = f"O{next(_numbers)}"
    client = machine_client(parts.database)

    def number(chain: int, step: int) -> str:
        return f"{chain}-{step}"

    def deliver(kind: str, which: int, step: int) -> bool:
        with parts.database.unit_of_work(TAX_ROLE) as session:
            if kind == "payment":
                chain, at, by_obligation, amount = paid[which]
                known = chain < len(amounts) and at < len(amounts[chain])
                named = {"obligation_id": f"{office}-{chain}"} if by_obligation else {}
                if not by_obligation and known:
                    named = {"notice_no": number(chain, at), "tax_office_code": office}
                stated = service.Statement(
                    CODE,
                    "ETAX",
                    f"{office}-{which}",
                    1,
                    "1006",
                    amount,
                    datetime(2026, 9, 1, tzinfo=UTC),
                    **named,
                )
                service.take_payment(session, parts.database, parts.vault, stated, client=client)
                return True
            owes = amounts[which][step]
            lines = (StatedLine(1, "1006", owes, f"{office}-{which}", None, (Due(date(2026, 10, 1), owes),)),)
            before = number(which, step - 1) if step else None
            stated = StatedNotice(office, number(which, step), date(2026, 9, 1), lines, supersedes_no=before)
            try:
                mirror.take_notice(session, parts.vault, stated, client=client)
            except SupersededUnknown:
                return False
            return True

    waiting = list(order)
    while waiting:
        waiting = [message for message in waiting if not deliver(*message)]

    expected = {(chain, step): 0 for chain, owes in enumerate(amounts) for step in range(len(owes))}
    unmatched = 0
    for chain, at, by_obligation, amount in paid:
        if chain < len(amounts) and (by_obligation or at < len(amounts[chain])):
            expected[chain, len(amounts[chain]) - 1] += amount
        else:
            unmatched += amount
    with parts.database.unit_of_work(TAX_ROLE) as session:
        for (chain, step), money in expected.items():
            kept = queries.notice_by_no(session, office, number(chain, step))
            standing = kept.standing.lines[0]
            assert standing.paid_vnd == money
            assert (standing.state == "REPLACED") == (step < len(amounts[chain]) - 1)
    assert sum(expected.values()) + unmatched == sum(amount for *_, amount in paid)


def machine_client(database) -> Client:
    with psycopg.connect(database.dsn) as conn:
        found = conn.execute("SELECT id, client_id FROM identity.api_client LIMIT 1").fetchone()
    return Client(found[0], found[1], found[1], frozenset({"tax:read", "tax:write"}))


def test_a_newer_key_seals_payers_anew_and_they_are_found_and_read_as_before(send, module_db, tmp_path):
    # The last of the file: this service knows the older key only.
    number = send(NOTICES, notice(payerRef="079203009999")).json["id"]
    (tmp_path / "keys").write_text(SECRET_KEYS)
    settings = settings_for(module_db, SECRET_KEYS="", SECRET_FILE=str(tmp_path / "keys"))
    add_key(settings)
    newer = Vault(settings)
    with psycopg.connect(module_db) as conn:
        (before,) = conn.execute("SELECT count(payer_sealed) FROM finance.notice").fetchone()
        assert [seal_stored(module_db, newer) for _ in range(2)] == [before, 0]
        read = "SELECT payer_sealed, payer_index, tax_office_code, notice_no FROM finance.notice WHERE id = %s"
        kept, index, office, notice_no = conn.execute(read, [number]).fetchone()
        assert version_of(kept) == newer.newest
        assert opened(newer, kept, office, notice_no) == "079203009999"
        assert index in newer.indexes("079203009999", IDENTITY_NUMBER)
        with pytest.raises(psycopg.Error, match="only ever added"):
            conn.execute("UPDATE finance.notice SET slip_no = 'x'")
