"""Put the view of one look-up together: heading, facts, sentences, themes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from landsvc.cadastre.digital_address import address_of
from landsvc.core import clock
from landsvc.core.i18n import area, day, gettext
from landsvc.portal.answers.names import color_of, day_in_words, instant_in_words, use_name
from landsvc.portal.answers.sentences import first_sentence, map_sentence, planning_sentences
from landsvc.portal.answers.shapes import STATES, Answer, Chip, LandUses, Tree
from landsvc.portal.answers.themes import present_theme


def present(
    tree: Tree,
    uses: LandUses,
    *,
    known_at: datetime | None = None,
    asked: str = "",
    houses: Sequence[str] = (),
) -> Answer:
    """Return the page's view of one look-up with a parcel in it, as known now or at the instant asked for.

    `asked` is how the parcel was named: it leads there again where the parcel has no code. `houses` are the addresses
    on it today.
    """
    parcel = tree["parcel"]
    themes = [present_theme(theme, uses) for theme in tree.get("themes", [])]
    commune, address = parcel["commune"], address_of(parcel)
    by_state = {state: [t for t in themes if t.state == state] for state in STATES}
    return Answer(
        ref=parcel["ref"],
        title=_title(parcel),
        place=commune.get("name") or commune["code"],
        sentences=[first_sentence(parcel, uses), *map_sentence(parcel), *planning_sentences(by_state)],
        legal_area=area(parcel["legalAreaM2"]) if parcel.get("legalAreaM2") is not None else "",
        computed_area=_computed_area(parcel),
        uses=_use_chips(parcel, uses),
        old_names=[unit["name"] for unit in commune.get("old", [])],
        numbers=[_number_line(row) for row in parcel.get("numbers", [])],
        code=parcel.get("code") or "",
        plus_code=address.plus_code if address else "",
        houses=houses,
        link=parcel.get("code") or asked or parcel["ref"] or "",
        commune=commune["code"],
        valid_from=day(parcel.get("validFrom")),
        valid_at=str(tree.get("validAt") or ""),
        as_of=as_of(tree),
        as_known=as_known(known_at),
        known_at=known_at.isoformat() if known_at else "",
        affected=by_state["affected"],
        not_affected=by_state["notAffected"],
        without_data=by_state["withoutData"],
        geometry=parcel.get("geometry"),
    )


def present_place(
    tree: Tree,
    uses: LandUses,
    *,
    title: str,
    sentence: str,
    spot: Mapping[str, Any] | None = None,
    known_at: datetime | None = None,
) -> Answer:
    """Return the view of a place where no parcel is known; its themes may still speak."""
    themes = [present_theme(theme, uses) for theme in tree.get("themes", [])]
    by_state = {state: [t for t in themes if t.state == state] for state in STATES}
    return Answer(
        ref=None,
        title=title,
        place="",
        sentences=[sentence, *planning_sentences(by_state, of_parcel=False)],
        valid_at=str(tree.get("validAt") or ""),
        as_of=as_of(tree),
        as_known=as_known(known_at),
        known_at=known_at.isoformat() if known_at else "",
        spot=spot,
        affected=by_state["affected"],
        not_affected=by_state["notAffected"],
        without_data=by_state["withoutData"],
    )


def as_of(tree: Tree) -> str:
    """Return "As of" with the day of an answer that is not today's; else nothing."""
    asked = date.fromisoformat(tree["validAt"]) if tree.get("validAt") else clock.today()
    return "" if asked == clock.today() else gettext("As of %(date)s", date=day_in_words(asked))


def as_known(at: datetime | None) -> str:
    """Return "As known on" with the instant an answer was asked for; nothing for what is known now."""
    if at is None:
        return ""
    on_day, minute = instant_in_words(at)
    return gettext("As known on %(date)s at %(time)s", date=on_day, time=minute)


def _title(parcel: Tree) -> str:
    numbers = parcel.get("numbers") or []
    if not numbers:
        return gettext("Parcel %(ref)s", ref=parcel["ref"])
    current = next((row for row in reversed(numbers) if row.get("onMap")), numbers[-1])
    return gettext("Parcel %(number)s, sheet %(sheet)s", number=current["number"], sheet=current["sheet"])


def _number_line(row: Tree) -> str:
    line = gettext(
        "sheet %(sheet)s, parcel %(number)s (%(series)s)",
        sheet=row["sheet"],
        number=row["number"],
        series=row.get("series", ""),
    )
    # A text within an f-string is not found for translators.
    printed = gettext("as printed on the certificate")
    return f"{line}, {printed}" if row.get("asPrinted") else line


def _computed_area(parcel: Tree) -> str:
    value = parcel.get("computedAreaM2")
    if value is None:
        return ""
    return gettext("%(area)s measured on the map", area=area(value, 2))


def _use_chips(parcel: Tree, uses: LandUses) -> list[Chip]:
    rows = parcel.get("uses") or []
    total = sum(float(row.get("areaM2") or 0) for row in rows) or 1.0
    chips, offset = [], 0.0
    for row in rows:
        share = 100 * float(row.get("areaM2") or 0) / total
        amount = area(row["areaM2"]) if row.get("areaM2") is not None else ""
        chips.append(Chip(row["code"], use_name(row, uses), color_of(row, uses), amount, share, offset))
        offset += share
    return chips
