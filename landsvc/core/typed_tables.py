"""Read the tables that people write by hand: CSV with a head, cells parted by commas or semicolons."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from typing import Protocol

from landsvc.core.errors import N_, LandsvcError, Phrase

Cells = dict[str, str]


class Unfit(Protocol):
    """An error that names a field, where it stands, what was given and what is wanted."""

    def __call__(self, *, field: str, place: Phrase | str, given: object, wanted: Phrase | str) -> LandsvcError:
        """Make it."""


def read_rows(
    text: str, *, columns: Collection[str], needed: Collection[str], most: int, unfit: Unfit
) -> list[tuple[Phrase, Cells]]:
    """Return where each row stands and its cells by column; raise what `unfit` makes, naming line and what is wanted.

    The head names columns in any order, each once, all that are `needed` and none but `columns`.
    """
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise unfit(field="csv", place="", given="", wanted=Phrase(N_("a table with a head and rows")))
    first = text.lstrip().splitlines()[0]
    between = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=between, strict=True)
    try:
        head = [name.strip() for name in next(rows)]
        for wrong in _misnamed(head, columns, needed):
            wanted = Phrase(N_("a head of {names}"), names=", ".join(columns))
            raise unfit(field="csv", place="", given=wrong[:40], wanted=wanted)
        return list(_rows(rows, head, most, unfit))
    except csv.Error as error:
        wanted = Phrase(N_("text in cells that are separated and quoted as CSV asks"))
        place = Phrase(N_("line {number}: "), number=rows.line_num)
        raise unfit(field="csv", place=place, given=str(error), wanted=wanted) from None


def _misnamed(head: list[str], columns: Collection[str], needed: Collection[str]) -> Iterator[str]:
    yield from (name for name in needed if name not in head)
    yield from (name for at, name in enumerate(head) if name not in columns or name in head[:at])


def _rows(rows: Iterator[list[str]], head: list[str], most: int, unfit: Unfit) -> Iterator[tuple[Phrase, Cells]]:
    number = 0
    for cells in rows:
        if not cells:
            continue
        number += 1
        place = Phrase(N_("line {number}: "), number=rows.line_num)  # type: ignore[attr-defined]  # a reader of csv
        if number > most:
            raise unfit(
                field="csv", place=place, given=number, wanted=Phrase(N_("at most {most} rows"), most=most)
            )
        if len(cells) != len(head):
            wanted = Phrase(N_("as many cells as the head has"))
            raise unfit(field="csv", place=place, given=len(cells), wanted=wanted)
        yield place, dict(zip(head, cells, strict=True))
