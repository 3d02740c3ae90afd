"""Hold the pure rules of planning: how sharp a drawn line is."""

from __future__ import annotations

DRAWN_LINE_M = 0.0003
"""Metres on paper: a line is drawn and read to about 0.3 mm."""


def accuracy_of_scale(scale: int | None) -> float | None:
    """Return how far a line of a source may be off, in metres: 0.3 mm on paper at its scale."""
    return None if scale is None else round(scale * DRAWN_LINE_M, 3)
