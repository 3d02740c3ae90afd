"""Show officers each procedure as its data say it, and the calendar the clock goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.i18n import gettext
from landsvc.identity import web as identity
from landsvc.registry.dossiers import procedures
from landsvc.registry.dossiers.effects import NAMES
from landsvc.registry.dossiers.procedures import Procedure


@dataclass(frozen=True)
class LimitLine:
    """A time limit in words."""

    case: str
    where: str
    days: int
    extra_days: int
    since: str
    source: str
    sure: bool


def add_procedures(blueprint: Blueprint, database: Database) -> None:
    """Add the list of procedures, the page of one, and the calendar."""

    @blueprint.get("/procedures")
    def procedure_list() -> ResponseReturnValue:
        actor = identity.officer()
        with database.read_only(EDITOR_ROLE) as session:
            found = procedures.list_procedures(session, clock.today())
        return render_template(
            "pages/office/procedures.html",
            rows=[(each.facts.code, name_of(each.facts), _spans(each), each.facts.tthc) for each in found],
            officer=actor,
            csrf=identity.csrf_token(),
        )

    @blueprint.get("/procedures/<code>")
    def procedure(code: str) -> ResponseReturnValue:
        actor = identity.officer()
        with database.read_only(EDITOR_ROLE) as session:
            found = procedures.get_procedure(session, code.replace("\x00", "")[:8], clock.today())
        return render_template(
            "pages/office/procedure.html",
            code=found.facts.code,
            name=name_of(found.facts),
            facts=_facts(found),
            limits=[_limit(each) for each in found.deadlines],
            documents=[
                (name_of(each), each.needed == "always", chosen(each.when_vi, each.when_en))
                for each in found.documents
            ],
            steps=[(name_of(each), roles().get(each.role, each.role), each.days) for each in found.steps],
            effects=[chosen(*NAMES[name]) for name in found.facts.effects],
            by_case=[
                (
                    chosen(each.case_vi, each.case_en),
                    [chosen(*NAMES[name]) for name in found.case_effects[each.case_code]],
                )
                for each in found.cases
                if each.case_code in found.case_effects
            ],
            officer=actor,
            csrf=identity.csrf_token(),
        )

    @blueprint.get("/calendar")
    def calendar() -> ResponseReturnValue:
        actor = identity.officer()
        with database.read_only(EDITOR_ROLE) as session:
            days = procedures.list_calendar(session)
            hours = procedures.calendar_of(session, "").hours
        return render_template(
            "pages/office/calendar.html",
            days=[
                (
                    i18n.day(each.day),
                    each.kind == "working",
                    name_of(each),
                    each.source,
                    each.counts,
                    each.certainty,
                )
                for each in days
            ],
            hours=hours,
            weekdays=_weekdays,
            officer=actor,
            csrf=identity.csrf_token(),
        )


def _effects(names: Sequence[str]) -> list[str]:
    return [chosen(*NAMES[name]) for name in names]


def chosen(vietnamese: str, english: str) -> str:
    """Return the text in the reader's language."""
    return english if i18n.current_language() == "en" else vietnamese


def name_of(row: Any) -> str:
    """Return the name of a row that has two, in the reader's language."""
    return chosen(row.name_vi, row.name_en)


def roles() -> dict[str, str]:
    """Return who does a step, in words."""
    return {
        "counter": gettext("Reception"),
        "processor": gettext("Processor"),
        "checker": gettext("Checker"),
        "signer": gettext("Signer"),
        "archivist": gettext("Archivist"),
    }


def taxes() -> dict[str, str]:
    """Return the kinds of taxes, in words."""
    return {
        "T": gettext("Income tax on the transfer"),
        "B": gettext("Registration fee"),
        "S": gettext("Land-use fee"),
        "L": gettext("Land rent"),
    }


def holds() -> dict[str, str]:
    """Return the kinds of holds, in words."""
    return {
        "dispute": gettext("Dispute"),
        "seizure": gettext("Seizure"),
        "block": gettext("Block notice"),
        "recovery": gettext("Recovery decision"),
    }


def _spans(found: Procedure) -> str:
    days = sorted({each.days for each in found.deadlines})
    return f"{days[0]}–{days[-1]}" if len(days) > 1 else str(days[0]) if days else "–"


def _facts(found: Procedure) -> list[tuple[str, str]]:
    facts = found.facts
    cutoff = facts.cutoff and f"{facts.cutoff:%H:%M}"
    lines = [
        (gettext("Who applies"), chosen(facts.applicant_vi, facts.applicant_en)),
        (gettext("Administrative procedure"), facts.tthc or ""),
        (gettext("Law"), facts.law),
        (gettext("Money"), ", ".join(taxes()[each] for each in facts.taxes) or gettext("none")),
        (gettext("Stopped by"), ", ".join(holds()[each] for each in facts.blocked_by) or gettext("nothing")),
        (gettext("Counts as the next day when received after"), cutoff or gettext("the office's cut-off hour")),
        (gettext("Certificates"), _certificates(found)),
    ]
    return [(label, value) for label, value in lines if value]


def _certificates(found: Procedure) -> str:
    """Say what a procedure asks of certificates, by which law; nothing where it asks nothing."""
    facts = found.facts
    said = [
        gettext("one in force is needed") if facts.needs_certificate else "",
        gettext("another one is issued") if facts.renews_certificate else "",
    ]
    what = ", ".join(filter(None, said))
    unsure = gettext("to be confirmed by the province") if facts.certificate_certainty == "?" else ""
    law = "; ".join(filter(None, (facts.certificate_law, unsure)))
    return f"{what} ({law})" if what and law else what


def _limit(each: Any) -> LimitLine:
    province = gettext("Province %(code)s", code=each.province_code)
    return LimitLine(
        case=chosen(each.case_vi, each.case_en) or gettext("Usual case"),
        where=province if each.province_code else gettext("National default"),
        days=each.days,
        extra_days=each.extra_days,
        since=i18n.day(each.first),
        source=each.source,
        sure=each.certainty != "?",
    )


def _weekdays(days: frozenset[int]) -> str:
    names = [
        gettext("Monday"),
        gettext("Tuesday"),
        gettext("Wednesday"),
        gettext("Thursday"),
        gettext("Friday"),
        gettext("Saturday"),
        gettext("Sunday"),
    ]
    return ", ".join(names[day - 1] for day in sorted(days))
