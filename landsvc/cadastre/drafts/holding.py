"""Ask who holds parcels: the cadastre keeps no rights, so `app.py` hands in who can tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.checks.case import Check

EXTENSION = "landsvc-rights"
"""Under which name an application keeps what `app.py` handed in."""
SameRight = Callable[[Session, Sequence[int]], bool | None]
"""Whether units are held under one and the same right; None where that cannot be told."""

HeldAlike = Callable[[Sequence[int]], bool | None]
"""The same, asked in the transaction of a draft."""


def untold(session: Session, units: Sequence[int]) -> bool | None:
    """Tell nothing about rights: nobody keeps them."""
    return None


@dataclass(frozen=True)
class Rights:
    """What another room tells of rights: whether parcels are held alike, and the rules it judges drafts by."""

    same_right: SameRight = untold
    checks: Mapping[str, Check] = field(default_factory=dict)


UNTOLD = Rights()
