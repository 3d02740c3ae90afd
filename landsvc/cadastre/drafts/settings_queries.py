"""Typed doors to the statements of what the province sets. Only `minimums` and `rule_forms` call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("cadastre", "queries_settings.sql")


@dataclass(frozen=True)
class MinimumLine:
    """A row of minimum plots as lists show it; `until` is its last day, `counts` whether it is what holds today."""

    id: int
    use: str
    use_vi: str
    use_en: str
    commune_kind: str | None
    commune: str | None
    commune_name: str | None
    area_m2: Decimal
    frontage_m: Decimal | None
    precedence: int
    since: date | None
    until: date | None
    legal_basis: str
    entered_at: datetime
    counts: bool


@dataclass(frozen=True)
class LandUse:
    """A land-use type or group."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class RuleForm:
    """A form of a rule: it holds from `since` until before `before` (None: no end)."""

    since: date | None
    before: date | None
    parameters: dict[str, Any]
    preview: str
    submit: str
    commit: str
    second_person: bool
    law: str


def minimums_told(session: Session, *, on_date: date) -> list[MinimumLine]:
    """Return every row of minimum plots."""
    return [MinimumLine(*row) for row in rows_of(session, SQL["minimums_told"], on_date=on_date)]


def is_there(session: Session, values: Mapping[str, Any]) -> bool:
    """Tell whether a row of minimum plots says the same already."""
    return bool(rows_of(session, SQL["minimum_there"], **values))


def add_minimum(session: Session, values: Mapping[str, Any]) -> int:
    """Add a row of minimum plots; return its number."""
    ((made,),) = rows_of(session, SQL["add_minimum"], **values)
    return int(made)


def uses_of_land(session: Session) -> list[LandUse]:
    """Return every land-use type and group, in the official order."""
    return [LandUse(*row) for row in rows_of(session, SQL["uses_of_land"])]


def known_communes(session: Session, *, codes: Sequence[str]) -> set[str]:
    """Return which of some codes are communes."""
    return {code for (code,) in rows_of(session, SQL["known_communes"], codes=list(codes))}


def rule_form_on(session: Session, *, code: str, on_date: date) -> RuleForm | None:
    """Return the form of a rule on a day, None where there is none."""
    found = rows_of(session, SQL["rule_form_on"], code=code, on_date=on_date)
    return RuleForm(*found[0]) if found else None


def bound_rule(session: Session, *, code: str, since: date | None, before: date | None) -> None:
    """Let the form of a rule that began on a day hold until before another."""
    rows_of(session, SQL["bound_rule"], code=code, since=since, before=before)


def add_rule_form(session: Session, **values: Any) -> None:
    """Add a form of a rule with the texts of the one that began on the day `like`."""
    rows_of(session, SQL["add_rule_form"], **values)


def drop_rule_form(session: Session, *, code: str, since: date) -> tuple[bool, date | None]:
    """Take back the form of a rule that begins on a day; return whether there was one, and before when it would end."""
    found = rows_of(session, SQL["drop_rule_form"], code=code, since=since)
    return (True, found[0][0]) if found else (False, None)
