"""Compare two multisets of lines: the rule that the database's statement follows, told line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of one side: by which key it is known, what it comes to, what else it says (None: nothing)."""

    key: str
    amount_vnd: int
    detail: str | None = None


@dataclass(frozen=True)
class Finding:
    """A line that a side lacks (None) or has otherwise."""

    kind: str
    key: str
    our_vnd: int | None
    their_vnd: int | None


@dataclass(frozen=True)
class Comparison:
    """What is matched, and what is not."""

    matched: Sequence[int]
    """The amounts of what is matched."""
    findings: Sequence[Finding]

    def of(self, kind: str) -> list[Finding]:
        """Return the findings of a kind: missing (they have, we have not), extra, different."""
        return [each for each in self.findings if each.kind == kind]


def compare(ours: Iterable[Line], theirs: Iterable[Line], *, by_detail: bool = False) -> Comparison:
    """Compare what two sides have, each line once: first equal amounts of a key, then what else has the key.

    With `by_detail`, lines whose keys nobody else has are matched where both sides name the same detail and amount.
    """
    pairs: list[tuple[Line, Line]] = []
    left, right = _pair(ours, theirs, lambda line: (line.key, line.amount_vnd), pairs)
    equal = len(pairs)
    left, right = _pair(left, right, lambda line: line.key, pairs)
    unequal = pairs[equal:]
    linked: list[tuple[Line, Line]] = []
    if by_detail:
        named, unnamed = _named(left)
        their_named, their_unnamed = _named(right)
        rest, their_rest = _pair(named, their_named, lambda line: (line.detail, line.amount_vnd), linked)
        left, right = [*rest, *unnamed], [*their_rest, *their_unnamed]
    other = [pair for pair in pairs[:equal] if _says_otherwise(*pair)]
    matched = [mine.amount_vnd for mine, its in pairs[:equal] if not _says_otherwise(mine, its)]
    findings = [
        Finding("different", mine.key, mine.amount_vnd, its.amount_vnd) for mine, its in [*other, *unequal]
    ]
    findings += [Finding("extra", each.key, each.amount_vnd, None) for each in left]
    findings += [Finding("missing", each.key, None, each.amount_vnd) for each in right]
    return Comparison(matched + [mine.amount_vnd for mine, _ in linked], findings)


def _pair(
    ours: Iterable[Line], theirs: Iterable[Line], by: Callable[[Line], Hashable], pairs: list[tuple[Line, Line]]
) -> tuple[list[Line], list[Line]]:
    """Add pairs of lines that agree in `by`, lowest amounts first; return who is left on each side."""
    waiting: dict[Hashable, list[Line]] = defaultdict(list)
    for line in sorted(theirs, key=_order):
        waiting[by(line)].append(line)
    left = []
    for line in sorted(ours, key=_order):
        found = waiting[by(line)]
        if found:
            pairs.append((line, found.pop(0)))
        else:
            left.append(line)
    return left, [line for lines in waiting.values() for line in lines]


def _order(line: Line) -> tuple[str, int, bool, str]:
    return line.key, line.amount_vnd, line.detail is None, line.detail or ""


def _named(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    found: list[Line] = list(lines)
    return [each for each in found if each.detail], [each for each in found if not each.detail]


def _says_otherwise(mine: Line, its: Line) -> bool:
    return mine.detail is not None and its.detail is not None and mine.detail != its.detail
