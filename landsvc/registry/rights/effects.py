"""Carry out what dossiers do to rights and encumbrances; `app.py` registers these with the effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.registry.dossiers.completion_errors import RightOfMoreLand, RightOfOtherLand
from landsvc.registry.dossiers.effects import Effect, Known
from landsvc.registry.dossiers.land import places, units_named
from landsvc.registry.facts import HolderAsked, TermsAsked
from landsvc.registry.records import JUDGMENT, day_of
from landsvc.registry.rights import facts, rules, service
from landsvc.registry.rights.errors import WrongKindOfRight
from landsvc.registry.rights.service import Holders, RightGiven, Standing, Terms

ENCUMBRANCES = ("mortgage", "lease", "easement", "limit", "duty")
RIGHTS = ("use", "management", "lease", "asset")
Told = Mapping[str, Any]


def begin_right(session: Session, effect: Effect, actor: Actor) -> Told:
    """Register a new right on the land of the dossier."""
    given: facts.RightBegun = effect.facts
    return _register(session, effect, actor, given, given.kind)


def begin_encumbrance(session: Session, effect: Effect, actor: Actor) -> Told:
    """Register a mortgage, lease, easement, limit or duty."""
    given: facts.EncumbranceBegun = effect.facts
    return _register(
        session, effect, actor, given, given.kind, units_named(session, effect, given.served, "served")
    )


def end_right(session: Session, effect: Effect, actor: Actor) -> Told:
    """End a right on the parcels chosen, on all of its land in the dossier without a choice."""
    given: facts.RightEnded = effect.facts
    old = _standing(session, effect, given.right, RIGHTS)
    units, since = _land_of(session, effect, old, given.parcels), day_of(given.since, "since")
    if set(units) == old.units:
        service.end(session, old.code, since=since, record=effect.record, actor=actor)
    else:
        # What an authority takes back is free of what bears on the rest.
        taken = effect.record.kind == JUDGMENT
        service.release(session, old, units, since=since, record=effect.record, actor=actor, burdened=taken)
    return {"ended": [old.code], "units": units}


def transfer_right(session: Session, effect: Effect, actor: Actor) -> Told:
    """Let a right pass to others: end it in favour of a new one, or hand a share of it over."""
    given: facts.RightTransferred = effect.facts
    old = (_standing if given.giver is None else _whole)(session, effect, given.right, RIGHTS)
    units, since = _land_of(session, effect, old, given.parcels), day_of(given.since, "since")
    if given.giver is not None:
        before = service.holders_now(session, old)
        mode, holders = rules.hand_over(before, given.giver, _holders(given.holders))
        _change(session, effect, actor, old, since, mode, holders, _terms(old.terms, given.terms))
        return {"changed": [old.code], "units": units}
    new = RightGiven(
        old.kind, units, given.mode, _holders(given.holders), _terms(old.terms, given.terms), (old.code,)
    )
    code = service.register(session, new, since=since, record=effect.record, actor=actor)
    return {"begun": [code], "ended" if set(units) == old.units else "changed": [old.code], "units": units}


def change_shares(session: Session, effect: Effect, actor: Actor) -> Told:
    """Let a right stand with other holders."""
    given: facts.SharesChanged = effect.facts
    return _otherwise(session, effect, actor, given, RIGHTS, given.mode, given.holders, None)


def change_form(session: Session, effect: Effect, actor: Actor) -> Told:
    """Let a right stand in another form of tenure."""
    given: facts.FormChanged = effect.facts
    return _otherwise(session, effect, actor, given, RIGHTS, None, None, given.terms)


def change_term(session: Session, effect: Effect, actor: Actor) -> Told:
    """Let a right stand for another term."""
    given: facts.TermChanged = effect.facts
    old, since = _whole(session, effect, given.right, RIGHTS), day_of(given.since, "since")
    _change(session, effect, actor, old, since, None, None, replace(old.terms, term_until=given.term_until))
    return {"changed": [old.code], "units": sorted(old.units)}


def change_asset(session: Session, effect: Effect, actor: Actor) -> Told:
    """Begin, change or end a right to assets on the land."""
    given: facts.AssetChanged = effect.facts
    if given.right is None:
        return _register(session, effect, actor, given, "asset")
    if given.ends:
        old, since = _whole(session, effect, given.right, ("asset",)), day_of(given.since, "since")
        service.end(session, old.code, since=since, record=effect.record, actor=actor)
        return {"ended": [old.code], "units": sorted(old.units)}
    return _otherwise(session, effect, actor, given, ("asset",), given.mode, given.holders, given.terms)


def change_encumbrance(session: Session, effect: Effect, actor: Actor) -> Told:
    """Let an encumbrance stand otherwise."""
    given: facts.EncumbranceChanged = effect.facts
    return _otherwise(session, effect, actor, given, ENCUMBRANCES, given.mode, given.holders, given.terms)


def end_encumbrance(session: Session, effect: Effect, actor: Actor) -> Told:
    """Lift an encumbrance."""
    given: facts.EncumbranceEnded = effect.facts
    old, since = _whole(session, effect, given.right, ENCUMBRANCES), day_of(given.since, "since")
    service.end(session, old.code, since=since, record=effect.record, actor=actor)
    return {"ended": [old.code], "units": sorted(old.units)}


EFFECTS: Mapping[str, Known] = {
    "right.begin": Known(begin_right, facts.RightBegun),
    "right.end": Known(end_right, facts.RightEnded),
    "right.transfer": Known(transfer_right, facts.RightTransferred),
    "right.shares": Known(change_shares, facts.SharesChanged),
    "right.form": Known(change_form, facts.FormChanged),
    "right.term": Known(change_term, facts.TermChanged),
    "asset.change": Known(change_asset, facts.AssetChanged),
    "encumbrance.begin": Known(begin_encumbrance, facts.EncumbranceBegun),
    "encumbrance.change": Known(change_encumbrance, facts.EncumbranceChanged),
    "encumbrance.end": Known(end_encumbrance, facts.EncumbranceEnded),
}
"""What dossiers do to rights and encumbrances, and what is entered for it."""


def _register(
    session: Session, effect: Effect, actor: Actor, given: Any, kind: str, served: Sequence[int] = ()
) -> Told:
    units = units_named(session, effect, given.parcels, "parcels") or [
        each for each in effect.units if each not in served
    ]
    right = RightGiven(kind, units, given.mode, _holders(given.holders), _terms(Terms(), given.terms), (), served)
    code = service.register(session, right, since=day_of(given.since, "since"), record=effect.record, actor=actor)
    return {"begun": [code], "units": [*units, *served]}


def _otherwise(
    session: Session,
    effect: Effect,
    actor: Actor,
    given: Any,
    kinds: Sequence[str],
    mode: str | None,
    holders: Sequence[HolderAsked] | None,
    terms: TermsAsked | None,
) -> Told:
    old, since = _whole(session, effect, given.right, kinds), day_of(given.since, "since")
    new = None if terms is None else _terms(old.terms, terms)
    _change(session, effect, actor, old, since, mode, None if holders is None else _holders(holders), new)
    return {"changed": [old.code], "units": sorted(old.units)}


def _change(
    session: Session,
    effect: Effect,
    actor: Actor,
    old: Standing,
    since: Any,
    mode: str | None,
    holders: Holders | None,
    terms: Terms | None,
) -> None:
    service.change(
        session, old.code, since=since, record=effect.record, actor=actor, mode=mode, holders=holders, terms=terms
    )


def _standing(session: Session, effect: Effect, code: str, kinds: Sequence[str]) -> Standing:
    """Return a right of the dossier's land; raise `RightOfOtherLand` or `WrongKindOfRight`."""
    found = service.get_standing(session, code)
    if not found.units & set(effect.units):
        raise RightOfOtherLand(field="right", right=code, dossier=effect.code)
    if found.kind not in kinds:
        raise WrongKindOfRight(field="right", right=code, kind=found.kind, kinds=", ".join(kinds))
    return found


