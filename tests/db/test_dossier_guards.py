"""What the database itself promises of dossiers: events alone move them, in order, by two people."""

from __future__ import annotations

import json

import psycopg
import pytest
from tests.conftest import as_role
from tests.factories.dossiers import HERE, lay, office

EVENT = """
INSERT INTO registry.dossier_event (dossier_id, seq, action, from_state, to_state, account_id, account_name, spent_days,
       fingerprint)
SELECT d.id, d.revision + %(ahead)s, %(action)s, d.state, %(to)s, %(who)s, 'x', 0, '\\x00' FROM registry.dossier d
 WHERE d.code = %(code)s
"""


@pytest.fixture(scope="module")
def laid(module_db):
    lay(module_db)
    return module_db


@pytest.fixture(scope="module")
def person(laid):
    with office(laid) as found:
        yield found


def account(laid: str, login: str) -> int:
    with psycopg.connect(laid) as conn:
        return conn.execute("SELECT id FROM identity.account WHERE login = %s", [login]).fetchone()[0]


def refused(
    laid: str, code: str, action: str, to: str, *, by: str, acting: str | None = None, ahead: int = 1
) -> str:
    """Write an event as the editor role, and return the rule that refused it, empty when none did."""
    with psycopg.connect(laid) as conn:
        conn.execute("SET LOCAL ROLE landsvc_editor")
        conn.execute("SELECT set_config('landsvc.acting', %s, true)", [str(account(laid, acting or by))])
        given = {"code": code, "action": action, "to": to, "who": account(laid, by), "ahead": ahead}
        try:
            conn.execute(EVENT, given)
        except psycopg.errors.CheckViolation as error:
            return error.diag.constraint_name or ""
        finally:
            conn.rollback()
    return ""


def signed(person, procedure: str, papers: str, number: int) -> str:
    hoa, lan, tuan = person("hoa"), person("lan"), person("tuan")
    body = {"procedure": procedure, "documents": [{"document": name} for name in papers.split()]}
    made = hoa.submit(parcels=[f"{HERE}-12-{number}"], **body)
    code = made.json["dossier"]
    for who, action in ((lan, "take"), (lan, "draft"), (tuan, "sign")):
        assert who.move(code, action).status_code == 200
    return code


def test_an_event_is_allowed_by_the_data_by_whoever_acts_and_next_in_turn(person, laid):
    code = person("hoa").submit().json["dossier"]
    assert refused(laid, code, "take", "VERIFYING", by="lan") == ""
    assert refused(laid, code, "take", "SIGNED", by="lan") == "transition-not-allowed"
    assert refused(laid, code, "sign", "SIGNED", by="tuan") == "transition-not-allowed"
    assert refused(laid, code, "take", "VERIFYING", by="lan", acting="binh") == "acting-as-another"
    assert refused(laid, code, "take", "VERIFYING", by="lan", ahead=2) == "stale-dossier"
    assert refused(laid, code, "take", "VERIFYING", by="son") == "outside-the-offices-area"
    assert refused(laid, code, "withdraw", "WITHDRAWN", by="son") == ""  # any office takes a withdrawal


def test_nobody_moves_a_dossier_but_by_an_event(laid):
    with psycopg.connect(as_role(laid, "landsvc")) as conn:
        conn.execute("SET LOCAL ROLE landsvc_editor")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("UPDATE registry.dossier SET state = 'RETURNED'")
    with psycopg.connect(laid) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("DELETE FROM registry.dossier_event")


def test_whoever_processed_never_signs(person, laid):
    both = person("both")
    code = (
        person("hoa")
        .submit(procedure="TN", documents=[{"document": name} for name in ("form-21", "form-22", "certificate")])
        .json["dossier"]
    )
    for action in ("take", "draft"):
        assert both.move(code, action).status_code == 200
    assert refused(laid, code, "sign", "SIGNED", by="both") == "processor-never-signs"
    assert refused(laid, code, "sign", "SIGNED", by="tuan") == ""


def test_on_one_parcel_the_earlier_minute_is_completed_first_unless_the_effects_agree(person, laid):
    split = signed(person, "TN", "form-21 form-22 certificate", 346)
    mortgage = signed(person, "TC", "form-mortgage certificate deed-mortgage", 346)
    elsewhere = signed(person, "TC", "form-mortgage certificate deed-mortgage", 347)
    name = signed(person, "DT", "form-18 certificate change-evidence", 346)
    assert refused(laid, mortgage, "record", "RECORDED", by="lan") == "earlier-dossier-first"
    for code in (split, elsewhere, name):
        assert refused(laid, code, "record", "RECORDED", by="lan") == "", code
    found = person("lan").read(mortgage)["findings"]
    assert next(each for each in found if each["code"] == "DOS-ORDER")["facts"] == {"earlier": [split]}
    assert person("hoa").move(split, "apologise").status_code == 403
    with psycopg.connect(laid) as conn:  # ended otherwise, it blocks no more
        conn.execute("UPDATE registry.dossier SET state = 'REFUSED' WHERE code = %s", [split])
    assert refused(laid, mortgage, "record", "RECORDED", by="lan") == ""


def test_a_hold_on_the_land_stops_what_its_procedure_says(person, laid):
    sale = signed(person, "TN", "form-21 form-22 certificate", 348)
    release = signed(person, "XC", "form-release certificate", 348)
    with psycopg.connect(laid) as conn:
        why = conn.execute("SELECT id FROM cadastre.record ORDER BY id LIMIT 1").fetchone()[0]
        conn.execute("SELECT set_config('landsvc.acting', 'operator', true)")
        conn.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " SELECT 'block', 'parcel', m.unit_id, 'Tòa án', '01/QĐ', %s FROM registry.dossier d"
            "   JOIN registry.dossier_parcel m ON m.dossier_id = d.id WHERE d.code = %s",
            [why, sale],
        )
    assert refused(laid, sale, "record", "RECORDED", by="lan") == "dossier-held"
    told = {each["code"]: each for each in person("lan").read(sale)["findings"]}
    assert told["DOS-HOLD"]["facts"]["holds"][0]["issuer"] == "Tòa án"
    assert json.dumps(person("lan").read(release)["findings"]).count("Tòa án") == 0
