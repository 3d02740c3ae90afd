"""Ask who holds parcels: the cadastre keeps no rights, so `app.py` hands in who can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

SameRight = Callable[[Sequence[int]], bool | None]
"""Whether units are held under one and the same right; None where that cannot be told."""


def untold(units: Sequence[int]) -> bool | None:
    """Tell nothing about rights: nobody keeps them yet."""
    return None
