"""Read lines of the decision table as planners type them, one by one or from a CSV file. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landsvc.core.errors import N_, Phrase
from landsvc.core.typed_tables import read_rows
from landsvc.planning.activities.errors import UnfitActivityLine
from landsvc.planning.activities.rules import ALLOWED, ANY, IF, NOT, UNKNOWN, Rule, Table

END = "end"
"""Given for an answer: the line ends, and nothing takes its place."""
VERDICTS = (ALLOWED, IF, UNKNOWN, NOT)
CASE = ("activity", "land", "beside", "theme", "zone")
TEXTS = ("condition_vi", "condition_en", "missing_vi", "missing_en", "law")
COLUMNS = (*CASE, "verdict", *TEXTS, "certainty", "lapse_years")
IGNORED = ("valid_from", "valid_to")
"""Columns of the file we ship: a proposal has one day for all its lines."""
CERTAINTIES = ("S", "K", "?")
MOST_TEXT, MOST_ZONE, MOST_ROWS, MOST_YEARS = 1000, 40, 2000, 50
Place = Phrase | str


@dataclass(frozen=True)
class Known:
    """What a line may name: codes with their Vietnamese and English names, in order.

    `zones` are the planned uses and codes of zones that a theme has on the map, or in a line.
    """

    activities: Mapping[str, Sequence[str]]
    uses: Mapping[str, Sequence[str]]
    themes: Mapping[str, Sequence[str]]
    zones: Mapping[str, Collection[str]]


def with_lines(table: Table, lines: Sequence[Rule]) -> Table:
    """Return a table as it is once lines were put in it."""
    gone = {each.case for each in lines}
    kept = [each for each in table.rules if each.case not in gone]
    return Table(table.activities, [*kept, *(each for each in lines if each.verdict != END)], table.parents)


def changing(table: Table, lines: Sequence[Rule]) -> list[Rule]:
    """Return the lines that are not in the table as they are; an end of what is not there changes nothing."""
    there = {each.case: each for each in table.rules}
    return [
        each for each in lines if (each.case in there if each.verdict == END else there.get(each.case) != each)
    ]


def read_line(typed: Mapping[str, str | None], known: Known, place: Place = "") -> Rule:
    """Read a line; raise `UnfitActivityLine` naming the column and what belongs there."""
    cells = {name: " ".join((typed.get(name) or "").split()) for name in COLUMNS}
    _check_case(cells, known, place)
    verdict = cells["verdict"]
    if verdict not in (*VERDICTS, END):
        raise _unfit("verdict", place, verdict, Phrase(N_("one of {names}"), names=", ".join((*VERDICTS, END))))
    if verdict == END:
        told = {name: cells[name] for name in (*CASE, "verdict")} | dict.fromkeys(TEXTS, "")
        return Rule(**told, certainty="?", lapse_years=None)
    lapse_years = _years(cells, place)
    _check_words(cells, lapse_years, place)
    if cells["certainty"] not in CERTAINTIES:
        raise _unfit("certainty", place, cells["certainty"], Phrase(N_("one of {names}"), names="S, K, ?"))
    told = {name: cells[name] for name in COLUMNS if name != "lapse_years"}
    return Rule(**told, lapse_years=lapse_years)


def read_table(text: str, known: Known) -> list[Rule]:
    """Read a table as `gis_data/planning/activity_rules.csv` is written, with commas or semicolons between cells.

    Raises `UnfitActivityLine` naming line and column.
    """
    rows = read_rows(text, columns=COLUMNS + IGNORED, needed=COLUMNS, most=MOST_ROWS, unfit=UnfitActivityLine)
    return _each_once([read_line(cells, known, place) for place, cells in rows])


def _each_once(lines: list[Rule]) -> list[Rule]:
    seen: set[tuple[str, ...]] = set()
    for each in lines:
        if each.case in seen:
            raise _unfit(
                "csv", "", " ".join(filter(None, each.case)), Phrase(N_("a case that stands there once"))
            )
        seen.add(each.case)
    return lines


def _check_case(cells: Mapping[str, str], known: Known, place: Place) -> None:
    if cells["activity"] not in known.activities:
        raise _unfit("activity", place, cells["activity"], Phrase(N_("the code of an activity")))
    use = Phrase(N_("the code of a land-use type or group"))
    if cells["land"] != ANY and cells["land"] not in known.uses:
        raise _unfit("land", place, cells["land"], use)
    if cells["beside"] and cells["beside"] not in known.uses:
        raise _unfit("beside", place, cells["beside"], use)
    if cells["theme"] and cells["theme"] not in known.themes:
        raise _unfit("theme", place, cells["theme"], Phrase(N_("the code of a theme of planning")))
    if bool(cells["theme"]) != bool(cells["zone"]) or len(cells["zone"]) > MOST_ZONE:
        wanted = Phrase(N_("a planned use, or * for any, where a theme is named, and empty where none is"))
        raise _unfit("zone", place, cells["zone"], wanted)
    if cells["zone"] not in ("", ANY, *known.uses, *known.zones.get(cells["theme"], ())):
        wanted = Phrase(N_("the code of a land use, or of a zone that the theme has on the map"))
        raise _unfit("zone", place, cells["zone"], wanted)
    if cells["theme"] and cells["beside"]:
        raise _unfit("beside", place, cells["beside"], Phrase(N_("empty for a line about a zone")))


def _check_words(cells: Mapping[str, str], lapse_years: int | None, place: Place) -> None:
    """Hold a line to its law, its condition or its missing fact, in both languages, and to nothing else."""
    verdict = cells["verdict"]
    asks = verdict == UNKNOWN or lapse_years is not None
    wanted = {
        "condition_vi": verdict in {IF, NOT},
        "condition_en": verdict in {IF, NOT},
        "missing_vi": asks,
        "missing_en": asks,
        "law": verdict != UNKNOWN,
    }
    free = {"law"} if verdict == UNKNOWN else {"condition_vi", "condition_en"} if verdict == ALLOWED else set()
    for name, needed in wanted.items():
        text = cells[name]
        if len(text) > MOST_TEXT:
            raise _unfit(name, place, len(text), Phrase(N_("at most {most} characters"), most=MOST_TEXT))
        if needed and not text:
            raise _unfit(name, place, "", Phrase(N_("a text, which this answer needs")))
        if text and not needed and name not in free:
            raise _unfit(name, place, text[:40], Phrase(N_("empty for this answer")))
    if bool(cells["condition_vi"]) != bool(cells["condition_en"]):
        raise _unfit("condition_en", place, cells["condition_en"][:40], Phrase(N_("the same in both languages")))


def _years(cells: Mapping[str, str], place: Place) -> int | None:
    text = cells["lapse_years"]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= MOST_YEARS):
        raise _unfit("lapse_years", place, text[:40], f"1–{MOST_YEARS}")
    if cells["verdict"] != NOT or not cells["theme"]:
        raise _unfit("lapse_years", place, text, Phrase(N_("empty but for what a zone forbids")))
    return int(text)


def _unfit(field: str, place: Place, given: Any, wanted: Place) -> UnfitActivityLine:
    return UnfitActivityLine(field=field, place=place, given=given, wanted=wanted)