def _whole(session: Session, effect: Effect, code: str, kinds: Sequence[str]) -> Standing:
    """Return a right that changes on all its land, which must be the dossier's; raise `RightOfMoreLand` too.

    What the dossier does not name was tested for no hold, and nobody who looks at it would expect a change.
    """
    found = _standing(session, effect, code, kinds)
    if more := sorted(found.units - set(effect.units)):
        parcels = [place.name for place in places(session, effect.dossier_id, more)]
        raise RightOfMoreLand(
            field="right",
            members={"parcels": parcels},
            right=code,
            parcels=", ".join(parcels),
            dossier=effect.code,
        )
    return found


def _land_of(session: Session, effect: Effect, right: Standing, names: Sequence[str]) -> list[int]:
    """Return the parcels chosen, or all of a right that belong to the dossier; the right must bear on each."""
    units = units_named(session, effect, names, "parcels") or sorted(right.units & set(effect.units))
    if not set(units) <= right.units:
        raise RightOfOtherLand(field="parcels", right=right.code, dossier=effect.code)
    return units


def _holders(given: Sequence[HolderAsked]) -> Holders:
    return [
        (each.party, None if each.share is None else rules.read_share(each.share, f"holders.{at}.share"))
        for at, each in enumerate(given)
    ]


def _terms(old: Terms, given: TermsAsked | None) -> Terms:
    """Return terms with what was entered; the rest stays."""
    if given is None:
        return old
    return replace(old, **{name: value for name, value in given.model_dump().items() if value is not None})
