"""Add up the money of a day. Nothing here asks the database."""

from __future__ import annotations

from collections.abc import Sequence

from landsvc.finance.fees.entries import Drawer, Money


def drawers(money: Sequence[Money]) -> list[Drawer]:
    """Return what each cashier took and paid back by each way: by name, what channels told themselves last."""
    groups: dict[tuple[int, str], list[Money]] = {}
    for each in money:
        groups.setdefault((each.cashier_id, each.channel), []).append(each)
    found = [_drawer(lines) for lines in groups.values()]
    return sorted(
        found, key=lambda each: (each.cashier is None, each.cashier or "", each.cashier_id, each.channel)
    )


def _drawer(lines: Sequence[Money]) -> Drawer:
    one = lines[0]
    return Drawer(
        one.cashier_id,
        one.cashier,
        one.channel,
        one.channel_vi,
        one.channel_en,
        len(lines),
        sum(each.amount_vnd for each in lines if each.counts_as == "payment"),
        -sum(each.amount_vnd for each in lines if each.counts_as == "refund"),
    )
