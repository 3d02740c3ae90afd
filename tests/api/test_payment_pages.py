"""Officers see which payments are not settled, why and who settles them; they place what names no parcel."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import psycopg
import pytest
from landsvc.core.web import EXTENSION
from tests.factories import cadastre as land
from tests.factories import machines

from conftest import application, settings_for

CODE = "w6h185vu4rv5"
HOME = "/office/payments?since=2026-09-01&until=2026-11-20"
PAYER = "079203008765"
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
def wire(app):
    client, token = app.test_client(), machines.token(app.extensions[EXTENSION].database)

    def sent(path: str, body: dict[str, Any]) -> int:
        headers = machines.bearer(token, **{"Idempotency-Key": f"k-{next(_numbers)}"})
        answer = client.post(f"/api/v1/tax/{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.json
        return answer.json["id"]

    return sent


def notice(wire, number: str, **more: Any) -> int:
    """Send a notice over 100 đồng: 60 due on 1 October, 40 on 1 November."""
    dues = [{"on": "2026-10-01", "amountVnd": 60}, {"on": "2026-11-01", "amountVnd": 40}]
    line = {"lineNo": 1, "subItem": "1006", "amountVnd": 100, "obligationId": f"ID-{number}", "dues": dues}
    told = {"taxOfficeCode": "7101234", "noticeNo": number, "issuedOn": "2026-09-01", "lines": [line]}
    return wire("notices", told | more)


def paid(wire, name: str, amount: int, on: str = "2026-09-10", notice: str | None = None, **more: Any) -> int:
    body = {"channel": "ETAX", "referenceNo": name, "subItem": "1006", "amountVnd": amount, "parcel": CODE,
            "paidAt": f"{on}T09:15:00+07:00", "taxOfficeCode": "7101234", "payerRef": PAYER}  # fmt: skip
    return wire("payments", body | ({"obligationId": f"ID-{notice}"} if notice else {}) | more)


@pytest.fixture(scope="module")
def told(wire):
    """Return the numbers of payments that are odd each in its way; each notice is of its own kind."""
    made = {}
    for name in ("TOO-MUCH", "LATE", "GONE", "OLD", "FINE"):
        number = notice(wire, name, **({"dossier": "HS-2026-000001-12"} if name == "TOO-MUCH" else {}))
        if name == "GONE":
            wire(f"notices/{number}/cancellations", {"referenceNo": "HUY", "on": "2026-09-05"})
    other = {"lineNo": 1, "subItem": "2801", "amountVnd": 5, "dues": [{"on": "2026-10-01", "amountVnd": 5}]}
    notice(wire, "NEW", supersedesNo="OLD", lines=[other])
    made["fine"] = paid(wire, "P-FINE", 60, notice="FINE")
    made["exact"] = paid(wire, "P-EXACT", 90, notice="TOO-MUCH")
    made["much"] = paid(wire, "P-MUCH", 30, "2026-09-11", "TOO-MUCH")
    made["part"] = paid(wire, "P-PART", 20, "2026-09-30", "LATE")
    made["late"] = paid(wire, "P-LATE", 70, "2026-10-06", "LATE")
    made["gone"] = paid(wire, "P-GONE", 11, notice="GONE")
    made["old"] = paid(wire, "P-OLD", 12, notice="OLD")
    made["nowhere"] = paid(wire, "P-NOWHERE", 13, parcel="25195-99-999", taxOfficeCode="7109999")
    made["before"] = paid(wire, "P-BEFORE", 14, "2026-08-31", parcel="25195-99-999")
    return made


@pytest.fixture
def as_role(app, signed_in, told):
    def client(*roles: str):
        made = app.test_client()
        signed_in(made, *roles)
        return made

    return client


def listed(html: str) -> list[str]:
    return re.findall(r'payments/\d+">ETAX ([\w-]+)<', html)


def totals(html: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r"show=(\w+)[^>]*>[^<]*</a></th>\s*<td[^>]*>([\d.]+)</td>\s*<td[^>]*>([\d.]+)", html)
    return {kind: (number, total) for kind, number, total in found}


@pytest.mark.parametrize(
    ("kind", "names", "words"),
    [
        ("unplaced", ["P-NOWHERE"], "Cán bộ thụ lý"),
        ("unmatched", ["P-NOWHERE"], "cơ quan thuế xử lý"),
        ("overpaid", ["P-MUCH"], "hoàn trả"),
        ("ended", ["P-OLD", "P-GONE"], "điều chỉnh bằng văn bản"),
        ("late", ["P-LATE"], "tiền chậm nộp"),
    ],
)
def test_each_payment_stands_where_it_belongs_with_counts_and_sums(as_role, kind, names, words):
    html = as_role("checker").get(f"{HOME}&show={kind}").text
    assert listed(html) == names
    assert words in html
    assert totals(html) == {
        "unplaced": ("1", "13"), "unmatched": ("1", "13"), "overpaid": ("1", "20"), "ended": ("2", "23"),
        "late": ("1", "40"),
    }  # fmt: skip
    assert PAYER not in html
    assert PAYER[-4:] not in html


def test_the_lists_tell_what_each_row_is_about(as_role):
    leader = as_role("leader")
    ended = leader.get(f"{HOME}&show=ended&lang=en").text
    assert re.search(r"GONE \(cancelled\)", ended)
    assert re.search(r"OLD \(replaced\)", ended)
    late = leader.get(f"{HOME}&show=late&lang=en").text
    assert "5 days late" in late
    assert "of 70" in late
    assert 'href="/office/dossiers/HS-2026-000001-12"' in leader.get(f"{HOME}&show=overpaid").text


def test_they_are_filtered_by_day_and_tax_office(as_role):
    client = as_role("auditor")
    assert listed(client.get("/office/payments?show=unplaced&since=2026-08-31&until=2026-08-31").text) == [
        "P-BEFORE"
    ]
    both = client.get("/office/payments?show=unplaced&since=2026-08-31&until=2026-11-20").text
    assert listed(both) == ["P-BEFORE", "P-NOWHERE"]
    assert listed(client.get(f"{HOME}&show=unplaced&office=7109999").text) == ["P-NOWHERE"]
    none = client.get(f"{HOME}&show=unplaced&office=7101234").text
    assert listed(none) == []
    assert "Không có khoản nộp nào như vậy" in none
    assert listed(client.get(f"{HOME}&show=ended&office=7109999").text) == []
    for wrong in ("show=x", "since=x", "since=2026-11-21&until=2026-11-20", "since=2020-01-01&until=2026-11-20"):
        assert client.get(f"/office/payments?{wrong}").status_code == 400, wrong


def test_long_lists_are_paged(as_role, wire):
    for number in range(53):
        paid(wire, f"Q-{number}", 1, "2026-07-01")
    client = as_role("processor")
    first = client.get("/office/payments?show=unmatched&since=2026-07-01&until=2026-07-01").text
    following = re.search(r'href="(/office/payments\?[^"]*cursor=\w+)"', first)[1].replace("&amp;", "&")
    second = client.get(following).text
    assert listed(first) + listed(second) == [f"Q-{number}" for number in reversed(range(53))]
    assert "Các khoản trước đó" in first
    assert "Các khoản trước đó" not in second


def test_a_processor_places_a_payment_and_others_only_read(as_role, wire, module_db):
    number = paid(wire, "P-PLACE", 5, "2026-06-01", parcel="25195-99-998")
    place = f"/office/payments/{number}"
    for role in ("checker", "leader", "auditor"):
        client = as_role(role)
        html = client.get(place).text
        assert f'action="{place}/place"' not in html
        assert "Cán bộ thụ lý xác định" in html
        assert client.post(f"{place}/place", data={"parcel": CODE, "reason": "x"}).status_code == 403
    officer = as_role("processor")
    assert f'action="{place}/place"' in officer.get(place).text
    for data, status in (
        ({"parcel": CODE, "reason": " "}, 400),
        ({"parcel": "25195-99-997", "reason": "giữ lại"}, 422),
    ):
        refused = officer.post(f"{place}/place", data=data)
        assert refused.status_code == status
        assert f'value="{data["parcel"]}"' in refused.text
    placed = officer.post(f"{place}/place", data={"parcel": CODE, "reason": "Biên lai số 7"})
    assert (placed.status_code, placed.headers["Location"]) == (303, f"{place}?done=placed")
    assert "Đã ghi nhận thửa đất" in officer.get(placed.headers["Location"]).text
    assert listed(officer.get("/office/payments?show=unplaced&since=2026-06-01&until=2026-06-01").text) == []
    with psycopg.connect(module_db) as conn:
        found = conn.execute("SELECT how, reason FROM finance.payment_place WHERE payment_id = %s", [number])
        assert found.fetchall() == [("office", "Biên lai số 7")]


def test_what_the_tax_office_named_itself_has_no_form_and_is_not_placed(as_role, told):
    officer, place = as_role("processor"), f"/office/payments/{told['much']}"
    html = officer.get(f"{place}?lang=en").text
    assert f'action="{place}/place"' not in html
    assert "Only the tax office may move it" in html
    assert officer.post(f"{place}/place", data={"parcel": CODE, "reason": "x"}).status_code == 409


def test_the_payer_is_shown_on_request_to_who_may_and_each_look_is_traced(as_role, told, module_db):
    place = f"/office/payments/{told['fine']}"
    for role, may in (("processor", True), ("auditor", True), ("leader", False), ("checker", False)):
        client = as_role(role)
        before = client.get(place).text
        assert PAYER not in before
        assert (f'action="{place}/payer"' in before) == may
        answer = client.post(f"{place}/payer")
        assert (answer.status_code, PAYER in answer.text) == ((200, True) if may else (403, False))
    with psycopg.connect(module_db) as conn:
        looks = "SELECT count(*) FROM identity.audit WHERE action = %s AND object = %s"
        assert conn.execute(looks, ["payer.read", f"payment:{told['fine']}"]).fetchone() == (2,)
        assert conn.execute(looks, ["payment.read", f"payment:{told['fine']}"]).fetchone()[0] >= 4


def test_strangers_and_other_roles_see_nothing(app, as_role, told):
    assert as_role("surveyor").get(HOME).status_code == 403
    stranger = app.test_client().get(f"/office/payments/{told['fine']}")
    assert (stranger.status_code, "sign-in" in stranger.headers["Location"]) == (303, True)
    for number in (10**9, 2**70):
        assert as_role("processor").get(f"/office/payments/{number}").status_code == 404
