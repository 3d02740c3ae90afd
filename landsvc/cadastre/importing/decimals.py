"""Read numbers as documents print them: 1.275.020,125 or 1 275 020.125 or 1,275,020.125, one habit a table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f'](?=\d)")
_GROUPED = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
_PLAIN = re.compile(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+")
_UNIT = re.compile(r"\s*m\.?$")


@dataclass(frozen=True)
class Habit:
    """How a table writes numbers: the sign before the decimals (None: either), and the one between thousands."""

    decimal: str | None
    thousands: str

    def read(self, text: str) -> float | None:
        """Return the number a cell holds, or None."""
        digits = _bare(text)
        if self.thousands:
            digits = digits.replace(self.thousands, "")
        digits = digits.replace(self.decimal or ",", ".")
        try:
            return float(digits) if _PLAIN.fullmatch(digits) else None
        except ValueError:
            return None


def habit_of(texts: Iterable[str]) -> Habit:
    """Return how numbers of some size, such as coordinates in metres, are written in a table.

    A sign that occurs twice in a number parts thousands; of two different signs the last is the decimal one. Where
    every number has one sign before its last three digits and at most three before it, the sign parts thousands:
    no coordinate of ours is below a thousand metres.
    """
    bare = [digits for digits in map(_bare, texts) if re.fullmatch(r"[+-]?[\d.,]*\d[\d.,]*", digits)]
    for digits in bare:
        if "." in digits and "," in digits:
            decimal = max(".,", key=digits.rindex)
            return Habit(decimal, ",."[decimal == ","])
    for sign, other in (".,", ",."):
        if any(digits.count(sign) > 1 for digits in bare):
            return Habit(other, sign)
    signs = {sign for sign in ".," if any(sign in digits for digits in bare)}
    if len(signs) == 1 and all(_GROUPED.fullmatch(digits) for digits in bare):
        return Habit("," if signs == {"."} else ".", signs.pop())
    return Habit(None, "")


def decimals(text: str, habit: Habit) -> int:
    """Return how many decimals a cell shows."""
    digits = _bare(text)
    at = max(digits.rfind(sign) for sign in (habit.decimal or ".,"))
    return 0 if at < 0 else len(digits) - at - 1


def _bare(text: str) -> str:
    return _SPACES.sub("", _UNIT.sub("", text.strip()))
