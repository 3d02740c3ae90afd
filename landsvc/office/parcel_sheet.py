"""Say what the technical file of a parcel says, in the reader's language: its extract, and what stands below it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from landsvc.cadastre.drawings.parcel_file import ParcelFile, Survey
from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.core.times import Times
from landsvc.geo import crs
from landsvc.office.map_sheet import Row, Sheet, halves, present, record_line, row
from landsvc.office.survey_words import method_name

MOST_VERSIONS = 12


def present_file(found: ParcelFile, *, office: str, address: str, now: Times, today: date) -> Sheet:
    """Return the sheet of a technical file; `address` is where the register shows the parcel."""
    sheet = present(found.extract, office=office, address=address, now=now, today=today)
    rows = [with_neighbour(found, edge) for ring in found.extract.rings for edge in ring.edges]
    sections = [(gettext("Survey"), survey_lines(found.survey)), (gettext("Origin and changes"), _history(found))]
    return replace(sheet, title=gettext("Technical file of the parcel"), halves=halves(rows), sections=sections)


def with_neighbour(found: ParcelFile, edge: Any) -> Row:
    """Return the printed row of an edge with what lies beyond it."""
    return replace(row(edge), beyond=found.beyond.get((edge.start.number, edge.end.number), ""))


def survey_lines(survey: Survey | None) -> list[tuple[str, str]]:
    """Write how the corners were measured."""
    if survey is None:
        return [(gettext("Method"), gettext("not recorded"))]
    accuracy = "–" if survey.accuracy_m is None else f"± {i18n.number(survey.accuracy_m, 2)} m"
    return [
        (gettext("Method"), method_name(survey.method)),
        (gettext("Surveyed on"), i18n.day(survey.surveyed_on) if survey.surveyed_on else "–"),
        (gettext("Surveyed by"), survey.surveyed_by or "–"),
        (gettext("Accuracy of corners"), accuracy),
        (gettext("Reference system of the survey"), f"{crs.system_name(survey.srid)} (EPSG:{survey.srid})"),
    ]


def _history(found: ParcelFile) -> list[tuple[str, str]]:
    """Write the changes of the parcel itself, newest first; corners put into its edges are none."""
    own = [belief for belief in found.history if not belief["technical"]]
    lines = []
    for belief in own[:MOST_VERSIONS]:
        area = "" if belief["legalAreaM2"] is None else f"{i18n.area(belief['legalAreaM2'])}; "
        since = gettext("Since %(day)s", day=i18n.day(belief["validFrom"]))
        lines.append((since, area + record_line(belief["record"])))
    return lines
