"""Add up the money of a day. Nothing here asks the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from landsvc.finance.fees.day_entries import Drawer, Money


def drawers(money: Sequence[Money]) -> list[Drawer]:
    """Return what each cashier took and paid back each day at each branch by each way.

    By day, branch and name; what channels told, who have no cashier, last.
    """
    groups: dict[tuple[date, str, int | None, str], list[Money]] = {}
    for each in money:
        groups.setdefault((each.day, each.branch, each.cashier_id, each.channel), []).append(each)
    found = [_drawer(lines) for lines in groups.values()]
    return sorted(found, key=_order)


def _order(line: Drawer) -> tuple[date, str, bool, str, int, str]:
    told = line.cashier_id is None
    return line.day, line.branch, told, line.cashier or "", line.cashier_id or 0, line.channel


def _drawer(lines: Sequence[Money]) -> Drawer:
    one = lines[0]
    return Drawer(
        one.day,
        one.branch,
        one.cashier_id,
        one.cashier,
        one.channel,
        one.channel_vi,
        one.channel_en,
        len(lines),
        sum(each.amount_vnd for each in lines if each.counts_as == "payment"),
        -sum(each.amount_vnd for each in lines if each.counts_as == "refund"),
    )
