"""Read a file of payments row by row, CSV or NDJSON, however long it is: one row is held at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, Any

from pydantic import ValidationError

from landsvc.core.faults import invalid_input
from landsvc.finance.files.errors import PaymentFileUnreadable, PaymentRowInvalid
from landsvc.finance.schemas import PaymentIn
from landsvc.finance.service import Statement

CSV, NDJSON = "text/csv", "application/x-ndjson"
MOST_ROWS = 200_000
MOST_VALUE = 8 * 2**10
"""Characters of one row: far more than one has."""
NUMBERS = frozenset({"lineNo", "amountVnd"})


def read(file: IO[bytes], kind: str) -> Iterator[Statement]:
    """Yield what each row states; raise `PaymentFileUnreadable` or `PaymentRowInvalid`, which name the row."""
    file.seek(0)
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    number = 0
    try:
        for found in _of_csv(text) if kind == CSV else _of_ndjson(text):
            number += 1
            if number > MOST_ROWS:
                raise ValueError("too long")
            yield _row(found, number)
    except (ValueError, RecursionError, csv.Error):
        raise PaymentFileUnreadable(
            field="rows", members={"row": number + 1, "mostRows": MOST_ROWS}, row=number + 1
        ) from None
    finally:
        with suppress(ValueError):  # whoever stopped reading may have closed it
            text.detach()


def _row(found: Any, number: int) -> Statement:
    try:
        return PaymentIn.model_validate(found).stated()
    except ValidationError as error:
        known = invalid_input(error, flat=False)
        raise PaymentRowInvalid(
            field=known.field,
            members={"row": number, "errors": known.members["errors"]},
            row=number,
            name=known.field,
            reason=known.facts["reason"],
        ) from None


def _of_csv(text: TextIOWrapper) -> Iterator[Any]:
    """Yield each row by the names of the first; an empty cell is a member left out."""
    rows = csv.reader(_short(text), strict=True)
    names = next(rows, [])
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    for row in rows:
        if row:
            yield {name: _number(name, value) for name, value in zip(names, row, strict=True) if value}


def _of_ndjson(text: TextIOWrapper) -> Iterator[Any]:
    """Yield the object of each line."""
    for line in _short(text):
        if line.isspace():
            continue
        found = json.loads(line, object_pairs_hook=_each_once, parse_constant=_no_constant)
        if not isinstance(found, dict):
            raise ValueError("no object")
        yield found


def _short(text: TextIOWrapper) -> Iterator[str]:
    """Yield lines; one without an end is refused before it is held."""
    while line := text.readline(MOST_VALUE + 1):
        if len(line) > MOST_VALUE:
            raise ValueError("the line is too long")
        yield line


def _number(name: str, value: str) -> Any:
    return int(value) if name in NUMBERS and value.isascii() and value.isdigit() and len(value) < 20 else value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
