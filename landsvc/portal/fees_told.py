"""Tell the office's own fees to whoever holds the receipt of a dossier, with the QR code that pays them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import segno
from markupsafe import Markup

from landsvc.core import clock, i18n
from landsvc.core.i18n import gettext
from landsvc.finance.mirror import vietqr
from landsvc.registry.dossiers.fees_followed import FeeFollowed, FeeLine

OPEN = "open"


def fee_told(order: FeeFollowed, lines: Sequence[FeeLine] = ()) -> dict[str, Any]:
    """Return an order in words; `qr` (SVG) only where something is left to pay that no bank told of."""
    rest = order.balance_vnd - order.reported_vnd
    own = [each for each in lines if each.order == order.code and not each.is_undone]
    return {
        "code": order.code,
        "standing": standing(order),
        "state": state_told(order),
        "owed": i18n.money(max(order.balance_vnd, 0)),
        "asked": [(_name(each), i18n.money(each.amount_vnd)) for each in own if each.kind == "charge"],
        "waived": [(each.reason or "", i18n.money(each.amount_vnd)) for each in own if each.kind == "waiver"],
        "money": [_money_told(each) for each in lines if each.order == order.code and each.kind in MOVES],
        "reported": i18n.money(order.reported_vnd) if order.reported_vnd else "",
        "open": rest > 0,
        "rest": i18n.money(max(rest, 0)),
    } | (_code(order, rest) if rest > 0 else {})


MOVES = frozenset({"payment", "refund"})


def standing(order: FeeFollowed) -> str:
    """Return how an order stands: open, part, returned, reported, paid, overpaid, waived or refunded."""
    if 0 < order.balance_vnd <= order.reported_vnd:
        return "reported"
    if order.balance_vnd == 0 and 0 < order.paid_vnd <= order.refunded_vnd:
        return "refunded"
    return order.state


def state_told(order: FeeFollowed) -> str:
    """Return how an order stands, in words."""
    return {
        OPEN: gettext("Not paid yet"),
        "part": gettext("Paid in part"),
        "returned": gettext("Paid back; to be paid again, unless the office waives it"),
        "reported": gettext("A bank reported the payment: the receipt follows"),
        "paid": gettext("Paid"),
        "overpaid": gettext("More was paid than asked: the office pays it back"),
        "waived": gettext("Waived: there is nothing to pay"),
        "refunded": gettext("Paid back"),
    }[standing(order)]


def _name(line: FeeLine) -> str:
    return (line.name_vi if i18n.current_language() == "vi" else line.name_en) or gettext("Fee")


def _money_told(line: FeeLine) -> dict[str, Any]:
    day = i18n.day(line.at.astimezone(clock.OFFICE_ZONE).date())
    channel = (line.channel_vi if i18n.current_language() == "vi" else line.channel_en) or ""
    amount = i18n.money(line.amount_vnd)
    said = (
        gettext("%(amount)s paid on %(day)s, %(channel)s.", amount=amount, day=day, channel=channel)
        if line.kind == "payment"
        else gettext("%(amount)s paid back on %(day)s.", amount=amount, day=day)
    )
    return {"said": said, "receipt": line.receipt_no, "void": line.is_undone}


def _code(order: FeeFollowed, rest_vnd: int) -> dict[str, Any]:
    """Return nothing where no account is known; a transfer names the order without its dashes."""
    if order.bank_bin is None or order.account_no is None:
        return {}
    purpose = order.code.replace("-", "")
    try:
        text = vietqr.code_text(
            bank_bin=order.bank_bin, account_no=order.account_no, amount_vnd=rest_vnd, purpose=purpose
        )
    except vietqr.DoesNotFit:
        return {}
    svg = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=4, light="#fff")
    return {
        "qr": Markup(svg),  # noqa: S704 - made by us, of digits and letters
        "purpose": purpose,
        "holder": order.holder,
        "account": order.account_no,
        "example": order.certainty == "?",
    }
