"""Read JSON piece by piece, however long its list of lines is: one value is held at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

PIECE = 64 * 2**10


def members(text: TextIO, most: int, *, of: str = "lines") -> Iterator[Any]:
    """Yield each element of the list `of` as an object, and every other member as a pair of name and value.

    No value may be longer than `most` characters. Raises ValueError for what is not one such object.
    """
    pieces = _Pieces(text, most)
    pieces.take("{")
    seen = False
    while True:
        name = pieces.value()
        if not isinstance(name, str):
            raise ValueError("no name")
        pieces.take(":")
        if name == of:
            if seen:
                raise ValueError(f"{of} stands twice")
            seen = True
            yield from _elements(pieces)
        else:
            yield name, pieces.value()
        if pieces.sign() != ",":
            break
        pieces.take(",")
    pieces.take("}")
    if pieces.sign() or not seen:
        raise ValueError(f"more than one value, or no {of}")


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


class _Pieces:
    """JSON read value by value from a text that is never held whole."""

    def __init__(self, text: TextIO, most: int) -> None:
        self._text, self._most, self._held, self._at = text, most, "", 0
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
                if len(self._held) - self._at > self._most or not self._more():
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


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
