"""Hold the pure rules of planning: how sharp a drawn line is."""

from __future__ import annotations

import re

LINK = re.compile(r"https?://[^\s<>\"]{3,490}")
DRAWN_LINE_M = 0.0003
"""Metres on paper: a line is drawn and read to about 0.3 mm."""


def accuracy_of_scale(scale: int | None) -> float | None:
    """Return how far a line of a source may be off, in metres: 0.3 mm on paper at its scale."""
    return None if scale is None else round(scale * DRAWN_LINE_M, 3)


def read_link(text: str) -> str:
    """Return the address of a decision; raise ValueError where it is none of http or https."""
    if not LINK.fullmatch(text):
        raise ValueError(text)
    return text
