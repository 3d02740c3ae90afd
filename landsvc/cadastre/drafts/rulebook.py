"""Tell anybody which rules drafts are judged by: what each asks, on which law, how grave, and how to mend it."""

from __future__ import annotations

from datetime import date
from typing import Any

from landsvc.cadastre.drafts.checks.queries import SQL
from landsvc.cadastre.drafts.errors import UnknownRule
from landsvc.core.db import Database

Told = dict[str, Any]


def list_rules(database: Database, on: date) -> list[Told]:
    """Return every rule in force on a day, in the order reports tell them."""
    return [row[0] for row in database.read(SQL["rules_told"], {"on_date": on})]


def explain_rule(database: Database, code: str) -> list[Told]:
    """Return every form a rule had, the newest first; raise `UnknownRule`."""
    found = [row[0] for row in database.read(SQL["rule_told"], {"code": code.replace("\x00", "")})]
    if not found:
        raise UnknownRule(field="code", rule=code[:60])
    return found
