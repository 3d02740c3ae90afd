"""Say what the drawing of a change says, line by line, in the reader's language: the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from markupsafe import Markup

from landsvc.cadastre.drawings.change import ChangeDrawing, Shown
from landsvc.cadastre.drawings.sketch import Corner, Edge
from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.office.map_sheet import coordinate


@dataclass(frozen=True)
class ParcelRow:
    """One parcel before or after, as printed."""

    name: str
    registered: str
    measured: str
    uses: str
    corners: str


@dataclass(frozen=True)
class ChangeSheet:
    """Everything on the printed drawing of a change, in words."""

    office: str
    title: str
    number: str
    state: str
    planned: bool
    before: list[ParcelRow]
    after: list[ParcelRow]
    drawing: Markup
    scale: str
    system: str
    corners: list[list[tuple[str, str, str]]]
    edges: list[list[tuple[str, str]]]
    findings: list[str]
    notes: list[str]
    made_on: str


RowT = TypeVar("RowT")
COLUMNS = 2
LEAST_ROWS = 5
"""Corners and edges stand beside each other, so that an everyday split is one page."""


def present_change(
    drawn: ChangeDrawing, document: Mapping[str, Any], *, office: str, system: str, today: date
) -> ChangeSheet:
    """Return the sheet of a change; `document` is what its preview or commit answered."""
    planned = "record" not in document
    return ChangeSheet(
        office=office or gettext("Land registration office"),
        title=_title(drawn),
        number=gettext("Draft %(draft)s", draft=document["draft"])
        if planned
        else gettext("Record %(record)s", record=document["record"]),
        state=gettext("Planned, not entered into the register")
        if planned
        else gettext("Entered into the register"),
        planned=planned,
        before=[_row(unit) for unit in drawn.before],
        after=[_row(unit) for unit in drawn.after],
        drawing=Markup(drawn.svg),  # noqa: S704 - drawn by us, every text in it escaped
        scale=gettext("Scale 1:%(scale)s", scale=drawn.scale),
        system=system,
        corners=columns([_corner(corner) for corner in drawn.corners]),
        edges=columns([_edge(edge) for edge in drawn.edges]),
        findings=_findings(document["report"]),
        notes=[
            gettext("New boundaries are drawn in red, boundaries that end are dashed."),
            gettext("X points north and Y points east, in metres; edges are plane lengths in metres."),
            gettext("This drawing names no person."),
        ],
        made_on=i18n.day(today),
    )


def _title(drawn: ChangeDrawing) -> str:
    if len(drawn.before) == 1 and len(drawn.after) > 1:
        return gettext("Drawing of a parcel split")
    if len(drawn.before) > 1 and len(drawn.after) == 1:
        return gettext("Drawing of a parcel merge")
    return gettext("Drawing of a change of parcels")


def _row(unit: Shown) -> ParcelRow:
    return ParcelRow(
        unit.name,
        _area(unit.legal_m2, 1),
        _area(unit.measured_m2, 2),
        ", ".join(f"{code} {i18n.area(area)}" for code, area in unit.uses) or "–",
        "–".join(map(str, unit.corners)),
    )


def _corner(corner: Corner) -> tuple[str, str, str]:
    return str(corner.number), coordinate(corner.y), coordinate(corner.x)


def _edge(edge: Edge) -> tuple[str, str]:
    return f"{edge.start.number}–{edge.end.number}", i18n.number(edge.length_m, 2)


def _findings(report: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rules that fail, warn or could not be tested, each once."""
    name = "title" if i18n.current_language() == "vi" else "titleEn"
    words = {
        "fail": gettext("Failed"),
        "warning": gettext("Warning"),
        "untested": gettext("Not tested"),
    }
    said = [
        f"{words[found['result']]}: {found[name] or found['rule']} ({found['rule']})"
        for found in report
        if found["result"] in words
    ]
    return list(dict.fromkeys(said))


def columns(rows: Sequence[RowT]) -> list[list[RowT]]:
    """Return rows as columns of a table of about the same length: one, or two where there are ten rows or more."""
    many = max(1, min(COLUMNS, len(rows) // LEAST_ROWS))
    each = -(-len(rows) // many) if rows else 1
    return [list(rows[at : at + each]) for at in range(0, len(rows), each)]


def _area(value: float | None, decimals: int) -> str:
    return i18n.area(value, decimals) if value is not None else "–"
