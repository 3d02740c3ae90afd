"""Say what every piece shall measure and be registered with, when areas are asked for. Pure functions.

A parcel has two areas: the registered one, a legal fact in tenths of a square metre, and the measured one. They differ,
and what becomes of the difference is a choice: shared in proportion, borne by the last piece, or refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from landsvc.cadastre.drafts.area_errors import (
    AreaNotInTenths,
    AreasDiffer,
    AreasDivideNothing,
    AreasExceedParcel,
    LastPieceTakesTooMuch,
    NoRegisteredArea,
)
from landsvc.cadastre.rules import TENTH

REGISTERED, MEASURED = "registered", "measured"
PROPORTIONAL, LAST, REFUSE = "proportional", "last", "refuse"
ROUNDING_M2 = 0.05
"""Areas that differ by no more than the rounding of the register are the same: half of its tenth."""


@dataclass(frozen=True)
class Targets:
    """What each piece shall measure (m², in the zone the parcel was measured in), the last taking the residue.

    `legal_m2` is what each will be registered with; None where the registered area is shared by what the pieces
    measure, or there is none. `rest` tells that the last piece was not asked for: it is what remains.
    """

    measured_m2: tuple[float, ...]
    legal_m2: tuple[Decimal, ...] | None
    rest: bool
    in_proportion: bool


def plan_areas(
    asked: Sequence[Decimal],
    basis: str,
    difference: str,
    *,
    legal_m2: Decimal | None,
    measured_m2: float,
    ref: str = "",
) -> Targets:
    """Return the targets of the pieces, in the order the areas were asked for; what is left over is one more piece.

    `basis` says whether the areas are registered or measured ones, `difference` what becomes of what the registered
    area has more or less than the measured one. The registered areas of the pieces sum exactly to the parcel's.
    Raises `NoRegisteredArea`, `AreaNotInTenths`, `AreasExceedParcel`, `AreasDivideNothing`, `AreasDiffer` and
    `LastPieceTakesTooMuch`.
    """
    if difference == REFUSE and legal_m2 is not None and abs(float(legal_m2) - measured_m2) > ROUNDING_M2:
        raise AreasDiffer(
            field="difference",
            ref=ref,
            registered_m2=legal_m2,
            measured_m2=round(measured_m2, 3),
            difference_m2=round(float(legal_m2) - measured_m2, 3),
        )
    if basis == REGISTERED:
        return _registered(asked, difference, legal_m2, measured_m2, ref)
    return _measured(asked, difference, legal_m2, measured_m2, ref)


def _registered(
    asked: Sequence[Decimal], difference: str, legal_m2: Decimal | None, measured_m2: float, ref: str
) -> Targets:
    if legal_m2 is None:
        raise NoRegisteredArea(field="basis", ref=ref)
    for area in asked:
        if area % TENTH:
            raise AreaNotInTenths(field="areasM2", area_m2=area)
    left = legal_m2 - sum(asked, Decimal(0))
    _check_sum(sum(asked, Decimal(0)), legal_m2, left < 0, REGISTERED, ref)
    legal = (*asked, left) if left else tuple(asked)
    _check_several(legal, ref)
    shared = difference != LAST
    if shared:
        targets = [float(area) * measured_m2 / float(legal_m2) for area in legal]
    else:
        targets = [float(area) for area in legal[:-1]]
        targets.append(_left_for_last(measured_m2 - sum(targets), ref))
    return Targets(tuple(targets), legal, bool(left), shared)


def _measured(
    asked: Sequence[Decimal], difference: str, legal_m2: Decimal | None, measured_m2: float, ref: str
) -> Targets:
    wanted = [float(area) for area in asked]
    left = measured_m2 - sum(wanted)
    _check_sum(sum(asked, Decimal(0)), round(measured_m2, 3), left < -ROUNDING_M2, MEASURED, ref)
    rest = left > ROUNDING_M2
    # What was typed is rounded: a grain too much or too little is the last piece's.
    targets = (*wanted, left) if rest else (*wanted[:-1], wanted[-1] + left)
    _check_several([Decimal(str(round(area, 3))) for area in targets], ref)
    if legal_m2 is None or difference != LAST:
        return Targets(targets, None, rest, in_proportion=False)
    legal = [Decimal(str(area)).quantize(TENTH, ROUND_HALF_EVEN) for area in targets[:-1]]
    _left_for_last(float(legal_m2 - sum(legal, Decimal(0))), ref)
    legal.append(legal_m2 - sum(legal, Decimal(0)))
    return Targets(targets, tuple(legal), rest, in_proportion=False)


def _check_sum(asked: Decimal, whole: Decimal | float, over: bool, basis: str, ref: str) -> None:
    if over:
        more = round(float(asked) - float(whole), 3)
        raise AreasExceedParcel(
            field="areasM2", ref=ref, asked_m2=asked, area_m2=whole, basis=basis, over_m2=more
        )


def _check_several(areas: Sequence[Decimal], ref: str) -> None:
    if len(areas) < 2:
        raise AreasDivideNothing(field="areasM2", ref=ref, asked_m2=areas[0])


def _left_for_last(left_m2: float, ref: str) -> float:
    if left_m2 < float(TENTH):
        raise LastPieceTakesTooMuch(field="difference", ref=ref, left_m2=round(left_m2, 3))
    return left_m2
