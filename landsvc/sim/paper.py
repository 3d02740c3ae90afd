"""Write what a tax office says: notices, what becomes of them, payments, the list of a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from hashlib import sha256
from random import Random
from typing import Any

OFFICE_CODE = "7100001"
CHANNEL = "ETAX"
SUB_ITEMS = ("1006", "2801")
PAY_DAYS = 30
ZONE = timezone(timedelta(hours=7))
NOTICES, PAYMENTS, DAYS = "/tax/notices", "/tax/payments", "/tax/reconciliations"
FILES = "/tax/payment-files"


def day_of(slip: Mapping[str, Any]) -> date:
    """Return the day a slip was issued, in Vietnam."""
    return datetime.fromisoformat(slip["issuedAt"]).astimezone(ZONE).date()


def obligation_of(notice_no: str, line_no: int) -> str:
    """Return the id of an obligation: of first lines ten signs, which a transfer's text takes, of others more."""
    signs = 9 if line_no == 1 else 17
    return "S" + sha256(f"{notice_no} {line_no}".encode()).hexdigest()[:signs].upper()


def line(
    number: int, slip_no: str, sub_item: str, amount: int, last: date, exemption: str | None = None
) -> dict[str, Any]:
    """Return a line of a notice, due in one part; nothing is due of nothing."""
    found: dict[str, Any] = {"lineNo": number, "subItem": sub_item, "amountVnd": amount, "dues": []}
    if amount:
        found |= {
            "obligationId": obligation_of(slip_no, number),
            "dues": [{"on": last.isoformat(), "amountVnd": amount}],
        }
    return found | ({"exemption": exemption} if exemption else {})


def notice(
    slip: Mapping[str, Any],
    amounts: Sequence[Mapping[str, Any]],
    *,
    number: str,
    of_total: int = 1,
    replaces: str | None = None,
) -> dict[str, Any]:
    """Return a notice that answers a slip, on the day the slip was issued."""
    issued = day_of(slip)
    last = issued + timedelta(days=PAY_DAYS)
    lines = [
        line(at, number, each["subItem"], each["amountVnd"], last, each.get("exemption"))
        for at, each in enumerate(amounts, 1)
    ]
    said = {
        "taxOfficeCode": OFFICE_CODE,
        "noticeNo": number,
        "issuedOn": issued.isoformat(),
        "dossier": slip["dossier"],
        "slipNo": slip["slipNo"],
        "ofTotal": of_total,
        "lines": lines,
    }
    return said | ({"supersedesNo": replaces} if replaces else {})


def invented(fate: Random) -> list[dict[str, Any]]:
    """Return invented amounts of the two usual taxes."""
    return [{"subItem": item, "amountVnd": fate.randrange(100_000, 50_000_000)} for item in SUB_ITEMS]


def act(number: str, on: date, *, reason: str | None = None, until: date | None = None) -> dict[str, Any]:
    """Return what became of a notice, by a document with a number of its own."""
    said = {"referenceNo": number, "on": on.isoformat()}
    return said | ({"reason": reason} if reason else {}) | ({"until": until.isoformat()} if until else {})


def payment(
    said: Mapping[str, Any],
    line_no: int,
    amount: int,
    *,
    reference: str,
    at: datetime,
    notice_no: str | None = None,
    channel: str = CHANNEL,
) -> dict[str, Any]:
    """Return a payment of so much for a line of a notice; `notice_no` names another notice, by mistake."""
    paid = next(each for each in said["lines"] if each["lineNo"] == line_no)
    found = {
        "channel": channel,
        "referenceNo": reference,
        "subItem": paid["subItem"],
        "amountVnd": amount,
        "paidAt": at.astimezone(ZONE).isoformat(),
        "noticeNo": notice_no or said["noticeNo"],
        "taxOfficeCode": said["taxOfficeCode"],
    }
    return found | (
        {"obligationId": paid["obligationId"]} if notice_no is None and "obligationId" in paid else {}
    )


def day_list(
    day: date,
    version: int,
    slips: Iterable[Mapping[str, Any]],
    notices: Iterable[Mapping[str, Any]],
    payments: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the tax office's own list of a day in Vietnam: counts, sums and lines of each stream."""
    lines = [
        {"stream": "slips", "key": each["slipNo"], "amountVnd": 0, "digest": each["sha256"]}
        for each in slips
        if day_of(each) == day
    ]
    lines += [
        {
            "stream": "notices",
            "key": each["noticeNo"],
            "amountVnd": sum(part["amountVnd"] for part in each["lines"]),
        }
        for each in notices
        if each["issuedOn"] == day.isoformat()
    ]
    lines += [
        {
            "stream": "payments",
            "key": f"{each['channel']}/{each['referenceNo']}/{each.get('lineNo', 1)}",
            "amountVnd": each["amountVnd"],
        }
        for each in payments
        if datetime.fromisoformat(each["paidAt"]).astimezone(ZONE).date() == day
    ]
    totals = [
        {"stream": stream, "count": len(found), "sumVnd": sum(each["amountVnd"] for each in found)}
        for stream in ("slips", "notices", "payments")
        for found in [[each for each in lines if each["stream"] == stream]]
    ]
    return {
        "taxOfficeCode": OFFICE_CODE,
        "day": day.isoformat(),
        "version": version,
        "totals": totals,
        "lines": lines,
    }


def early(day: date, minutes: int = 0) -> datetime:
    """Return some minutes after midnight of a day in Vietnam: a time that is over on the day itself."""
    return datetime.combine(day, time(0), ZONE) + timedelta(minutes=minutes)
