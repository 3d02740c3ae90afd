"""Read the tax office's list of a day piece by piece: one line is held at a time, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, Any

from pydantic import ValidationError

from landsvc.core.api import MalformedJson
from landsvc.core.faults import invalid_input
from landsvc.core.json_pieces import members
from landsvc.finance.reconciliation.entries import ListedLine, ListedTotal, StatedList
from landsvc.finance.reconciliation.errors import ListTooLong
from landsvc.finance.reconciliation.schemas import MOST_LINES, ListLineIn, ReconciliationHeadIn

MOST_VALUE = 8 * 2**10
"""Characters of one line, or of the totals: far more than they have."""


class ListFile(Iterable[ListedLine]):
    """The lines of a list in a file, read anew each time."""

    def __init__(self, file: IO[bytes]) -> None:
        """Take the file."""
        self._file = file

    def __iter__(self) -> Iterator[ListedLine]:
        """Yield each line; raise `MalformedJson`, `ListTooLong`, or `InvalidInput` naming the line."""
        for number, part in enumerate(part for part in _parts(self._file) if not isinstance(part, tuple)):
            if number == MOST_LINES:
                raise ListTooLong(field="lines", most=MOST_LINES)
            yield _line(part, number)

    def head(self) -> dict[str, Any]:
        """Return all but the lines; raise `MalformedJson`, also where a name stands twice."""
        found: dict[str, Any] = {}
        for part in _parts(self._file):
            if isinstance(part, tuple):
                if part[0] in found:
                    raise MalformedJson(field=part[0])
                found[part[0]] = part[1]
        return found


def read(file: IO[bytes]) -> StatedList:
    """Return what a file states; its lines are read whenever they are gone through.

    Raises `MalformedJson`, or `InvalidInput` naming the member.
    """
    lines = ListFile(file)
    try:
        head = ReconciliationHeadIn.model_validate(lines.head())
    except ValidationError as error:
        raise invalid_input(error, flat=False) from None
    totals = [ListedTotal(each.stream, each.count, each.sum_vnd) for each in head.totals]
    return StatedList(head.tax_office_code, head.day, head.version, totals, lines)


def _parts(file: IO[bytes]) -> Iterator[Any]:
    file.seek(0)
    text = TextIOWrapper(file, "utf-8", newline="")
    try:
        yield from members(text, MOST_VALUE)
    except (ValueError, RecursionError):
        raise MalformedJson(field="body") from None
    finally:
        with suppress(ValueError):  # whoever stopped reading may have closed it
            text.detach()


def _line(found: dict[str, Any], number: int) -> ListedLine:
    try:
        line = ListLineIn.model_validate(found)
    except ValidationError as error:
        known = invalid_input(error, flat=False)
        known.field = f"lines.{number}.{known.field}"
        raise known from None
    return ListedLine(line.stream, line.key, line.amount_vnd, line.digest)
