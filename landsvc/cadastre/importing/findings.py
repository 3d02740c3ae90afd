"""Collect what was found, and decide what becomes of each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from landsvc.cadastre.importing.rings import Booleans, Integers
from landsvc.cadastre.importing.rules import RULES

LOADED, REPAIRED, ADMITTED, QUARANTINED, REFUSED = "loaded", "repaired", "admitted", "quarantined", "refused"


@dataclass(frozen=True)
class Finding:
    """What one rule found: rows (0-based, -1 for none), and for each a place in the working system, or None."""

    rule: str
    rows: Integers
    places: list[Any]
    area_m2: float = 0.0
    others: Integers | None = None
    """The other row of a pair; -1 - unit id for a parcel that was there before."""
    note: str = ""


@dataclass
class Findings:
    """All findings of one import, and the rows that a defect keeps from loading as they are."""

    total: int
    items: list[Finding] = field(default_factory=list)

    def add(
        self,
        rule: str,
        rows: Integers | list[int],
        *,
        places: list[Any] | None = None,
        area_m2: float = 0.0,
        others: Integers | None = None,
        note: str = "",
    ) -> None:
        """Note a finding about some rows; nothing when there are none."""
        if rule not in RULES:
            raise KeyError(rule)
        numbers = np.asarray(rows, dtype=np.int64)
        if len(numbers) or RULES[rule].whole_file:
            self.items.append(Finding(rule, numbers, places or [], area_m2, others, note))

    def with_rule_kind(self, kind: str) -> Booleans:
        """Return the rows some finding of this kind names."""
        marks = np.zeros(self.total, dtype=bool)
        for item in self.items:
            if RULES[item.rule].kind == kind:
                marks[item.rows[item.rows >= 0]] = True
                if item.others is not None:
                    marks[item.others[item.others >= 0]] = True
        return marks

    def has_file_defect(self) -> bool:
        """Tell whether a defect speaks of the whole file, or of a place where there is no row."""
        return any(
            RULES[item.rule].kind == "defect" and (RULES[item.rule].whole_file or bool((item.rows < 0).any()))
            for item in self.items
        )


def uncover(a: Integers, b: Integers, area_m2: Any, size_m2: Any) -> Integers:
    """Return rows to set aside so that no pair (a, b) is left whole: of each pair the smaller, else the later.

    The largest overlaps are settled first; a pair one of whose members is already aside is settled.
    A negative number is a parcel that was there before and stays.
    """
    aside: set[int] = set()
    order = np.argsort(-np.asarray(area_m2), kind="stable")
    for first, second in zip(a[order].tolist(), b[order].tolist(), strict=True):
        if first in aside or second in aside:
            continue
        if first < 0 or second < 0:
            aside.add(max(first, second))
            continue
        smaller = first if (size_m2[first], -first) < (size_m2[second], -second) else second
        aside.add(smaller)
    return np.array(sorted(aside), dtype=np.int64)
