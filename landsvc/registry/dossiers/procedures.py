"""Read procedures and the calendar: what the engine goes by. No procedure is known by name here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy.orm import Session

from landsvc.registry.dossiers import queries
from landsvc.registry.dossiers.errors import CaseNotFound, ProcedureNotFound
from landsvc.registry.dossiers.model import Dossier
from landsvc.registry.dossiers.queries import CalendarLine as CalendarLine
from landsvc.registry.dossiers.queries import Deadline, DocumentNeed, ProcedureRow, Step
from landsvc.registry.dossiers.working_time import Calendar, Hours


@dataclass(frozen=True)
class Procedure:
    """A procedure as it stands on a day: its facts, papers, steps and time limits."""

    facts: ProcedureRow
    documents: tuple[DocumentNeed, ...]
    steps: tuple[Step, ...]
    deadlines: tuple[Deadline, ...]
    case_effects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What completing it does in cases that have effects of their own, by case."""

    def in_case(self, case: str) -> Procedure:
        """Return it as it is in a case: with the effects of the case, where it has its own."""
        if case not in self.case_effects:
            return self
        return replace(self, facts=replace(self.facts, effects=self.case_effects[case]))

    @property
    def cases(self) -> tuple[Deadline, ...]:
        """Return one row for each case, the first being the usual one."""
        seen: dict[str, Deadline] = {}
        for each in self.deadlines:
            seen.setdefault(each.case_code, each)
        return tuple(seen.values())


@dataclass(frozen=True)
class Limit:
    """How many working days a dossier has, and on what that stands."""

    days: int
    extra_days: int
    deadline: Deadline

    @property
    def total(self) -> int:
        """Return all working days."""
        return self.days + self.extra_days


def limit_of(deadlines: Sequence[Deadline], *, case: str, province: str, difficult: bool) -> Limit | None:
    """Return the limit of a case: the province's own text prevails over the national default; None without one.

    Source: NĐ 49/2026/NĐ-CP, article 15.
    """
    of_case = [each for each in deadlines if each.case_code == case and each.province_code in {province, ""}]
    found = max(of_case, key=lambda each: each.province_code != "", default=None)
    return None if found is None else Limit(found.days, found.extra_days if difficult else 0, found)


def get_procedure(session: Session, code: str, on_day: date) -> Procedure:
    """Return a procedure as it stands on a day; raise `ProcedureNotFound`."""
    found = queries.procedures(session, on_day=on_day, code=code)
    if not found:
        raise ProcedureNotFound(field="procedure", code=code, day=on_day.isoformat())
    return Procedure(
        found[0],
        tuple(queries.documents(session, code=code)),
        tuple(queries.steps(session, workflow=found[0].workflow)),
        tuple(queries.deadlines(session, on_day=on_day, code=code)),
        queries.case_effects(session, code=code),
    )


def procedure_of(session: Session, dossier: Dossier) -> Procedure:
    """Return the procedure a dossier follows, as it stood when it was handed in and as it is in the dossier's case."""
    return get_procedure(session, dossier.procedure, dossier.on_day).in_case(dossier.case_code)


def list_procedures(session: Session, on_day: date) -> list[Procedure]:
    """Return every procedure in force on a day with its time limits; papers and steps are left to the single one."""
    limits = queries.deadlines(session, on_day=on_day)
    return [
        Procedure(row, (), (), tuple(each for each in limits if each.procedure == row.code))
        for row in queries.procedures(session, on_day=on_day)
    ]


def estimate_kind(session: Session, code: str) -> str | None:
    """Return by which rules the taxes of a procedure are estimated: `transfer` or `gift`; None where by none."""
    return queries.estimate_kind(session, code=code)


def get_limit(session: Session, procedure: Procedure, *, case: str, commune: str, on_day: date) -> Limit:
    """Return the time limit of a case in a commune; raise `CaseNotFound`."""
    province, difficult = queries.commune_limits(session, commune=commune, on_day=on_day)
    found = limit_of(procedure.deadlines, case=case, province=province, difficult=difficult)
    if found is None:
        cases = ", ".join(repr(each.case_code) for each in procedure.cases)
        raise CaseNotFound(field="case", code=procedure.facts.code, case=case, cases=cases)
    return found


def calendar_of(session: Session, branch: str) -> Calendar:
    """Return when an office works."""
    days = queries.calendar_days(session)
    hours = [
        Hours(each.first or date.min, each.last, frozenset(each.weekdays), each.opens, each.closes, each.cutoff)
        for each in queries.office_hours(session, branch=branch)
    ]
    return Calendar(
        tuple(hours),
        frozenset(day for day, kind in days if kind == "holiday"),
        frozenset(day for day, kind in days if kind == "working"),
    )


def list_calendar(session: Session) -> list[CalendarLine]:
    """Return every day that differs from the week, for readers."""
    return queries.calendar_listed(session)


def with_cutoff(calendar: Calendar, procedure: ProcedureRow) -> Calendar:
    """Return the calendar with the cut-off hour of a procedure, where it has its own."""
    cutoff = procedure.cutoff
    if cutoff is None:
        return calendar
    return replace(calendar, hours=tuple(replace(each, cutoff=cutoff) for each in calendar.hours))
