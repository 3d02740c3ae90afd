"""Find plans for the search box."""

from __future__ import annotations

from landsvc.cadastre.search import Found, MoreResults
from landsvc.core.db import Database
from landsvc.core.paging import Box
from landsvc.planning.queries import SQL

MAX_PLANS = 5


def plan_finder(database: Database) -> MoreResults:
    """Return what finds plans by name, code or decision."""

    def find(text: str, limit: int) -> list[Found]:
        rows = database.read(SQL["search_plans"], {"text": text, "page": min(limit, MAX_PLANS)})
        return [
            Found(
                "plan",
                0.95 * float(score),
                code,
                None if x is None else (x, y),
                None if corners[0] is None else Box(*corners),
                {"name": name, "nameEn": name_en, "decision": decision, "decidedOn": decided_on},
            )
            for code, name, name_en, decision, decided_on, score, x, y, *corners in rows
        ]

    return find
