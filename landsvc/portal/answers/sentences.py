"""Say an answer in sentences: what the parcel is, what plans mean for it, what nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from landsvc.core.i18n import area, gettext, ngettext
from landsvc.portal.answers.names import listing, use_name
from landsvc.portal.answers.shapes import LandUses, PlanPart, Theme, Tree

NAMED_ZONES = 4


def first_sentence(parcel: Tree, uses: LandUses) -> str:
    """Say how large a parcel is and what it is registered as."""
    names = listing([use_name(row, uses) for row in parcel.get("uses") or []])
    if not names:
        return gettext("No registered land use is known for this parcel.")
    if parcel.get("legalAreaM2") is None:
        return gettext("This parcel is registered as: %(uses)s.", uses=names)
    return gettext(
        "This parcel has %(area)s and is registered as: %(uses)s.",
        area=area(parcel["legalAreaM2"]),
        uses=names,
    )


def map_sentence(parcel: Tree) -> list[str]:
    """Say that a parcel has no map, if so."""
    if parcel.get("geometry"):
        return []
    return [gettext("This parcel has no map yet: where exactly it lies, and which plans touch it, is not known.")]


def planning_sentences(by_state: Mapping[str, Sequence[Theme]], *, of_parcel: bool = True) -> list[str]:
    """Say what plans mean for a parcel (or a place): in force, to come, nothing, not known."""
    sentences: list[str] = []
    for theme in by_state["affected"]:
        sentences.extend(_part_sentence(theme, part) for part in theme.parts)
    pending = [theme.name for theme in by_state["affected"] if theme.pending]
    if pending:
        named = listing(pending)
        sentences.append(
            gettext("A change that is not yet in force would touch it: %(themes)s.", themes=named)
            if of_parcel
            else gettext("A change that is not yet in force would touch this place: %(themes)s.", themes=named)
        )
    if not by_state["affected"] and by_state["notAffected"]:
        sentences.append(
            gettext("No plan and no restriction we hold touches it.")
            if of_parcel
            else gettext("No plan and no restriction we hold touches this place.")
        )
    if by_state["withoutData"]:
        count = len(by_state["withoutData"])
        sentences.append(
            ngettext(
                "On %(num)s theme we hold no data here; that is not the same as no restriction.",
                "On %(num)s themes we hold no data here; that is not the same as no restriction.",
                count,
            )
        )
    return sentences


def _part_sentence(theme: Theme, part: PlanPart) -> str:
    zones = listing([f"{zone.name} ({zone.measure})" for zone in part.zones[:NAMED_ZONES]])
    if len(theme.parts) > 1 and part.level:
        return gettext("%(theme)s, %(level)s: %(parts)s.", theme=theme.name, level=part.level, parts=zones)
    return gettext("%(theme)s: %(parts)s.", theme=theme.name, parts=zones)
