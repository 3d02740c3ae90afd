"""Turn the record tree of a look-up into what a page says: sentences, chips, bars, sources.

Input is the tree of `GET /api/v1/lookup`; nothing here asks the database. Templates only print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from landsvc.core import clock
from landsvc.core.i18n import area, current_language, day, gettext, ngettext, number, percent

NO_COLOR = "#c9c6bd"
NAMED_ZONES = 4
STATES = ("affected", "notAffected", "withoutData")
PENDING = "pending"
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class LandUse:
    """One land-use type (loại đất) as the map shows it."""

    code: str
    name: str
    name_en: str
    color: str

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if current_language() == "en" and self.name_en else self.name


LandUses = Mapping[str, LandUse]


@dataclass(frozen=True)
class Chip:
    """A coloured label: land use of the parcel, or a zone lying on it."""

    code: str
    name: str
    color: str
    amount: str
    share_pct: float
    offset_pct: float = 0.0

    @property
    def measure(self) -> str:
        """Return the share where one is known, else metres or pieces."""
        return percent(self.share_pct) if self.share_pct else self.amount


@dataclass(frozen=True)
class Source:
    """Where a zone comes from: plan, decision, authority, accuracy."""

    zone: Chip
    pending: bool
    plan: str
    decision: str
    authority: str
    period: str
    scale: str
    certainty: str


@dataclass(frozen=True)
class PlanPart:
    """What one plan says within a theme; plans of two levels may lie over each other."""

    plan: str
    level: str
    zones: Sequence[Chip]


@dataclass(frozen=True)
class Theme:
    """One theme of the extract, in one of three states."""

    code: str
    name: str
    state: str
    share: str
    amount: str
    parts: Sequence[PlanPart] = ()
    """What is in force, by plan."""
    pending: Sequence[PlanPart] = ()
    sources: Sequence[Source] = ()


@dataclass(frozen=True)
class Answer:
    """Everything the answer panel prints about one place."""

    ref: str | None
    title: str
    place: str
    sentences: Sequence[str]
    legal_area: str = ""
    computed_area: str = ""
    uses: Sequence[Chip] = ()
    old_names: Sequence[str] = ()
    numbers: Sequence[str] = ()
    code: str = ""
    commune: str = ""
    valid_from: str = ""
    valid_at: str = ""
    as_of: str = ""
    """The day asked for, in words; empty when it is today."""
    affected: Sequence[Theme] = ()
    not_affected: Sequence[Theme] = ()
    without_data: Sequence[Theme] = ()
    geometry: Mapping[str, Any] | None = None
    spot: Mapping[str, Any] | None = None
    """Where the map goes when there is no parcel: `point` (lon, lat) and perhaps `accuracyM`."""


def present(tree: Tree, uses: LandUses) -> Answer:
    """Return the page's view of one look-up with a parcel in it."""
    parcel = tree["parcel"]
    themes = [_theme(theme, uses) for theme in tree.get("themes", [])]
    commune = parcel["commune"]
    by_state = {state: [t for t in themes if t.state == state] for state in STATES}
    return Answer(
        ref=parcel["ref"],
        title=_title(parcel),
        place=commune.get("name") or commune["code"],
        sentences=[_first_sentence(parcel, uses), *_map_sentence(parcel), *_planning_sentences(by_state)],
        legal_area=area(parcel["legalAreaM2"]) if parcel.get("legalAreaM2") is not None else "",
        computed_area=_computed_area(parcel),
        uses=_use_chips(parcel, uses),
        old_names=[unit["name"] for unit in commune.get("old", [])],
        numbers=[_number_line(row) for row in parcel.get("numbers", [])],
        code=parcel.get("code") or "",
        commune=commune["code"],
        valid_from=day(parcel.get("validFrom")),
        valid_at=str(tree.get("validAt") or ""),
        as_of=as_of(tree),
        affected=by_state["affected"],
        not_affected=by_state["notAffected"],
        without_data=by_state["withoutData"],
        geometry=parcel.get("geometry"),
    )


def present_place(
    tree: Tree, uses: LandUses, *, title: str, sentence: str, spot: Mapping[str, Any] | None = None
) -> Answer:
    """Return the view of a place where no parcel is known; its themes may still speak."""
    themes = [_theme(theme, uses) for theme in tree.get("themes", [])]
    by_state = {state: [t for t in themes if t.state == state] for state in STATES}
    return Answer(
        ref=None,
        title=title,
        place="",
        sentences=[sentence, *_planning_sentences(by_state, of_parcel=False)],
        valid_at=str(tree.get("validAt") or ""),
        as_of=as_of(tree),
        spot=spot,
        affected=by_state["affected"],
        not_affected=by_state["notAffected"],
        without_data=by_state["withoutData"],
    )


def as_of(tree: Tree) -> str:
    """Return "As of" with the day of an answer that is not today's; else nothing."""
    asked = date.fromisoformat(tree["validAt"]) if tree.get("validAt") else clock.today()
    return "" if asked == clock.today() else gettext("As of %(date)s", date=day_in_words(asked))


def day_in_words(value: date) -> str:
    """Write a day so that nobody reads it in the other order: 04/03/2016 in Vietnamese, 4 March 2016 in English."""
    return str(format_date(value, "d MMMM y", locale="en")) if current_language() == "en" else day(value)


def _title(parcel: Tree) -> str:
    numbers = parcel.get("numbers") or []
    if not numbers:
        return gettext("Parcel %(ref)s", ref=parcel["ref"])
    current = next((row for row in reversed(numbers)), numbers[0])
    return gettext("Parcel %(number)s, sheet %(sheet)s", number=current["number"], sheet=current["sheet"])


