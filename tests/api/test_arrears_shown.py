"""Officers see what is owed: of a parcel, in the dossier, and of its parties elsewhere; each reading is traced."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.core import clock
from landsvc.core.web import EXTENSION
from landsvc.finance.obligations.reference import ensure_figures
from landsvc.finance.owed.rules import Due, late_of
from tests.factories import machines
from tests.factories.completion import World
from tests.factories.dossiers import lay, office

OFFICE = "7100001"
RATE = Fraction(3, 10_000)
_numbers = count(1)


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=12)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        found = World(module_db, lambda login: known.setdefault(login, person(login)))
        parts = found.person("lan").client.application.extensions[EXTENSION]
        ensure_figures(parts.settings, parts.database)
        yield found


@pytest.fixture(scope="module")
def wire(world):
    """Send a message of the tax office."""
    app = world.person("lan").client.application
    client, token = app.test_client(), machines.token(app.extensions[EXTENSION].database)

    def sent(path: str, body: dict[str, Any], ok: int = 201) -> Any:
        headers = machines.bearer(token, **{"Idempotency-Key": f"owed-{next(_numbers)}"})
        answer = client.post(f"/api/v1/tax/{path}", json=body, headers=headers)
        assert answer.status_code == ok, answer.json
        return answer.json

    return sent


def notice(amount: int, **more: Any) -> dict[str, Any]:
    """Return a notice of two parts: one due 40 days ago, one in 60 days."""
    number, today = next(_numbers), clock.today()
    dues = [
        {"on": f"{today - timedelta(days=40)}", "amountVnd": amount // 2},
        {"on": f"{today + timedelta(days=60)}", "amountVnd": amount - amount // 2},
    ]
    line = {"lineNo": 1, "subItem": "1602", "amountVnd": amount, "obligationId": f"W{number}", "dues": dues}
    issued = f"{today - timedelta(days=70)}"
    return {"taxOfficeCode": OFFICE, "noticeNo": f"TBW-{number}", "issuedOn": issued, "lines": [line]} | more


def payment(obligation: str, amount: int) -> dict[str, Any]:
    return {
        "channel": "ETAX",
        "referenceNo": f"W{next(_numbers)}",
        "subItem": "1602",
        "amountVnd": amount,
        "paidAt": f"{clock.today()}T00:00:00+07:00",
        "obligationId": obligation,
    }


def owed_of(world: World, ref: str, login: str = "lan", ok: int = 200, **query: str) -> Any:
    answer = world.person(login).client.get(f"/api/v1/parcels/{ref}/arrears", query_string=query)
    assert answer.status_code == ok, answer.json
    return answer.json


def test_a_parcel_tells_what_is_owed_what_is_late_and_about_what_that_costs(world, wire):
    ref, _ = world.held_by(world.registry.party())
    told = notice(1_000_000, parcel=ref)
    wire("notices", told)
    found = owed_of(world, ref)
    assert (found["leftVnd"], found["lateVnd"], found["daysLate"]) == (1_000_000, 500_000, 40)
    assert found["interestVnd"] == 500_000 * 40 * 3 // 10_000
    (line,) = found["lines"]
    assert (line["noticeNo"], line["dueOn"]) == (told["noticeNo"], told["lines"][0]["dues"][0]["on"])
    wire("payments", payment(told["lines"][0]["obligationId"], 500_000))
    found = owed_of(world, ref)
    assert (found["leftVnd"], found["lateVnd"], found["interestVnd"]) == (500_000, 0, 0)
    assert found["lines"][0]["dueOn"] == told["lines"][0]["dues"][1]["on"]
    wire("payments", payment(told["lines"][0]["obligationId"], 500_000))
    assert owed_of(world, ref)["lines"] == []
    assert owed_of(world, ref, on=f"{clock.today() - timedelta(days=80)}")["lines"] == []


def test_the_dossier_says_it_in_one_sentence_first_and_what_parties_owe_elsewhere(world, wire):
    number = f"0790{next(_numbers):08}"
    giver = world.registry.party(documents=[{"kind": "cccd", "number": number}])
    ref, _ = world.held_by(giver)
    other = world.parcel()[0]
    wire("notices", notice(2_000_000, parcel=ref))
    wire("notices", notice(700_000, parcel=other, payerRef=number))
    code = world.submit("CN", [ref])
    shown = world.person("lan").client.get(f"/office/dossiers/{code}?lang=vi").text
    for text in ("Thửa đất còn nợ 2.000.000", "quá hạn 1.000.000", "40 ngày", "Các bên còn nợ 700.000"):
        assert text in shown.replace("\N{NO-BREAK SPACE}", " "), text
    assert number not in shown
    ((traced,),) = world.rows(
        "SELECT count(*) FROM identity.audit WHERE action = 'arrears.read' AND object = %s",
        f"dossier:{code}",
    )
    assert traced >= 1


def test_a_dossiers_own_notice_counts_once_for_its_land(world, wire):
    ref, _ = world.held_by(world.registry.party())
    code = world.submit("CN", [ref])
    wire("notices", notice(300_000, parcel=ref, dossier=code))
    assert len(owed_of(world, ref)["lines"]) == 1


def test_who_may_not_read_money_does_not(world):
    ref = world.parcel()[0]
    answer = world.person("lan").client.application.test_client().get(f"/api/v1/parcels/{ref}/arrears")
    assert answer.status_code == 401
    assert owed_of(world, "25195-12-99999", ok=404)["code"] == "parcel-not-found"
    assert owed_of(world, ref, ok=400, on="3000-01-01")["field"] == "on"


DAY = date(2026, 6, 1)
days = st.integers(-400, 400).map(lambda n: DAY + timedelta(days=n))


@given(
    st.lists(st.tuples(days, st.integers(0, 10**12)), max_size=5),
    st.integers(0, 10**13),
    days,
)
def test_what_is_late_is_reckoned_đồng_by_đồng(dues, paid, on):
    found = late_of([Due(*each) for each in dues], paid, on, RATE)
    cost, late, left = Fraction(0), 0, paid
    for day, vnd in sorted(dues, key=lambda each: each[0]):
        open_ = vnd - min(vnd, left)
        left -= min(vnd, left)
        if (on - day).days > 0:
            late += open_
            cost += Fraction(open_ * (on - day).days * 3, 10_000)
    assert found.due_vnd == late
    assert abs(found.interest_vnd - cost) <= Fraction(1, 2)
    assert (found.since is None) == (late == 0)
    assert late_of([Due(*each) for each in dues], paid, on, RATE, deferred_until=on).due_vnd == 0
    unknown = late_of([Due(*each) for each in dues], paid, on, None)
    assert (unknown.due_vnd, unknown.interest_vnd) == (late, None if late else 0)
