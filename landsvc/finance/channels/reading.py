"""Read a channel's list of a day piece by piece, JSON or CSV, however long it is: one line is held at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, Any

from pydantic import ValidationError

from landsvc.core.faults import invalid_input
from landsvc.finance.channels.entries import Declared, StatedLine
from landsvc.finance.channels.errors import StatementUnreadable
from landsvc.finance.channels.schemas import MOST_LINES, DeclaredIn, StatementLineIn

JSON, CSV = "application/json", "text/csv"
PIECE = 64 * 2**10
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
        for part in _of_json(text) if kind == JSON else _of_csv(text):
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


class _Pieces:
    """JSON read value by value from a text that is never held whole."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text, self._held, self._at = text, "", 0
        self._decoder = json.JSONDecoder(object_pairs_hook=_each_once, parse_constant=_no_constant)

    def sign(self) -> str:
        """Return the next sign that is no space, nothing at the end."""
        while True:
            while self._at < len(self._held) and self._held[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._held) or not self._more():
                return self._held[self._at : self._at + 1]

    def take(self, wanted: str) -> None:
        """Go past a sign; raise ValueError where another stands."""
        if self.sign() != wanted:
            raise ValueError(wanted)
        self._at += 1

    def value(self) -> Any:
        """Return the next value, which is no longer than a line may be."""
        self.sign()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                if len(self._held) - self._at > MOST_VALUE or not self._more():
                    raise
                continue
            if end == len(self._held) and self._more():
                continue  # a number may go on
            self._at = end
            return found

    def _more(self) -> bool:
        piece = self._text.read(PIECE)
        self._held, self._at = self._held[self._at :] + piece, 0
        return bool(piece)


def _of_json(text: TextIOWrapper) -> Iterator[Any]:
    """Yield each element of `lines`, and every other member as a pair."""
    pieces = _Pieces(text)
    pieces.take("{")
    seen = False
    while True:
        name = pieces.value()
        if not isinstance(name, str):
            raise ValueError("no name")
        pieces.take(":")
        if name == "lines":
            if seen:
                raise ValueError("lines stands twice")
            seen = True
            yield from _elements(pieces)
        else:
            yield name, pieces.value()
        if pieces.sign() != ",":
            break
        pieces.take(",")
    pieces.take("}")
    if pieces.sign() or not seen:
        raise ValueError("more than one value, or no lines")


def _elements(pieces: _Pieces) -> Iterator[Any]:
    pieces.take("[")
    if pieces.sign() == "]":
        pieces.take("]")
        return
    while True:
        found = pieces.value()
        if not isinstance(found, dict):
            raise ValueError("no object")
        yield found
        if pieces.sign() == "]":
            break
        pieces.take(",")
    pieces.take("]")


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


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
