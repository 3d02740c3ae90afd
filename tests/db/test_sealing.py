"""Numbers of payers are sealed at rest, found by their exact value, read in full by few, and follow newer keys."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest
from landsvc.core import migrate
from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.secret_keys import SecretKeysMissing, SecretKeysWrong, add_key, file_of, settle
from landsvc.core.secrets import Vault, version_of
from landsvc.core.web import EXTENSION
from landsvc.finance import service
from landsvc.finance.sealing import seal_stored
from tests.conftest import SECRET_KEYS, application, as_role, settings_for, sign_client_in
from tests.factories import cadastre as land
from tests.factories import machines

PAYMENTS = "/api/v1/tax/payments"
NUMBER, OTHER = "079012345678", "079099990000"
OLD_BODY = '{"id": 1, "payerRef": "079012345678"}'


@pytest.fixture
def office(fresh_db) -> Iterator[SimpleNamespace]:
    """A register with one parcel, and a tax client."""
    with psycopg.connect(fresh_db) as conn:
        land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=land.series(conn, land.commune(conn)))
    with application(settings_for(fresh_db)) as app:
        parts = app.extensions[EXTENSION]
        token = machines.token(parts.database)
        yield SimpleNamespace(app=app, dsn=fresh_db, token=token, database=parts.database, vault=parts.vault)


def send(office, reference: str, number: str | None = NUMBER, key: str | None = None, **changes):
    body = {
        "parcel": "25195-12-345", "channel": "ETAX", "referenceNo": reference, "subItem": "2801",
        "amountVnd": 1_250_000, "paidAt": "2026-01-20T09:15:00+07:00", "payerRef": number,
    }  # fmt: skip
    headers = machines.bearer(office.token, **{"Idempotency-Key": key or f"key-{reference}"})
    return office.app.test_client().post(PAYMENTS, json=body | changes, headers=headers)


def everything(dsn: str) -> bytes:
    """All that the tables keep of payments and answers, as they keep it."""
    with psycopg.connect(dsn) as conn:
        rows = [
            conn.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t").fetchone()[0] or ""
            for table in ("finance.tax_payment", "core.idempotency", "core.outbox", "identity.audit")
        ]
        sealed = conn.execute("SELECT string_agg(sealed, '') FROM core.idempotency").fetchone()[0] or b""
    return " ".join(rows).encode() + sealed


def keep_in_the_clear(dsn: str) -> None:
    """Put a payment and its answer back to what they were before numbers were sealed."""
    with psycopg.connect(dsn) as conn:
        conn.execute("ALTER TABLE finance.tax_payment DISABLE TRIGGER t01_append_only")
        conn.execute(
            "UPDATE finance.tax_payment SET payer_ref = %s, payer_sealed = NULL, payer_index = NULL", (NUMBER,)
        )
        conn.execute("ALTER TABLE finance.tax_payment ENABLE TRIGGER t01_append_only")
        conn.execute(
            "UPDATE core.idempotency SET request_hash = sha256('x'), body = %s, sealed = NULL", (OLD_BODY,)
        )


def test_no_table_keeps_a_number_in_the_clear_and_the_payment_is_the_same_when_sent_again(office):
    first = send(office, "A1")
    assert (first.status_code, first.json["payerRef"]) == (201, NUMBER)
    again, other_key = send(office, "A1"), send(office, "A1", key="another")
    assert (again.status_code, again.data) == (201, first.data)
    assert (other_key.status_code, other_key.json) == (200, first.json)
    differs = send(office, "A1", OTHER, key="third")
    assert (differs.status_code, differs.json["differs"]) == (409, ["payerRef"])
    assert send(office, "A1", OTHER).json["code"] == "idempotency-key-reused"
    listed = office.app.test_client().get(PAYMENTS, headers=machines.bearer(office.token)).json["payments"]
    assert [each["payerRef"] for each in listed] == [NUMBER]
    assert NUMBER.encode() not in everything(office.dsn)


def test_payments_of_a_number_are_found_without_opening_any(office):
    for reference, number in (("B1", NUMBER), ("B2", OTHER), ("B3", NUMBER), ("B4", None)):
        assert send(office, reference, number).status_code == 201
    actor = sign_client_in(office.app.test_client(), "processor")
    with office.database.unit_of_work(EDITOR_ROLE) as session:
        found, more = service.payments_of_payer(session, office.vault, NUMBER, actor=actor)
    assert ([each.reference_no for each in found], more) == (["B1", "B3"], False)
    assert {each.payer_ref for each in found} == {"••••••••5678"}
    assert NUMBER.encode() not in everything(office.dsn)


def test_the_whole_number_is_for_some_roles_and_each_reading_is_traced(office):
    number = send(office, "C1").json["id"]
    client = office.app.test_client()
    address = f"/api/v1/payments/{number}/payer"
    assert client.get(address).status_code == 401
    for role in ("citizen", "counter", "surveyor", "leader"):
        sign_client_in(client, role)
        assert client.get(address).json["code"] == "role-needed"
    actor = sign_client_in(client, "auditor")
    for _ in range(2):
        answer = client.get(address)
        assert (answer.json, answer.headers["Cache-Control"]) == (
            {"payment": number, "payerRef": NUMBER},
            "no-store",
        )
    assert client.get("/api/v1/payments/999999/payer").json["code"] == "unknown-payment"
    with psycopg.connect(office.dsn) as conn:
        traced = conn.execute(
            "SELECT account_id, object FROM identity.audit WHERE action = 'payer.read'"
        ).fetchall()
    assert traced == [(actor.account_id, f"payment:{number}")] * 2
    panel = client.get("/office/inspector?parcel=25195-12-345").get_data(as_text=True)
    assert "••••••••5678" in panel
    assert f'data-show-payer="{number}"' in panel
    assert NUMBER not in panel
    sign_client_in(client, "counter")
    assert "data-show-payer" not in client.get("/office/inspector?parcel=25195-12-345").get_data(as_text=True)


def test_what_lay_in_the_clear_is_sealed_once_and_works_as_before(office):
    first = send(office, "D1")
    keep_in_the_clear(office.dsn)
    assert send(office, "D1", key="other-1").json == first.json, "a row of before is read as it is"
    assert [seal_stored(office.dsn, office.vault), seal_stored(office.dsn, office.vault)] == [2, 0]
    assert NUMBER.encode() not in everything(office.dsn)
    assert send(office, "D1", key="other-2").json == first.json
    with psycopg.connect(office.dsn) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE finance.tax_payment SET amount_vnd = 1")


def test_a_sealed_number_copied_to_another_payment_does_not_open(office):
    send(office, "E1")
    number = send(office, "E2", OTHER).json["id"]
    with psycopg.connect(office.dsn) as conn:
        conn.execute("ALTER TABLE finance.tax_payment DISABLE TRIGGER t01_append_only")
        conn.execute(
            "UPDATE finance.tax_payment SET payer_sealed = (SELECT payer_sealed FROM finance.tax_payment"
            " WHERE reference_no = 'E1') WHERE reference_no = 'E2'"
        )
    client = office.app.test_client()
    sign_client_in(client, "processor")
    assert client.get(f"/api/v1/payments/{number}/payer").json["code"] == "seal-broken"


def own_keys(office, tmp_path) -> Settings:
    """Settings with a file of keys of their own."""
    return settings_for(office.dsn, SECRET_KEYS="", DATA=str(tmp_path))


def test_the_first_start_makes_a_key_and_no_other_is_made_in_its_place(office, tmp_path):
    settings = own_keys(office, tmp_path)
    assert [settle(office.dsn, settings), settle(office.dsn, settings)] == [True, False]
    file = file_of(settings)
    assert file.stat().st_mode & 0o777 == 0o600
    kept = file.read_bytes()
    file.rename(tmp_path / "aside")
    with pytest.raises(SecretKeysMissing, match=r"secret\.keys"):
        settle(office.dsn, settings)
    assert not file.exists()
    with pytest.raises(SecretKeysWrong):
        settle(office.dsn, settings_for(office.dsn, SECRET_KEYS=SECRET_KEYS))
    file.write_bytes(kept)
    assert not settle(office.dsn, settings)


def test_everything_goes_under_a_newer_key(office, tmp_path):
    send(office, "F1")
    settings = settings_for(office.dsn, SECRET_KEYS="", SECRET_FILE=str(tmp_path / "keys"))
    (tmp_path / "keys").write_text(SECRET_KEYS)
    settle(office.dsn, settings)
    add_key(settings)
    settle(office.dsn, settings)
    newer = Vault(settings)
    assert seal_stored(office.dsn, newer) == 2
    with psycopg.connect(office.dsn) as conn:
        rows = conn.execute(
            "SELECT payer_sealed FROM finance.tax_payment UNION ALL SELECT sealed FROM core.idempotency"
        ).fetchall()
    assert {version_of(row[0]) for row in rows} == {2}
    with application(settings) as app:
        again = SimpleNamespace(app=app, token=office.token)
        assert send(again, "F1").json["payerRef"] == NUMBER
    without = send(office, "F1")
    assert (without.status_code, without.json["code"]) == (503, "secret-keys-missing")


def test_the_panel_is_shown_while_the_keys_are_away(office, tmp_path):
    send(office, "G1")
    with application(own_keys(office, tmp_path)) as app:
        client = app.test_client()
        sign_client_in(client, "processor")
        panel = client.get("/office/inspector?parcel=25195-12-345")
        assert panel.status_code == 200
        assert "••••" in panel.get_data(as_text=True)


def test_the_command_makes_keys_and_rotates_them(office, tmp_path):
    environ = os.environ | {"LANDSVC_DATABASE_URL": office.dsn, "LANDSVC_DATA": str(tmp_path)}
    environ["LANDSVC_SECRET_KEYS"] = ""
    for word, newest in (("make", 1), ("rotate", 2)):
        command = [sys.executable, "-c", "from landsvc.cli import main; main()", "secrets", word, "--json"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert f'"newest": {newest}' in done.stdout


def test_the_tables_are_not_taken_back_while_something_is_sealed(office):
    send(office, "H1")
    with pytest.raises(migrate.MigrationFailed, match="sealed"):
        migrate.migrate(office.dsn, "0023_bend_named_edges")
    assert migrate.current(office.dsn) == "0024_seal_payers"


def test_neither_the_public_nor_an_import_reads_a_sealed_number_or_a_proof(office):
    send(office, "I1")
    for role in ("landsvc_public", "landsvc_import"):
        for table in ("finance.tax_payment", "core.idempotency", "core.secret_key"):
            reader = as_role(office.dsn, role)
            with psycopg.connect(reader) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT * FROM {table}")
