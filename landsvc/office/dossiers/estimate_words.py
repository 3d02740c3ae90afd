"""Say on a dossier's page what would be owed, how that was worked out, what it lacks and where that is entered.

An estimate, for reference only. Once the tax office gave notice, it is folded away and tells how far it was off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import request
from sqlalchemy.orm import Session

from landsvc.core import i18n
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body
from landsvc.finance.mirror.service import money_of
from landsvc.finance.obligations.model import Obligation
from landsvc.finance.obligations.parameters import Parameter
from landsvc.finance.obligations.sayings import kind_said, said
from landsvc.identity.actors import Actor
from landsvc.office.procedure_pages import chosen
from landsvc.registry.dossiers import slip_facts
from landsvc.registry.dossiers.estimating import DossierEstimate, estimate_of
from landsvc.registry.dossiers.model import State, Whole
from landsvc.registry.dossiers.procedures import Procedure
from landsvc.registry.edge import READERS

BEFORE_AND_AFTER = frozenset({"SUBMITTED", "RECORDED"})
"""Not received yet, or the register has changed hands: there is nothing to estimate."""
Linked = tuple[str, str]
"""What it is, and the address where it is entered; empty where no page enters it."""


@dataclass(frozen=True)
class Owing:
    """What one person would owe of one kind."""

    name: str
    who: str
    amount: str
    working: list[tuple[str, str]]
    laws: str
    figures: list[str]


@dataclass(frozen=True)
class EstimateShown:
    """The estimate of a dossier, in words."""

    day: str
    total: str
    owing: list[Owing]
    lacking: list[Linked]
    assumed: list[Linked]
    noticed: str
    """What the notices say and how far the estimate was off; empty until one arrived."""
    problem: Mapping[str, Any] | None = None


def estimate_shown(
    session: Session, found: Whole, procedure: Procedure, state: State, *, actor: Actor
) -> EstimateShown | None:
    """Return the estimate of a dossier for whoever may read who holds land; None where there is none to make."""
    early_or_late = state.clock == "ended" or state.code in BEFORE_AND_AFTER
    if not procedure.facts.taxes or early_or_late or not actor.roles & {*READERS}:
        return None
    facts = slip_facts.gather(session, None, found.dossier.code, actor=actor)
    try:
        told = estimate_of(session, facts, found.parcels)
    except LandsvcError as error:
        return EstimateShown("", "", [], [], [], "", problem_body(error, instance=request.path))
    units = {(each.ref, each.code): each.unit_id for each in found.parcels}
    land = [(each.ref or each.code or "–", units[each.ref, each.code]) for each in facts.land]
    total = sum(each.amount_vnd for each in told.obligations)
    return EstimateShown(
        day=i18n.day(told.case.on),
        total=i18n.money(total) if told.case.facts else "",
        owing=[_owing(each) for each in told.obligations],
        lacking=[_place(each, found.dossier.code, land, lacks=True) for each in told.case.lacking],
        assumed=[_place(each, found.dossier.code, land) for each in told.case.assumed],
        noticed=_noticed(session, found.dossier.code, told, total),
    )


def _noticed(session: Session, code: str, told: DossierEstimate, total: int) -> str:
    """Say what the notices in force ask for, and the difference of the estimate."""
    money = money_of(session, code)
    if not money.notices:
        return ""
    sums = {"notices": money.notices, "expected": max(money.notices, money.expected)}
    asked = gettext(
        "%(notices)s of %(expected)s notices arrived and ask for %(owed)s.",
        owed=i18n.money(money.owed_vnd),
        **sums,
    )
    if told.case.facts is None:
        return " ".join((asked, gettext("There was no estimate to compare.")))
    off = total - money.owed_vnd
    if not off:
        how = gettext("The estimate is the same.")
    elif off > 0:
        how = gettext("The estimate is %(off)s higher.", off=i18n.money(off))
    else:
        how = gettext("The estimate is %(off)s lower.", off=i18n.money(-off))
    return f"{asked} {how}"


def _owing(found: Obligation) -> Owing:
    language = i18n.current_language()
    who = gettext("person %(number)s, share %(share)s", number=found.payer, share=found.share)
    return Owing(
        kind_said(found.kind, language) + (f" ({found.sub_item})" if found.sub_item else ""),
        "" if found.share == 1 else who,
        i18n.money(found.amount_vnd),
        [
            (said(step, language), "" if step.amount_vnd is None else i18n.money(step.amount_vnd))
            for step in found.working
        ],
        "; ".join(found.laws),
        [_figure(each) for each in found.parameters],
    )


def _figure(found: Parameter) -> str:
    value = f"{found.value.normalize():f}"
    shown = {
        "share": lambda: f"{i18n.number(float(found.value) * 100, 2)} %",
        "vnd": lambda: i18n.money(int(found.value)),
    }.get(found.unit, lambda: value)()
    open_point = gettext("to be confirmed by the province")
    told = f"{chosen(found.name_vi, found.name_en)}: {shown}"
    return f"{told} ({open_point})" if found.certainty == "?" else told


def _place(place: str, code: str, land: Sequence[tuple[str, int]], *, lacks: bool = False) -> Linked:
    """Name what an estimate lacks or assumes, such as `land.0.price.ODT`, and where it is entered.

    `land` are the parcels of the slip in its order, each with its unit.
    """
    entry = f"/office/dossiers/{quote(code)}/completion"
    match place.split("."):
        case ["dossier", _]:
            return gettext("rules by which this procedure is estimated"), ""
        case ["contract", "landVnd"]:
            return gettext("the price in the contract"), entry
        case ["contract", "effectiveOn"]:
            return gettext("the day the contract takes effect: today stands in"), entry
        case ["contract", _]:
            return gettext("the price of the house by the table of houses: that of the contract stands in"), entry
        case ["parties", _, "share"] if lacks:
            return gettext("the shares: of each who gives or receives, together the whole"), entry
        case ["parties", "transferor", "share"]:
            return gettext("the shares of those who give: equal ones stand in"), entry
        case ["parties", _, "share"]:
            return gettext("the shares of those who receive: equal ones stand in"), entry
        case ["parties", "transferor"]:
            return gettext("who gives: nobody holds a right named among the facts"), entry
        case ["parties", _]:
            return gettext("who receives: no new holder was entered"), entry
        case ["relief", *_]:
            return gettext(
                "relief of one person, of a part of the land or to pay later: it is not taken off"
            ), entry
        case ["land", at, *more] if more:
            return _land(*land[int(at)], more)
    return place, entry


def _land(name: str, unit: int, lacking: Sequence[str]) -> Linked:
    match lacking:
        case ["price", use]:
            priced = gettext("%(parcel)s: the price of %(use)s by the table of land prices", parcel=name, use=use)
            return priced, f"/office/prices/{unit}"
        case [*_, "areaM2"]:
            return gettext("%(parcel)s: the area of a use", parcel=name), f"/office?parcel={quote(name)}"
    return gettext("%(parcel)s: its uses", parcel=name), f"/office?parcel={quote(name)}"