def _number_line(row: Tree) -> str:
    line = gettext(
        "sheet %(sheet)s, parcel %(number)s (%(series)s)",
        sheet=row["sheet"],
        number=row["number"],
        series=row.get("series", ""),
    )
    return f"{line}, {gettext('as printed on the certificate')}" if row.get("asPrinted") else line


def _computed_area(parcel: Tree) -> str:
    value = parcel.get("computedAreaM2")
    if value is None:
        return ""
    return gettext("%(area)s measured on the map", area=area(value, 2))


def use_name(row: Tree, uses: LandUses) -> str:
    """Return the name of a land use in the reader's language, or its code."""
    known = uses.get(row["code"])
    return known.label if known else str(row.get("name") or row["code"])


def _color(row: Tree, uses: LandUses) -> str:
    known = uses.get(row.get("useCode") or row["code"])
    return str(row.get("color") or (known.color if known else NO_COLOR))


def _use_chips(parcel: Tree, uses: LandUses) -> list[Chip]:
    rows = parcel.get("uses") or []
    total = sum(float(row.get("areaM2") or 0) for row in rows) or 1.0
    chips, offset = [], 0.0
    for row in rows:
        share = 100 * float(row.get("areaM2") or 0) / total
        amount = area(row["areaM2"]) if row.get("areaM2") is not None else ""
        chips.append(Chip(row["code"], use_name(row, uses), _color(row, uses), amount, share, offset))
        offset += share
    return chips


def _first_sentence(parcel: Tree, uses: LandUses) -> str:
    names = _listing([use_name(row, uses) for row in parcel.get("uses") or []])
    if not names:
        return gettext("No registered land use is known for this parcel.")
    if parcel.get("legalAreaM2") is None:
        return gettext("This parcel is registered as: %(uses)s.", uses=names)
    return gettext(
        "This parcel has %(area)s and is registered as: %(uses)s.",
        area=area(parcel["legalAreaM2"]),
        uses=names,
    )


def _map_sentence(parcel: Tree) -> list[str]:
    if parcel.get("geometry"):
        return []
    return [gettext("This parcel has no map yet: where exactly it lies, and which plans touch it, is not known.")]


def _planning_sentences(by_state: Mapping[str, Sequence[Theme]], *, of_parcel: bool = True) -> list[str]:
    sentences: list[str] = []
    for theme in by_state["affected"]:
        sentences.extend(_part_sentence(theme, part) for part in theme.parts)
    pending = [theme.name for theme in by_state["affected"] if theme.pending]
    if pending:
        named = _listing(pending)
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
    zones = _listing([f"{zone.name} ({zone.measure})" for zone in part.zones[:NAMED_ZONES]])
    if len(theme.parts) > 1 and part.level:
        return gettext("%(theme)s, %(level)s: %(parts)s.", theme=theme.name, level=part.level, parts=zones)
    return gettext("%(theme)s: %(parts)s.", theme=theme.name, parts=zones)


def _level(code: str | None) -> str:
    names = {
        "national": gettext("national level"),
        "province": gettext("provincial level"),
        "district": gettext("district level"),
        "commune": gettext("commune level"),
        "urban": gettext("urban level"),
    }
    return names.get(code or "", "")


def _listing(names: Sequence[str]) -> str:
    """Join names as a sentence does: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(first)s and %(last)s", first=", ".join(names[:-1]), last=names[-1])


def _theme(theme: Tree, uses: LandUses) -> Theme:
    rows = sorted(theme.get("zones") or [], key=lambda row: -(row.get("sharePct") or 0))
    in_force = [row for row in rows if row.get("status") != PENDING]
    pending = [row for row in rows if row.get("status") == PENDING]
    return Theme(
        code=theme["code"],
        name=theme_name(theme),
        state=theme["state"],
        share=percent(theme["sharePct"]) if theme.get("sharePct") else "",
        amount=_amount(theme),
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
        found.setdefault(code, PlanPart(plan_name(plan), _level(plan.get("level")), mine))
    return list(found.values())


def theme_name(theme: Tree) -> str:
    """Return the name of a theme in the reader's language."""
    return _own_name(theme)


def plan_name(plan: Tree) -> str:
    """Return the name of a plan in the reader's language; Vietnamese where it has no English one, else its code."""
    return _own_name(plan)


def _own_name(row: Tree) -> str:
    english = row.get("nameEn") if current_language() == "en" else None
    return str(english or row.get("name") or row.get("code") or "")


def _zone_chip(row: Tree, uses: LandUses, offset: float) -> Chip:
    share = float(row.get("sharePct") or 0)
    return Chip(row["code"], _zone_name(row, uses), _color(row, uses), _amount(row), share, offset)


def _zone_name(row: Tree, uses: LandUses) -> str:
    """Return what a zone is called in the reader's language; its planned use stands in for a missing name."""
    named = row.get("nameEn") if current_language() == "en" else row.get("name")
    use = uses.get(row.get("useCode") or row["code"])
    return str(named or (use.label if use else "") or row.get("name") or row["code"])


def _amount(row: Tree) -> str:
    """Return how much a zone or theme takes: m² of surfaces, m of lines, number of points."""
    parts = []
    if row.get("areaM2"):
        parts.append(area(row["areaM2"]))
    if row.get("lengthM"):
        parts.append(f"{number(row['lengthM'])}\N{NO-BREAK SPACE}m")
    if row.get("count"):
        parts.append(ngettext("%(num)s place", "%(num)s places", row["count"]))
    return ", ".join(parts)


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
