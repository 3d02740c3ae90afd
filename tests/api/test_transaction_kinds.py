"""What a committed draft did is registered under its code of the national dictionary, an annulment under ours."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.core import migrate
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import insert, rules, set_uses, split

REF = "25195-12-345"
PAPER = {"docNo": "15/QĐ-VPĐK"}


@pytest.fixture
def land(fresh_db: str) -> str:
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 600})
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet, uses={"ODT": 600})
    return fresh_db


@pytest.fixture
def lan(land):
    with application(settings_for(land)) as app:
        client = app.test_client()
        sign_client_in(client, "processor")
        yield client


def entered(client, *bodies) -> dict:
    """Commit a draft; return its transaction."""
    code = client.post("/api/v1/drafts", json={}).json["draft"]
    for body in bodies:
        answer = client.post(f"/api/v1/drafts/{code}/operations", json=body)
        assert answer.status_code == 201, answer.json
    done = client.post(f"/api/v1/drafts/{code}/commit", json=PAPER)
    assert done.status_code == 200, done.json
    return client.get(f"/api/v1/transactions/{done.json['transaction']}").json


def retire(ref: str, reason: str) -> dict:
    return {"op": "retire", "parcels": [ref], "reason": reason}


def test_each_change_is_registered_under_the_code_of_what_it_is(lan, land):
    with psycopg.connect(land) as conn:
        conn.execute("UPDATE cadastre.rule SET second_person = false")
    assert entered(lan, insert(REF, (20, 10)))["kind"] == "TD"
    assert entered(lan, set_uses("25195-12-346", ("ODT", 500), ("CLN", 100)))["kind"] == "TD"
    assert entered(lan, split(REF, (8, -3), (8, 33)))["kind"] == "TN"
    assert entered(lan, retire("25195-12-347", "stateRecovery"))["kind"] == "TH"
    assert entered(lan, retire("25195-12-348", "erosion"))["kind"] == "SA"
    assert entered(lan, retire("25195-12-346", "registeredByMistake"))["kind"] == "SN"


def test_a_draft_that_undoes_a_record_is_registered_as_the_annulment_of_its_transaction(lan):
    first = entered(lan, split(REF, (8, -3), (8, 33)))
    undone = entered(lan, {"op": "reinstate", "record": first["record"]["code"]})
    assert (undone["kind"], undone["undoes"]) == ("HUY", first["transaction"])
    assert [each["ref"] for each in undone["parcels"]["new"]] == [REF]
    again = lan.post(f"/api/v1/transactions/{first['transaction']}/undo", json={"reason": "Nhầm"})
    assert (again.status_code, again.json) == (201, undone)
    assert lan.get(f"/api/v1/transactions/{first['transaction']}").json["undoneBy"] == undone["transaction"]


def test_undoing_a_record_that_was_no_transaction_is_an_annulment_too(lan, land):
    with psycopg.connect(land) as conn:
        imported = make.record(conn, kind="import")
        sheet = int(make.one(conn, "SELECT id FROM cadastre.map_series"))
        make.parcel(conn, box(100, 0, 20, 30), number="900", series_id=sheet, why=imported)
        (code,) = conn.execute("SELECT code FROM cadastre.record WHERE id = %s", (imported,)).fetchone()
    undone = entered(lan, {"op": "reinstate", "record": code})
    assert (undone["kind"], undone["undoes"]) == ("HUY", None)


def test_transactions_of_before_get_their_codes_and_give_them_back(lan, land):
    first = entered(lan, split(REF, (8, -3), (8, 33)))
    codes = {"split": first["transaction"]}
    codes["moved"] = entered(lan, insert("25195-12-346", (40, 10)))["transaction"]
    codes["undone"] = entered(lan, {"op": "reinstate", "record": first["record"]["code"]})["transaction"]

    def stored() -> dict[str, tuple[str, bool]]:
        with psycopg.connect(land) as conn:
            rows = conn.execute("SELECT code, kind, undoes_id IS NOT NULL FROM registry.transaction").fetchall()
        return {name: next(row[1:] for row in rows if row[0] == code) for name, code in codes.items()}

    now = {"split": ("TN", False), "moved": ("TD", False), "undone": ("HUY", True)}
    assert stored() == now
    migrate.migrate(land, "0033_balance_what_ended")
    assert stored() == now | {"moved": ("CL", False)}
    with psycopg.connect(land) as conn:  # as the release before registered it
        conn.execute("ALTER TABLE registry.transaction DISABLE TRIGGER t05_append_only")
        conn.execute("UPDATE registry.transaction SET kind = 'CL', undoes_id = NULL WHERE kind = 'HUY'")
        conn.execute("ALTER TABLE registry.transaction ENABLE TRIGGER t05_append_only")
    migrate.migrate(land)
    assert stored() == now
