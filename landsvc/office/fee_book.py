"""Write the fees of a day or month as tables of a workbook: sums of cashiers, entries, closes of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.finance.fees.day_entries import Close, Drawer
from landsvc.finance.fees.day_entries import Money as Taken
from landsvc.finance.fees.days import Account
from landsvc.office.fee_order_pages import kinds
from landsvc.office.procedure_pages import chosen
from landsvc.office.workbook import Cell, Money, Sheet

Names = Mapping[str, str]


def book_of(found: Account, first: date, last: date, names: Names) -> list[Sheet]:
    """Return the sheets: what each cashier took and paid back each day, every entry, what was counted."""
    span = i18n.day(first) if first == last else f"{i18n.day(first)} – {i18n.day(last)}"
    words = kinds()
    return [
        Sheet(
            gettext("Cashiers"),
            span,
            _sum_head(),
            [*(_sum(each, names) for each in found.sums), _together(found.sums)],
        ),
        Sheet(gettext("Entries"), span, _entry_head(), [_entry(each, names, words) for each in found.money]),
        Sheet(gettext("Closes"), span, _close_head(), [_close(each, names) for each in found.closes]),
    ]


def _sum_head() -> Sequence[str]:
    return (
        gettext("Day"),
        gettext("Office"),
        gettext("Cashier"),
        gettext("Way"),
        gettext("Number of entries"),
        gettext("Taken (đồng)"),
        gettext("Paid back (đồng)"),
        gettext("Left (đồng)"),
    )


def _sum(line: Drawer, names: Names) -> Sequence[Cell]:
    return (
        line.day,
        names.get(line.branch, line.branch),
        _cashier(line.cashier_id, line.cashier),
        chosen(line.channel_vi, line.channel_en),
        line.count,
        Money(line.taken_vnd),
        Money(line.paid_back_vnd),
        Money(line.kept_vnd),
    )


def _together(sums: Sequence[Drawer]) -> Sequence[Cell]:
    return (
        gettext("Together"),
        None,
        None,
        None,
        sum(each.count for each in sums),
        Money(sum(each.taken_vnd for each in sums)),
        Money(sum(each.paid_back_vnd for each in sums)),
        Money(sum(each.kept_vnd for each in sums)),
    )


def _entry_head() -> Sequence[str]:
    return (
        gettext("Day"),
        gettext("When"),
        gettext("Office"),
        gettext("Receipt number"),
        gettext("Fee order"),
        gettext("Dossier"),
        gettext("What"),
        gettext("Way"),
        gettext("Cashier"),
        gettext("Amount (đồng)"),
    )


def _entry(line: Taken, names: Names, words: Names) -> Sequence[Cell]:
    return (
        line.day,
        line.at,
        names.get(line.branch, line.branch),
        line.receipt_no or line.refund_no,
        line.order,
        line.dossier,
        words[line.kind],
        chosen(line.channel_vi, line.channel_en),
        _cashier(line.cashier_id, line.cashier),
        Money(line.amount_vnd),
    )


def _close_head() -> Sequence[str]:
    return (
        gettext("Day"),
        gettext("Office"),
        gettext("Cashier"),
        gettext("What"),
        gettext("Number of entries"),
        gettext("Cash by the ledger (đồng)"),
        gettext("Counted (đồng)"),
        gettext("Difference (đồng)"),
        gettext("Reason"),
        gettext("Note"),
        gettext("Who"),
        gettext("When"),
    )


def _close(line: Close, names: Names) -> Sequence[Cell]:
    return (
        line.day,
        names.get(line.branch, line.branch),
        _cashier(line.cashier_id, line.cashier),
        gettext("Closed") if line.corrects_id is None else gettext("Put right"),
        line.count,
        Money(line.cash_vnd),
        Money(line.counted_vnd),
        Money(line.difference_vnd),
        line.reason,
        line.note,
        _cashier(line.account_id, line.by),
        line.at,
    )


def _cashier(number: int | None, name: str | None) -> str:
    return gettext("told by the channel") if number is None else name or str(number)
