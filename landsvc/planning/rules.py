"""Hold the pure rules of planning: how sharp a drawn line is, and whether plans speak about a parcel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LINK = re.compile(r"https?://[^\s<>\"]{3,490}")
DRAWN_LINE_M = 0.0003
"""Metres on paper: a line is drawn and read to about 0.3 mm."""
WHOLE_PCT = 99.95
"""From this share of a parcel on it is all of it: shares are told to a tenth of a percent."""


def accuracy_of_scale(scale: int | None) -> float | None:
    """Return how far a line of a source may be off, in metres: 0.3 mm on paper at its scale."""
    return None if scale is None else round(scale * DRAWN_LINE_M, 3)


def read_link(text: str) -> str:
    """Return the address of a decision; raise ValueError where it is none of http or https."""
    if not LINK.fullmatch(text):
        raise ValueError(text)
    return text


def speaks(theme: Mapping[str, Any]) -> bool:
    """Tell whether plans in force of a theme, as a look-up tells it, speak about all of a parcel."""
    if theme["state"] != "affected":
        return bool(theme["state"] == "notAffected")
    return max(theme.get("coveredPct") or 0, theme.get("sharePct") or 0) >= WHOLE_PCT
