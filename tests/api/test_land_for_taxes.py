"""The tax office's machine sees land with its money and without names, and what a taxpayer holds, each look traced."""

from __future__ import annotations

import json

import psycopg
import pytest
from landsvc.core import outbox
from landsvc.core.throttle import Throttle
from landsvc.core.web import EXTENSION
from landsvc.finance.catalogues.reference import ensure_catalogues
from landsvc.registry.taxed import routes
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import machines
from tests.factories.rights import Registry, lay_land

NUMBER, NAME = "079085001234", "Lê Thị Ánh Nguyệt"
PURPOSE = {"number": NUMBER, "purpose": "land-tax-summary", "case": "12/CCT"}


@pytest.fixture(scope="module")
def place(make_clone):
    with make_clone() as dsn:
        refs = lay_land(dsn, 8)
        settings = settings_for(dsn)
        with application(settings) as app:
            database = app.extensions[EXTENSION].database
            ensure_catalogues(settings, database)
            client = app.test_client()
            sign_client_in(client, "processor")
            office = Registry(client)
            her = office.party(NAME, documents=[{"kind": "cccd", "number": NUMBER}])
            other = office.party("Trần Văn Bình")
            office.right([refs[0]], {her: None})
            office.right([refs[1]], {her: "1/3", other: "2/3"})
            office.right([refs[2]], {other: None})
            yield app, dsn, refs, her, other


@pytest.fixture
def machine(place):
    app = place[0]
    token = machines.token(app.extensions[EXTENSION].database, "t2", "tax:read", "tax:write", "tax:persons")
    client, keys = app.test_client(), iter(range(1000))

    def ask(method: str, path: str, body=None, ok: int = 200):
        headers = machines.bearer(token, **{"Idempotency-Key": f"k{next(keys)}-{path[-9:]}"})
        answer = client.open(f"/api/v1/tax/{path}", method=method, json=body, headers=headers)
        assert answer.status_code == ok, answer.text
        return answer.json

    return ask


def trail(dsn: str, action: str) -> list[tuple]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT object, details FROM identity.audit WHERE action = %s ORDER BY id", [action]
        ).fetchall()


def test_a_parcel_is_shown_with_its_money_and_nobodys_name(place, machine):
    _, dsn, refs, her, other = place
    found = machine("GET", f"parcels/{refs[1]}")
    assert found["parcel"]["ref"] == refs[1]
    assert [each["party"] for each in found["rights"][0]["holders"]] == [her, other]
    assert [(each["num"], each["den"]) for each in found["rights"][0]["holders"]] == [(1, 3), (2, 3)]
    assert (found["notices"], found["payments"], found["owedVnd"], found["overdueVnd"]) == ([], [], 0, 0)
    assert [each["whyNot"] for each in found["prices"]] == ["no-table"] * len(found["parcel"]["uses"])
    dues = [{"on": "2026-02-01", "amountVnd": 600}, {"on": "2099-01-01", "amountVnd": 400}]
    line = {"lineNo": 1, "subItem": "1602", "amountVnd": 1000, "dues": dues, "obligationId": "ID-9"}
    notice = {"taxOfficeCode": "7101234", "noticeNo": "TB-9", "issuedOn": "2026-01-02", "lines": [line]}
    machine("POST", "notices", notice | {"parcel": refs[1], "payerRef": NUMBER}, 201)
    payment = {"parcel": refs[1], "channel": "ETAX", "referenceNo": "R9", "subItem": "1602", "amountVnd": 250}
    paid_at = {"paidAt": "2026-03-01T08:00:00+07:00", "obligationId": "ID-9", "payerRef": NUMBER}
    machine("POST", "payments", payment | paid_at, 201)
    found = machine("GET", f"parcels/{refs[1]}")
    assert (found["owedVnd"], found["overdueVnd"]) == (750, 350)
    assert found["notices"][0]["lines"][0]["paidVnd"] == 250
    assert [each["referenceNo"] for each in found["payments"]] == ["R9"]
    assert NUMBER not in json.dumps(found)
    assert NAME not in json.dumps(found, ensure_ascii=False)
    on, details = trail(dsn, "land.read")[-1]
    assert on.startswith("parcel:")
    assert details["about"] == sorted([f"party:{her}", f"party:{other}"])


