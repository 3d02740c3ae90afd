"""Say what can be done at the land office, in plain words: each procedure with papers, fees, time limit and law."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from landsvc.cadastre.search_rules import fold
from landsvc.core import clock, i18n
from landsvc.core.db import TRACKER_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.portal import kept
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.registry.applications.service import online
from landsvc.registry.dossiers.procedures_told import Told, procedure_told, procedures_told


def make_services(database: Database) -> Blueprint:
    """Return the pages; nobody is asked who they are."""
    blueprint = Blueprint("services_pages", __name__)

    @blueprint.get("/services")
    def services() -> ResponseReturnValue:
        words = asked("q", 100)
        with database.read_only(TRACKER_ROLE) as session:
            found = [each for each in procedures_told(session, clock.today()) if fits(each, words)]
        return render_template(
            "pages/services.html",
            procedures=[_line(each) for each in found],
            words=words,
            active="services",
        )

    @blueprint.get("/services/<code>")
    def service(code: str) -> ResponseReturnValue:
        with database.read_only(TRACKER_ROLE) as session:
            told = procedure_told(session, code.replace("\x00", "")[:20], clock.today())
            level = online(session, clock.today()).get(told["code"])
        return render_template("pages/service.html", procedure=service_told(told), level=level, active="services")

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def fits(told: Told, words: str) -> bool:
    """Tell whether each word typed stands in a procedure's names or papers, with or without its marks."""
    names = [told["nameVi"], told["nameEn"], told["code"], told["applicantVi"], told["applicantEn"]]
    names += [each["nameVi"] for each in told["documents"]]
    text = fold(" ".join(names))
    return all(word in text for word in fold(words).split())


def service_told(told: Told, case: str | None = None) -> dict[str, Any]:
    """Return a procedure in words, with the time limits of one case or of all."""
    fees = [_fee(each) for each in told["fees"]]
    total = sum(each["due_vnd"] for each in fees if each["once"])
    return {
        **_line(told),
        "law": told["law"],
        "tthc": told["tthc"] or "",
        "documents": [
            {"name": _own(each, "name"), "when": _own(each, "when") if each["needed"] != "always" else ""}
            for each in told["documents"]
        ],
        "limits": [_case(each) for each in cases(told) if case is None or each[0]["case"] == case],
        "fees": fees,
        "total": i18n.money(total),
        "free": total == 0,
        "taxes": [name for code, name in taxes().items() if code in told["taxes"]],
    }


def taxes() -> dict[str, str]:
    """Return what the tax office may ask for besides, by its letter."""
    return {
        "T": gettext("personal income tax"),
        "B": gettext("registration fee (lệ phí trước bạ)"),
        "S": gettext("land-use fee"),
        "L": gettext("land rent"),
    }


def _line(told: Told) -> dict[str, Any]:
    days = [each["days"] for case in cases(told) for each in case]
    return {
        "code": told["code"],
        "name": _own(told, "name"),
        "applicant": _own(told, "applicant"),
        "days": _span(min(days), max(days)) if days else "",
    }


def cases(told: Told) -> list[list[Told]]:
    """Return the limits of each case: the national one first, then those of provinces that set their own.

    A province's limit holds in that province alone (NĐ 49/2026/NĐ-CP Điều 15), and a register may hold land of
    several; so each is told with its province, and none instead of another.
    """
    found: dict[str, list[Told]] = {}
    for each in sorted(told["deadlines"], key=lambda limit: limit["province"] != ""):
        found.setdefault(each["case"], []).append(each)
    return list(found.values())


def _span(least: int, most: int) -> str:
    if least == most:
        return _days(least)
    if not least:
        return gettext("the same day, or up to %(most)s working days, by the case", most=most)
    return gettext("%(least)s to %(most)s working days, by the case", least=least, most=most)


def _days(days: int) -> str:
    return gettext("%(days)s working days", days=days) if days else gettext("the same day")


def _case(limits: list[Told]) -> dict[str, Any]:
    return {"name": _own(limits[0], "case") or gettext("Usually"), "limits": [_limit(each) for each in limits]}


def _limit(limit: Told) -> dict[str, str]:
    days = _days(limit["days"])
    if limit["extraDays"]:
        days = gettext("%(days)s, %(more)s more in difficult communes", days=days, more=limit["extraDays"])
    unsure = limit["certainty"] == "?"
    return {
        "where": _own(limit, "province"),
        "days": days,
        "source": "" if unsure else limit["source"],
        "tthc": limit["tthc"] or "",
        "unsure": gettext("to be confirmed by the province") if unsure else "",
    }


def _fee(fee: Told) -> dict[str, Any]:
    due = fee["amountVnd"] - fee["amountVnd"] * fee["waivedPercent"] // 100
    return {
        "name": _own(fee, "name"),
        "amount": i18n.money(fee["amountVnd"]),
        "due_vnd": due,
        "due": i18n.money(due),
        "once": fee["per"] == "request",
        "waiver": _own(fee, "waiver") if fee["waivedPercent"] else "",
        "sample": fee["certainty"] == "?" and fee["amountVnd"] > 0,
    }


def own_name(told: Told) -> str:
    """Return the name of a procedure in the reader's language."""
    return _own(told, "name")


def _own(row: Told, name: str) -> str:
    """Return a name in the reader's language; Vietnamese where it has no English one."""
    english = row.get(f"{name}En") if i18n.current_language() == "en" else None
    return str(english or row.get(f"{name}Vi") or "")
