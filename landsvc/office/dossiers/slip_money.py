"""Say what a slip tells beside the register, in words: contract, relief, deductions, and what is said to be none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.finance.obligations.parameters import Exemption
from landsvc.finance.slips.content import SlipContract, SlipDeduction, SlipFacts, SlipRelief
from landsvc.office.dossiers import words
from landsvc.office.procedure_pages import chosen

Line = tuple[str, str]
"""What it is, and what is said of it."""


def lines(facts: SlipFacts, grounds: Mapping[str, Exemption]) -> list[Line]:
    """Return each block with what it tells; "not entered" is another word than "none"."""
    names = {each.party: each.name for each in facts.parties if each.party}
    contract, chosen_parcel = facts.contract, facts.chosen_parcel
    return [
        *_block(
            gettext("Contract"),
            "contract",
            [_contract(contract, facts.said_none)] if contract else [],
            facts,
        ),
        *_block(gettext("Relief"), "relief", [_relief(each, grounds, names) for each in facts.relief], facts),
        *_block(gettext("Deductions"), "deductions", [_deduction(each) for each in facts.deductions], facts),
        *([(gettext("The one parcel for the shares by the quota"), chosen_parcel)] if chosen_parcel else []),
    ]


def _block(label: str, name: str, told: Sequence[str], facts: SlipFacts) -> list[Line]:
    if told:
        return [(label, each) for each in told]
    return [(label, gettext("none, it was said") if name in facts.said_none else gettext("not entered yet"))]


def _contract(said: SlipContract, none: Sequence[str]) -> str:
    payer = words.values()[said.tax_payer] if said.tax_payer else None
    told = (
        said.number,
        gettext("signed on %(day)s", day=f"{said.signed_on:%d/%m/%Y}") if said.signed_on else None,
        gettext("in effect from %(day)s", day=f"{said.effective_on:%d/%m/%Y}") if said.effective_on else None,
        said.notary,
        None if said.land_vnd is None else gettext("land %(amount)s", amount=i18n.money(said.land_vnd)),
        gettext("names no price") if "price" in none else None,
        None if said.assets_vnd is None else gettext("assets %(amount)s", amount=i18n.money(said.assets_vnd)),
        payer and gettext("income tax paid by %(who)s", who=payer),
    )
    return " · ".join(filter(None, told))


def _relief(said: SlipRelief, grounds: Mapping[str, Exemption], names: Mapping[str, str]) -> str:
    ground = grounds.get(said.code)
    told = (
        chosen(ground.name_vi, ground.name_en) if ground else said.code,
        names.get(said.who, said.who) if said.who else None,
        None if said.area_m2 is None else i18n.area(said.area_m2),
        said.document,
        gettext("asks to pay later") if said.deferral else None,
    )
    return " · ".join(filter(None, told))


def _deduction(said: SlipDeduction) -> str:
    kind = words.values().get(said.kind, said.kind)
    return " · ".join(filter(None, (kind, i18n.money(said.amount_vnd), said.document)))
