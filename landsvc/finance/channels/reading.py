"""Read a channel's list of a day piece by piece, JSON or CSV, however long it is: one line is held at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, Any

from pydantic import ValidationError

from landsvc.core.faults import invalid_input
from landsvc.core.json_pieces import members
from landsvc.finance.channels.entries import Declared, StatedLine
from landsvc.finance.channels.errors import StatementUnreadable
from landsvc.finance.channels.schemas import MOST_LINES, DeclaredIn, StatementLineIn

JSON, CSV = "application/json", "text/csv"
MOST_VALUE = 8 * 2**10
"""Characters of one line: far more than one has."""
TOTAL = "#total"
NUMBERS = frozenset({"lineNo", "amountVnd", "count", "sumVnd"})


def read(file: IO[bytes], kind: str) -> Iterator[StatedLine | Declared]:
    """Yield the lines of a list, and what it says of all of them, once, wherever it says it.

    Raises `StatementUnreadable`, or `InvalidInput` naming the line.
    """
    file.seek(0)
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    told: dict[str, Any] = {}
    number = 0
    try:
        for part in members(text, MOST_VALUE) if kind == JSON else _of_csv(text):
            if isinstance(part, tuple):
                name, value = part
                if name in told:
                    raise StatementUnreadable(field=name, line=number)
                told[name] = value
                continue
            number += 1
            if number > MOST_LINES:
                raise StatementUnreadable(field="lines", line=number)
            yield _line(part, number)
    except (ValueError, RecursionError, csv.Error):
        raise StatementUnreadable(field="body", line=number + 1) from None
    finally:
        with suppress(ValueError):  # whoever stopped reading may have closed it
            text.detach()
    yield _declared(told)


def _line(found: Any, number: int) -> StatedLine:
    try:
        return StatementLineIn.model_validate(found).stated()
    except ValidationError as error:
        known = invalid_input(error, flat=False)
        known.field = f"lines.{number - 1}.{known.field}"
        raise known from None


def _declared(told: dict[str, Any]) -> Declared:
    try:
        found = DeclaredIn.model_validate(told)
    except ValidationError as error:
        raise invalid_input(error, flat=False) from None
    return Declared(found.count, found.sum_vnd)


def _of_csv(text: TextIOWrapper) -> Iterator[Any]:
    """Yield each row by the names of the first, and count and sum of the last, which begins with `#total`."""
    rows = csv.reader(text, strict=True)
    names = next(rows, [])
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    for row in rows:
        if row[:1] == [TOTAL]:
            _, count, total = row
            yield "count", _number("count", count)
            yield "sumVnd", _number("sumVnd", total)
            if next(rows, None) is not None:
                raise ValueError("rows after the total")
            return
        yield {name: _number(name, value) for name, value in zip(names, row, strict=True) if value}


def _number(name: str, value: str) -> Any:
    return int(value) if name in NUMBERS and value.isascii() and value.isdigit() and len(value) < 20 else value
