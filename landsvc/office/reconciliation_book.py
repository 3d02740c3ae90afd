"""Write the reconciliation of a day or month as tables of a workbook: summary, items, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.finance.reconciliation.entries import Day, DayLine, Decision, Item
from landsvc.finance.reconciliation.service import MOST_HANDED_ON, Account
from landsvc.office.reconciliation_words import item_states, kinds, state_words, streams
from landsvc.office.workbook import Cell, Money, Sheet


def book_of(found: Account, first: date, last: date) -> list[Sheet]:
    """Return the sheets: what each stream of each day sums to, what is not matched, what was decided."""
    span = i18n.day(first) if first == last else f"{i18n.day(first)} – {i18n.day(last)}"
    names = {
        code: each.name_en if i18n.current_language() == "en" else each.name_vi
        for code, each in found.reasons.items()
    }
    cut = gettext("Only the first %(count)s items are here.", count=MOST_HANDED_ON)
    return [
        Sheet(gettext("Summary"), span, _summary_head(), [_summary(each) for each in reversed(found.days)]),
        Sheet(
            gettext("Items"),
            span,
            _item_head(),
            [_item(day, each, names) for day, each in found.items],
            [cut] if len(found.items) >= MOST_HANDED_ON else [],
        ),
        Sheet(
            gettext("Decisions"),
            span,
            _decision_head(),
            [_decision(day, each, names, found) for day, each in found.decisions],
        ),
    ]


def _summary_head() -> Sequence[str]:
    return (
        gettext("Day"),
        gettext("Stream"),
        gettext("With"),
        gettext("State"),
        gettext("Ours, count"),
        gettext("Ours, sum"),
        gettext("Theirs, count"),
        gettext("Theirs, sum"),
        gettext("Matched"),
        gettext("Open"),
        gettext("Settled or cleared"),
        gettext("Compared at"),
        gettext("Locked at"),
    )


def _summary(line: DayLine) -> Sequence[Cell]:
    return (
        line.on,
        streams()[line.stream],
        line.party,
        state_words(line),
        line.our_count,
        _money(line.our_sum_vnd),
        line.their_count,
        _money(line.their_sum_vnd),
        line.matched_count,
        line.open,
        line.settled,
        line.compared_at,
        line.locked_at,
    )


def _item_head() -> Sequence[str]:
    return (
        gettext("Day"),
        gettext("Stream"),
        gettext("With"),
        gettext("What differs"),
        gettext("Known by"),
        gettext("For the day"),
        gettext("Ours"),
        gettext("Theirs"),
        gettext("Ours less theirs"),
        gettext("State"),
        gettext("Reason"),
        gettext("Note"),
    )


def _item(day: Day, item: Item, names: dict[str, str]) -> Sequence[Cell]:
    settled = item.state == "resolved"
    return (
        day.on,
        streams()[day.stream],
        day.party,
        kinds()[item.kind],
        item.key,
        item.for_day,
        _money(item.our_vnd),
        _money(item.their_vnd),
        Money((item.our_vnd or 0) - (item.their_vnd or 0)),
        item_states()[item.state],
        names.get(item.reason or "") if settled else None,
        item.note if settled else None,
    )


def _decision_head() -> Sequence[str]:
    return (
        gettext("Day"),
        gettext("Stream"),
        gettext("With"),
        gettext("Known by"),
        gettext("Decision"),
        gettext("Reason"),
        gettext("Note"),
        gettext("Who"),
        gettext("When"),
    )


def _decision(day: Day, made: Decision, names: dict[str, str], found: Account) -> Sequence[Cell]:
    return (
        day.on,
        streams()[day.stream],
        day.party,
        made.key,
        gettext("settled") if made.kind == "resolved" else gettext("opened again"),
        names.get(made.reason or ""),
        made.note,
        found.names.get(made.account_id),
        made.at,
    )


def _money(amount: int | None) -> Money | None:
    return None if amount is None else Money(amount)
