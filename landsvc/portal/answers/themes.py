"""Turn one theme of an extract into bars, chips and sources."""

from __future__ import annotations

from collections.abc import Sequence

from landsvc.core.i18n import area, day, gettext, number, percent
from landsvc.portal.answers.names import (
    amount_of,
    building_words,
    color_of,
    level_name,
    plan_name,
    theme_name,
    zone_name,
)
from landsvc.portal.answers.shapes import Chip, LandUses, PlanPart, Source, Theme, Tree

PENDING = "pending"


def present_theme(theme: Tree, uses: LandUses) -> Theme:
    """Return the view of one theme: what is in force by plan, what is to come, where it all stands."""
    rows = sorted(theme.get("zones") or [], key=lambda row: -(row.get("sharePct") or 0))
    in_force = [row for row in rows if row.get("status") != PENDING]
    pending = [row for row in rows if row.get("status") == PENDING]
    return Theme(
        code=theme["code"],
        name=theme_name(theme),
        state=theme["state"],
        share=percent(theme["sharePct"]) if theme.get("sharePct") else "",
        amount=amount_of(theme),
        parts=_parts(in_force, uses),
        pending=_parts(pending, uses),
        sources=[_source(row, uses) for row in [*in_force, *pending]],
    )


def _parts(rows: Sequence[Tree], uses: LandUses) -> list[PlanPart]:
    """Return the zones of each plan; within one plan they stand beside each other in its bar."""
    found: dict[str, PlanPart] = {}
    chips: dict[str, list[Chip]] = {}
    for row in rows:
        plan = row.get("plan") or {}
        code = str(plan.get("code") or "")
        mine = chips.setdefault(code, [])
        mine.append(_zone_chip(row, uses, sum(chip.share_pct for chip in mine)))
        found.setdefault(code, PlanPart(plan_name(plan), level_name(plan.get("level")), mine))
    return list(found.values())


def _zone_chip(row: Tree, uses: LandUses, offset: float) -> Chip:
    share = float(row.get("sharePct") or 0)
    return Chip(row["code"], zone_name(row, uses), color_of(row, uses), amount_of(row), share, offset)


def _source(row: Tree, uses: LandUses) -> Source:
    plan = row.get("plan") or {}
    decision = str(plan.get("decision") or row.get("legalSource") or "")
    if decision and plan.get("decidedOn"):
        decision = gettext("%(decision)s of %(date)s", decision=decision, date=day(plan["decidedOn"]))
    return Source(
        zone=_zone_chip(row, uses, 0.0),
        pending=row.get("status") == PENDING,
        plan=plan_name(plan),
        decision=decision,
        authority=str(plan.get("authority") or row.get("authority") or ""),
        period=_period(row),
        scale=_scale(row),
        certainty=_certainty(row),
        building=building_words(row),
    )


def _period(row: Tree) -> str:
    if row.get("validFrom") and row.get("validTo"):
        return gettext("from %(start)s to %(end)s", start=day(row["validFrom"]), end=day(row["validTo"]))
    return gettext("from %(start)s", start=day(row["validFrom"])) if row.get("validFrom") else ""


def _scale(row: Tree) -> str:
    parts = []
    if row.get("sourceScale"):
        parts.append(gettext("drawn at 1:%(scale)s", scale=number(row["sourceScale"], 0)))
    if row.get("accuracyM"):
        parts.append(gettext("accurate to ±%(metres)s m", metres=number(row["accuracyM"])))
    return ", ".join(parts)


def _certainty(row: Tree) -> str:
    unsure = row.get("uncertainM2")
    if not unsure:
        return ""
    return gettext(
        "%(certain)s certain, %(unsure)s uncertain: the zone's edge is no sharper than its source",
        certain=area(row.get("certainM2") or 0),
        unsure=area(unsure),
    )
