"""Pair every defect with every format it can occur in and every encoding that format can carry."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.factories.old_text import DECOMPOSED, TCVN3, UTF8, VNI, WINDOWS

Case = tuple[str, str, str]
UNICODE = (UTF8, DECOMPOSED)
ONE_BYTE = (TCVN3, VNI, WINDOWS)
CARRIED = {
    "dxf": UNICODE + ONE_BYTE,  # Unicode from R2007 on, bytes in a code page before
    "dgn": ONE_BYTE,  # V7 holds one byte a letter
    "shp": UNICODE + ONE_BYTE,
    "mif": UNICODE + ONE_BYTE,
    "tab": UNICODE + ONE_BYTE,
    "csv": UNICODE + ONE_BYTE,
    "xlsx": UNICODE,  # a workbook is Unicode by definition
}
"""Encodings that a format can carry."""
DRAWINGS = ("dxf", "dgn")
TABLES = ("csv", "xlsx")
LAYERS = ("shp", "mif", "tab", *TABLES)


def product(names: Sequence[str], forms: Sequence[str]) -> list:
    """Return all of (name, format, encoding) as parameters; those marked `long` add no new pair of two of them.

    With one name alone the pairs of format and encoding, which others cover, do not count.
    """
    every = [(name, form, encoding) for name in names for form in forms for encoding in CARRIED[form]]
    quick = _cover(every, apart=len(names) > 1)
    return [
        pytest.param(*one, marks=() if one in quick else pytest.mark.long, id="-".join(one).replace(" ", "_"))
        for one in every
    ]


def _cover(every: Sequence[Case], *, apart: bool) -> set[Case]:
    """Choose few cases in which each two values that occur together do so once: the most new pairs each time."""

    def pairs(case: Case) -> set[tuple[str, str]]:
        name, form, encoding = case
        return {(name, form), (name, encoding)} | ({(form, encoding)} if apart else set())

    left = set[tuple[str, str]]().union(*map(pairs, every))
    kept = set()
    while left:
        best = max(every, key=lambda case: len(left & pairs(case)))
        kept.add(best)
        left -= pairs(best)
    return kept
