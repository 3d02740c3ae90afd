"""Say what is owed in the reader's language: one plain sentence first, then the lines."""

from __future__ import annotations

from dataclasses import dataclass

from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import day, gettext, money, ngettext
from landsvc.finance.owed.service import Owed, OwedLine
from landsvc.registry.owed.service import Elsewhere


@dataclass(frozen=True)
class OwedRow:
    """A line as the table shows it."""

    notice: str
    what: str
    amount: str
    paid: str
    left: str
    due: str
    late: bool


@dataclass(frozen=True)
class OwedShown:
    """What is owed, in words."""

    sentence: str
    late: bool
    stated: str
    rows: list[OwedRow]
    interest: str
    elsewhere: str


def present(found: Owed, elsewhere: Elsewhere | None = None) -> OwedShown:
    """Return what is owed in words."""
    return OwedShown(
        sentence=sentence(found),
        late=found.late_vnd > 0,
        stated=_stated(found),
        rows=[_row(each) for each in found.lines],
        interest=_interest(found),
        elsewhere=_elsewhere(elsewhere) if elsewhere else "",
    )


def sentence(found: Owed) -> str:
    """Say in one sentence what is owed."""
    if found.stated_at is None:
        return gettext("The tax office has told nothing of notices or payments yet.")
    if not found.lines:
        return gettext("Nothing is owed on this land, as far as the tax office has told.")
    count = ngettext("%(num)s line of a notice", "%(num)s lines of notices", len(found.lines))
    if not found.late_vnd:
        return gettext(
            "%(sum)s is owed on this land (%(count)s); nothing is late.", sum=money(found.left_vnd), count=count
        )
    days = ngettext("%(num)s day", "%(num)s days", found.days_late)
    return gettext(
        "%(sum)s is owed on this land (%(count)s); %(late)s of it is late, the longest for %(days)s.",
        sum=money(found.left_vnd),
        count=count,
        late=money(found.late_vnd),
        days=days,
    )


def _stated(found: Owed) -> str:
    if found.stated_at is None:
        return ""
    at = found.stated_at.astimezone(OFFICE_ZONE)
    return gettext("As the tax office stated up to %(at)s.", at=f"{at:%d/%m/%Y %H:%M}")


def _interest(found: Owed) -> str:
    if not found.interest_vnd:
        return ""
    return gettext(
        "Being late costs about %(sum)s up to today. An estimate: the tax office computes it.",
        sum=money(found.interest_vnd),
    )


def _elsewhere(found: Elsewhere) -> str:
    if not found.lines:
        return gettext("The parties owe nothing elsewhere, as far as notices name them.")
    count = ngettext("%(num)s line of a notice", "%(num)s lines of notices", found.lines)
    return gettext(
        "The parties owe %(sum)s elsewhere (%(count)s), %(late)s of it late.",
        sum=money(found.left_vnd),
        count=count,
        late=money(found.late_vnd),
    )


def _row(line: OwedLine) -> OwedRow:
    notice = gettext("%(number)s of %(day)s", number=line.notice_no, day=day(line.issued_on))
    what = " · ".join(filter(None, (line.sub_item, line.period, line.dossier, line.parcel_ref)))
    return OwedRow(
        notice,
        what,
        money(line.amount_vnd),
        money(line.paid_vnd),
        money(line.left_vnd),
        _due(line),
        line.late.due_vnd > 0,
    )


def _due(line: OwedLine) -> str:
    if line.deferred_until is not None:
        return gettext("deferred until %(day)s", day=day(line.deferred_until))
    if line.late.due_vnd:
        days = ngettext("%(num)s day", "%(num)s days", line.late.days)
        return gettext("%(sum)s late for %(days)s", sum=money(line.late.due_vnd), days=days)
    return gettext("by %(day)s", day=day(line.due_on)) if line.due_on else "–"