def test_who_asks_needs_the_scope_and_names_a_parcel_there_is(place, machine):
    app = place[0]
    assert machine("GET", "parcels/25195-12-99", None, 404)["code"] == "parcel-not-found"
    assert app.test_client().get("/api/v1/tax/parcels/25195-12-1").status_code == 401
    reader = machines.token(app.extensions[EXTENSION].database, "reader")
    answer = app.test_client().post(
        "/api/v1/tax/taxpayers/parcels", json=PURPOSE, headers=machines.bearer(reader)
    )
    assert (answer.status_code, answer.json["code"]) == (403, "scope-needed")


def test_what_a_taxpayer_holds_is_found_for_a_purpose_and_traced(place, machine):
    _, dsn, refs, her, other = place
    before = len(trail(dsn, "land.read"))
    found = machine("POST", "taxpayers/parcels", PURPOSE)
    assert [each["parcel"]["ref"] for each in found["parcels"]] == refs[:2]
    assert {each["party"] for each in found["parcels"]} == {her}
    assert [each["party"] for each in found["parcels"][1]["rights"][0]["holders"]] == [her, other]
    searched = trail(dsn, "taxpayer.searched")[-1][1]
    assert (searched["purpose"], searched["case"], searched["count"]) == ("land-tax-summary", "12/CCT", 2)
    reads = trail(dsn, "land.read")[before:]
    assert [each[1]["purpose"] for each in reads] == ["land-tax-summary"] * 2
    with psycopg.connect(dsn) as conn:
        [[kept]] = conn.execute("SELECT count(*) FROM identity.audit t WHERE t::text LIKE %s", [f"%{NUMBER}%"])
    assert kept == 0
    assert machine("POST", "taxpayers/parcels", PURPOSE | {"number": "079085009999"})["parcels"] == []
    assert machine("POST", "taxpayers/parcels", PURPOSE | {"number": "0790 8500 1234"})["numberReturned"] == 2
    refused = machine("POST", "taxpayers/parcels", PURPOSE | {"purpose": "curiosity"}, 422)
    assert refused["code"] == "search-purpose-unknown"
    assert machine("POST", "taxpayers/parcels", {"number": NUMBER}, 400)["field"] == "purpose"


def test_who_searches_too_often_waits_and_learns_nothing(place, machine, monkeypatch):
    dsn = place[1]
    monkeypatch.setattr(routes, "_searches", Throttle(2))
    for _ in range(2):
        machine("POST", "taxpayers/parcels", PURPOSE)
    before = len(trail(dsn, "taxpayer.searched"))
    assert machine("POST", "taxpayers/parcels", PURPOSE, 429)["code"] == "too-many-requests"
    assert len(trail(dsn, "taxpayer.searched")) == before


def test_a_payment_that_is_placed_later_is_told_with_its_parcel(place, machine):
    from landsvc.finance.feed import service as feed

    app, dsn, refs, *_ = place
    database = app.extensions[EXTENSION].database
    outbox.run_batch(database, feed.CONSUMER)
    lost = {
        "channel": "ETAX",
        "referenceNo": "R-lost",
        "subItem": "1602",
        "amountVnd": 5,
        "parcel": "25195-12-77",
    }
    machine("POST", "payments", lost | {"paidAt": "2026-03-01T08:00:00+07:00"}, 201)
    while outbox.run_batch(database, feed.CONSUMER):
        pass
    with psycopg.connect(dsn) as conn:
        found = "SELECT state ->> 'parcel' FROM finance.change WHERE key = 'ETAX/R-lost/1' ORDER BY seq"
        assert conn.execute(found).fetchall() == [(None,)]
        unit = conn.execute("SELECT unit_id FROM cadastre.parcel ORDER BY unit_id LIMIT 1").fetchone()[0]
        conn.execute(
            "INSERT INTO finance.payment_place (payment_id, unit_id, how)"
            " SELECT id, %s, 'notice' FROM finance.tax_payment WHERE reference_no = 'R-lost'",
            [unit],
        )
        conn.commit()
        while outbox.run_batch(database, feed.CONSUMER):
            pass
        assert conn.execute(found).fetchall() == [(None,), (str(unit),)]
