"""Show an application from home: its papers, cases, and what became of it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import gettext
from landsvc.portal.services_pages import cases
from landsvc.registry.applications import service
from landsvc.registry.applications.service import Lodged, Told
from landsvc.registry.applications.words import paper_name
from landsvc.registry.dossiers import tracking

OTHER = "other"
KILOBYTE = 1000


def papers_of(application: Told) -> list[dict[str, Any]]:
    """Return the papers a service asks for, each with the files it has; forms we write ourselves come last."""
    needs = [
        {
            "document": each["document"],
            "name": paper_name(each),
            "when": "" if each["needed"] == "always" else str(_own(each, "when")),
            "needed": each["needed"] == "always" and each["kind"] != service.FORM,
            "form": each["kind"] == service.FORM,
        }
        for each in application["needs"]
    ]
    needs.append({"document": OTHER, "name": gettext("Other paper"), "when": "", "needed": False, "form": False})
    for need in needs:
        need["files"] = [
            {**paper, "size": _size(paper["bytes"])}
            for paper in application["papers"]
            if paper["document"] == need["document"]
        ]
    return sorted(needs, key=lambda need: bool(need["form"]))


def cases_of(told: Told) -> list[dict[str, str]]:
    """Return the cases of a procedure by code and name."""
    found = [{"code": case[0]["case"], "name": str(_own(case[0], "case"))} for case in cases(told)]
    return [{**each, "name": each["name"] or gettext("Usually")} for each in found]


def lodged_of(application: Told) -> Lodged | None:
    """Return code and secret of the dossier an application became, None for a draft."""
    if not application["dossier"]:
        return None
    return Lodged(application["dossier"], grouped(tracking.plain(application["dossierSecret"])))


def day_lodged(application: Told) -> str:
    """Return when it was lodged, by the clock of the office."""
    at = datetime.fromisoformat(application["lodgedAt"]).astimezone(OFFICE_ZONE)
    return f"{at:%H:%M} {i18n.day(at.date())}"


def _own(row: Mapping[str, Any], name: str) -> Any:
    return (row.get(f"{name}En") if i18n.current_language() == "en" else None) or row.get(f"{name}Vi") or ""


def _size(count: int) -> str:
    return f"{i18n.number(max(1, round(count / KILOBYTE)), 0)}\N{NO-BREAK SPACE}kB"


def grouped(secret: str) -> str:
    """Return a secret as it is shown and written down."""
    return "-".join(secret[at : at + tracking.GROUP] for at in range(0, len(secret), tracking.GROUP))
