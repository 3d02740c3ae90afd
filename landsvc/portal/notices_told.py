"""Tell a line of a notice to whoever holds the receipt, with the QR code that pays it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import segno
from markupsafe import Markup

from landsvc.core import clock, i18n
from landsvc.core.i18n import gettext
from landsvc.finance.mirror import vietqr
from landsvc.finance.owed.rules import Due, next_due
from landsvc.registry.dossiers.tracking import Owed, Reported


def notice_told(line: Owed, dossier: str, reports: Sequence[Reported] = ()) -> dict[str, Any]:
    """Return a line in words; `codes` to pay it (SVG) only where something is left to pay and a code can carry it.

    What banks reported and the tax office has not stands beside it: nobody shall pay it twice.
    """
    said = [each for each in reports if each.obligation_id == line.obligation_id]
    name = line.name_vi if i18n.current_language() == "vi" else line.name_en
    rest = line.amount_vnd - line.paid_vnd
    is_open = (
        line.state in {"ISSUED", "PARTIAL"} and not line.confirmed and line.deferred_until is None and rest > 0
    )
    return {
        "notice": f"{line.notice_no}, {i18n.day(line.issued_on)}",
        "name": f"{line.sub_item} {name or ''}".strip(),
        "amount": i18n.money(line.amount_vnd),
        "paid": i18n.money(line.paid_vnd),
        "rest": i18n.money(rest),
        "dues": [
            f"{i18n.day(on)}: {i18n.money(part)}" for on, part in zip(line.due_on, line.due_vnd, strict=True)
        ],
        "state": state_told(line),
        "open": is_open,
        "reports": [_report_told(each) for each in said],
        "covered": is_open and sum(each.amount_vnd for each in said) >= rest,
    } | (_codes(line, dossier, rest) if is_open else {})


def state_told(line: Owed) -> str:
    """Return how a line stands; what the tax office says goes before what sums say."""
    if line.state not in {"CANCELLED", "REPLACED"}:
        if line.confirmed:
            return gettext("Settled: the tax office has confirmed it")
        if line.deferred_until is not None:
            return gettext("Deferred until %(day)s", day=i18n.day(line.deferred_until))
        if line.amount_vnd == 0:
            return gettext("Exempt: there is nothing to pay")
    return {
        "ISSUED": gettext("Nothing paid yet"),
        "PARTIAL": gettext("Paid in part"),
        "PAID": gettext("Paid; the tax office has yet to confirm it"),
        "OVERPAID": gettext("More was paid than asked; the tax office has yet to confirm it"),
        "CANCELLED": gettext("Cancelled by the tax office: pay nothing"),
        "REPLACED": gettext("Replaced by another notice: pay that one"),
    }[line.state]


def _report_told(report: Reported) -> str:
    name = report.channel_vi if i18n.current_language() == "vi" else report.channel_en
    day = i18n.day(report.paid_at.astimezone(clock.OFFICE_ZONE).date())
    return gettext(
        "%(channel)s reported %(amount)s on %(day)s; the tax office has not yet confirmed it.",
        channel=name,
        amount=i18n.money(report.amount_vnd),
        day=day,
    )


def _codes(line: Owed, dossier: str, rest_vnd: int) -> dict[str, Any]:
    """Return a code for the part due next and one for all that is left, one only where both are the same.

    Nothing where no account is known, or no code can carry the numbers.
    """
    if line.bank_bin is None or line.account_no is None or line.obligation_id is None:
        return {}
    part = next_due([Due(*each) for each in zip(line.due_on, line.due_vnd, strict=True)], line.paid_vnd)
    first = [] if part is None or part.vnd >= rest_vnd else [(part.vnd, i18n.day(part.on))]
    try:
        purpose = vietqr.purpose_of(line.obligation_id, dossier, line.payment_code)
        codes = [
            {"amount": i18n.money(amount), "until": until, "qr": _drawn(line, amount, purpose)}
            for amount, until in [*first, (rest_vnd, None)]
        ]
    except vietqr.DoesNotFit:
        return {}
    return {
        "codes": codes,
        "purpose": purpose,
        "holder": line.holder,
        "account": line.account_no,
        "example": line.certainty == "?",
    }


def _drawn(line: Owed, amount_vnd: int, purpose: str) -> Markup:
    text = vietqr.code_text(
        bank_bin=line.bank_bin or "", account_no=line.account_no or "", amount_vnd=amount_vnd, purpose=purpose
    )
    svg = segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff")
    return Markup(svg)  # noqa: S704 - made by us, of digits and letters
