"""Friday, 16:00, with money: a slip comes back, a notice is replaced, one payment comes twice, one for another family.

A mortgaged parcel is released, sold and mortgaged again by its buyer; the neighbour's is sold on the same afternoon.
What register, mirror and reconciliation say in the end stands below as worked by hand.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from typing import Any

import psycopg
import pytest
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.secrets import Vault
from landsvc.finance.reconciliation import service as reconciliation
from landsvc.finance.reconciliation.entries import Day
from landsvc.identity.actors import SERVICE
from tests.conftest import data_folder, opened, settings_for
from tests.factories import channels as banks
from tests.factories import machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay
from tests.factories.killed_office import BACK_SECONDS, Far, KilledOffice, killed_office
from tests.factories.service import wait_until

FRIDAY, MONDAY, TUESDAY = "2026-03-13", "2026-03-16", "2026-03-17"
MILLION = 10**6
OFFICE, BANK = "7100001", "BANK1"
_keys = count(1)

MIRROR = [
    # notice, sub-item, owed, paid, state
    ("TB-BAN", "1006", 24 * MILLION, 0, "REPLACED"),
    ("TB-BAN-2", "1006", 18 * MILLION, 18 * MILLION, "PAID"),
    ("TB-LANG-GIENG", "1006", 10 * MILLION, 10 * MILLION, "PAID"),
    ("TB-MUA", "2801", 4_500_000, 4_500_000, "PAID"),
]
"""The sheet of the mirror: the sale's tax was noticed at 24 million, then at 18; each line has what was paid for it."""
MONEY = {"R-BAN": 18 * MILLION, "R-MUA": 4_500_000, "R-LANG-GIENG": 10 * MILLION}
"""The sheet of payments: three, 32.5 million in all, though five messages told of them."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Iterator[KilledOffice]:
    folder = data_folder()
    try:
        with killed_office(
            folder, tmp_path_factory.mktemp("clock"), lambda dsn: lay(dsn, 3), FRIDAY, "08:00"
        ) as office:
            yield office
    finally:
        shutil.rmtree(folder)


class Outside:
    """The tax office and the bank, as they speak to the service."""

    def __init__(self, killed: KilledOffice) -> None:
        self.killed, self.moment = killed, datetime.now().astimezone()
        with opened(killed.dsn) as database:
            self.token = machines.token(database)
            banks.add_channels(database)
            self.bank = banks.signer(database, Vault(settings_for(killed.dsn)), BANK)
        with psycopg.connect(killed.dsn) as conn:  # the key was made today, and holds on that Friday too
            conn.execute("ALTER TABLE finance.channel_key DISABLE TRIGGER t10_check")
            conn.execute("UPDATE finance.channel_key SET valid = tstzrange('2026-01-01', NULL)")
            conn.execute("ALTER TABLE finance.channel_key ENABLE TRIGGER t10_check")

    def tax(self, path: str, body: dict[str, Any], ok: int = 201) -> Any:
        headers = machines.bearer(self.token, **{"Idempotency-Key": f"f-{next(_keys)}"})
        return self._ask("POST", f"/api/v1/tax/{path}", json.dumps(body).encode(), ok, headers)

    def slips(self, code: str) -> list[Any]:
        page = Far(self.killed, machines.bearer(self.token)).get("/api/v1/tax/slips?limit=100").json
        return [each for each in page["slips"] if each["dossier"] == code]

    def bank_tells(self, method: str, path: str, body: dict[str, Any], ok: int = 201) -> Any:
        content = json.dumps(body).encode()
        headers = self.bank.headers(method, path, content, created=int(self.moment.timestamp()))
        return self._ask(method, path, content, ok, headers)

    def _ask(self, method: str, path: str, body: bytes, ok: int, headers: dict[str, str]) -> Any:
        answer = Far(self.killed, {}).raw(method, path, body, {"Content-Type": "application/json"} | headers)
        assert answer.status_code == ok, answer.data
        return answer.json


def notice(number: str, dossier: str, item: str, amount: int, obligation: str, **more: Any) -> dict[str, Any]:
    dues = [{"on": "2026-04-15", "amountVnd": amount}]
    line = {"lineNo": 1, "subItem": item, "amountVnd": amount, "obligationId": obligation, "dues": dues}
    told = {"taxOfficeCode": OFFICE, "noticeNo": number, "issuedOn": MONDAY, "lines": [line]}
    return told | {"dossier": dossier} | more


def paid(reference: str, obligation: str, item: str) -> dict[str, Any]:
    return {"channel": BANK, "referenceNo": reference, "subItem": item, "amountVnd": MONEY[reference],
            "obligationId": obligation, "taxOfficeCode": OFFICE, "paidAt": f"{MONDAY}T14:00:00+07:00"}  # fmt: skip


def told_by_bank(reference: str, obligation: str) -> dict[str, Any]:
    return {"referenceNo": reference, "lineNo": 1, "purpose": "tax", "obligationId": obligation,
            "amountVnd": MONEY[reference], "paidAt": f"{MONDAY}T14:00:00+07:00"}  # fmt: skip


def test_friday_afternoon_with_money_is_as_worked_by_hand(killed):
    world, outside = World(killed.dsn, killed.person), Outside(killed)
    registry = world.registry
    seller, buyer, lender, neighbour, other = (registry.party() for _ in range(5))
    parcel, right = world.held_by(seller)
    burden = registry.right([parcel], {lender: None}, kind="mortgage", terms={"amountVnd": 700 * MILLION})[
        "right"
    ]
    garden, garden_right = world.held_by(neighbour)

    killed.at(FRIDAY, "16:00")
    release, sale, mortgage = (world.submit(kind, [parcel]) for kind in ("XC", "CN", "TC"))
    next_door = world.submit("CN", [garden])
    lan = world.person("lan")
    for code, earlier in ((sale, release), (mortgage, sale)):
        linked = lan.client.post(f"/api/v1/dossiers/{code}/links", json={"waitsFor": earlier})
        assert linked.status_code == 201

    # On Monday both slips leave. That of the sale comes back once, for its price, and leaves again as version 2.
    outside.moment = killed.at(MONDAY, "08:00")
    for code, what, who in ((sale, right, buyer), (next_door, garden_right, other)):
        world.go(code, "lan", "take")
        facts = {"right.transfer": [{"right": what, "mode": "sole", "holders": [holder(who)]}]}
        world.go(code, "lan", "enter_facts", facts=facts)
        world.go(code, "lan", "send_slip")
    (first,) = outside.slips(sale)
    outside.tax(f"slips/{first['slipNo']}/returns", {"reasons": ["price-missing"], "note": "Thiếu giá"})
    comes_to(killed, sale, "VERIFYING")
    world.go(sale, "lan", "send_slip")
    killed.kill("server")

    # The sale leads to two notices, the seller's and the buyer's; the seller's is replaced by a lower one.
    outside.tax("notices", notice("TB-BAN", sale, "1006", 24 * MILLION, "O-BAN", ofTotal=2))
    second = outside.tax("notices", notice("TB-MUA", sale, "2801", 4_500_000, "O-MUA", ofTotal=2))
    next_notice = outside.tax(
        "notices", notice("TB-LANG-GIENG", next_door, "1006", 10 * MILLION, "O-LG", ofTotal=1)
    )
    lower = notice("TB-BAN-2", sale, "1006", 18 * MILLION, "O-BAN", ofTotal=2, supersedesNo="TB-BAN")
    replacement = outside.tax("notices", lower)
    for code in (sale, next_door):
        comes_to(killed, code, "TAX_NOTICED")

    # At two o'clock three payments: the bank tells one of them twice, and so does the tax office; the neighbour's names
    # the obligation of the sale. The bank's word of the buyer's payment gets lost.
    outside.moment = killed.at(MONDAY, "14:05")
    told = told_by_bank("R-BAN", "O-BAN") | {"accountNo": "0"}
    outside.bank_tells("POST", outside.bank.path, told)
    outside.bank_tells("POST", outside.bank.path, told, 200)
    outside.bank_tells("POST", outside.bank.path, told_by_bank("R-LANG-GIENG", "O-BAN") | {"accountNo": "0"})
    outside.tax("payments", paid("R-BAN", "O-BAN", "1006"))
    killed.kill("everything")
    outside.tax("payments", paid("R-BAN", "O-BAN", "1006"), 200)
    outside.tax("payments", paid("R-MUA", "O-MUA", "2801"))
    wrong = outside.tax("payments", paid("R-LANG-GIENG", "O-BAN", "1006"))
    assert standing(world)[1] == ("TB-BAN-2", "1006", 18 * MILLION, 28 * MILLION, "OVERPAID")

    # The tax office finds whose the ten million are, and says that all is fulfilled.
    move = {"referenceNo": "QĐ-17", "from": {"notice": replacement["id"], "lineNo": 1},
            "to": {"notice": next_notice["id"], "lineNo": 1}, "amountVnd": 10 * MILLION,
            "reason": "Nộp nhầm"}  # fmt: skip
    outside.tax(f"payments/{wrong['id']}/moves", move)
    outside.tax(f"payments/{wrong['id']}/moves", move, 200)
    for each in (replacement, second, next_notice):
        outside.tax(f"notices/{each['id']}/confirmations", {"referenceNo": "XN-1", "on": MONDAY})
    for code in (sale, next_door):
        comes_to(killed, code, "TAX_PAID")

    # The register goes on in its order: release, sale, mortgage; and next door.
    begun = {
        "kind": "mortgage",
        "holders": [holder(lender)],
        "terms": {"amountVnd": 500 * MILLION},
        "parcels": [parcel],
    }
    ends = {"encumbrance.end": [{"right": burden}]}
    for code, facts in ((release, ends), (sale, {}), (mortgage, {"encumbrance.begin": [begun]}), (next_door, {})):
        world.go(code, "lan", "record", seen=world.signed(code, facts)["revision"])
    assert world.land([parcel, garden]) == {
        parcel: [("mortgage", [(lender, "")], 500 * MILLION, ""), ("use", [(buyer, "")], 0, "")],
        garden: [("use", [(other, "")], 0, "")],
    }
    assert standing(world) == MIRROR
    assert dict(world.rows("SELECT reference_no, amount_vnd FROM finance.tax_payment")) == MONEY
    assert [(each["version"], each["state"]) for each in outside.slips(sale)] == [(1, "replaced"), (2, "issued")]

    # At night each side sends its list of Monday: all is the same but the word of the bank that got lost.
    outside.moment = killed.at(TUESDAY, "00:30")
    lines = [told_by_bank(*each) for each in (("R-BAN", "O-BAN"), ("R-MUA", "O-MUA"), ("R-LANG-GIENG", "O-BAN"))]
    path = f"/api/v1/channels/{BANK}/statements/{MONDAY}"
    outside.bank_tells("PUT", path, {"count": 3, "sumVnd": 32_500_000, "lines": lines})
    assert compared(outside, MONDAY, notices={each[0]: each[2] for each in MIRROR}, payments=tax_payments()) == [
        ("notices", 4, 0),
        ("payments", 3, 0),
    ]
    lost = [("missing", "R-MUA/1", None, 4_500_000)]
    assert found(killed, "channel") == lost
    assert found(killed, "channel-tax") == lost
    outside.bank_tells("POST", outside.bank.path, told_by_bank("R-MUA", "O-MUA") | {"accountNo": "0"})
    assert [found(killed, stream) for stream in ("channel", "channel-tax")] == [[], []]
    assert killed.kills == 2
    # Slips bear the day of the database, which knows nothing of the clock of this test.
    today = datetime.now(OFFICE_ZONE).date().isoformat()
    killed.at(today, "00:05")
    slips = {each["slipNo"]: 0 for code in (sale, next_door) for each in outside.slips(code)}
    assert compared(outside, today, slips=slips) == [("slips", 3, 0)]


def tax_payments() -> dict[str, int]:
    return {f"{BANK}/{reference}/1": amount for reference, amount in MONEY.items()}


def compared(outside: Outside, day: str, **streams: dict[str, int]) -> list[Any]:
    """Send the tax office's list of a day; return what of each stream is matched and what is open."""
    lines = [
        {"stream": stream, "key": key, "amountVnd": amount}
        for stream, listed in streams.items()
        for key, amount in listed.items()
    ]
    totals = [
        {"stream": stream, "count": len(listed), "sumVnd": sum(listed.values())}
        for stream, listed in streams.items()
    ]
    told = {"taxOfficeCode": OFFICE, "day": day, "version": 1, "totals": totals, "lines": lines}
    found = outside.tax("reconciliations", told)["streams"]
    return [(each["stream"], each["matchedCount"], each["openCount"]) for each in found]


def standing(world: World) -> list[Any]:
    return world.rows(
        "SELECT n.notice_no, l.sub_item, s.amount_vnd, s.paid_vnd, s.state FROM finance.notice n"
        " JOIN finance.notice_standing s ON s.notice_id = n.id"
        " JOIN finance.notice_line l ON l.notice_id = n.id AND l.line_no = s.line_no ORDER BY 1"
    )


def found(killed: KilledOffice, stream: str) -> list[Any]:
    """Compare a stream of Monday; return what is not matched: kind, key, ours and theirs."""
    day = Day(stream, BANK, date.fromisoformat(MONDAY))
    with opened(killed.dsn) as database, database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        reconciliation.compare(session, day, account_id=0)
        items, _ = reconciliation.items_of(session, day, after=0, page=100)
        return [(each.kind, each.key, each.our_vnd, each.their_vnd) for each in items]


def comes_to(killed: KilledOffice, code: str, state: str) -> None:
    lan = killed.person("lan")
    wait_until(lambda: lan.read(code).get("state") == state, BACK_SECONDS, killed.service.told)
