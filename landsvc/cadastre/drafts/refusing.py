"""Show where: what stands against an operation always comes with a place, that of what it names at least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import shapely

from landsvc.cadastre.drafts.errors import shown
from landsvc.cadastre.drafts.model import Unit
from landsvc.cadastre.drafts.ops.base import Operation
from landsvc.core.errors import Conflict, RuleViolation


@contextmanager
def placed(operation: Operation, units: Sequence[Unit]) -> Iterator[None]:
    """Give a refusal inside the block that shows no place one: the parcels named, else what is drawn."""
    try:
        yield
    except (RuleViolation, Conflict) as error:
        land = [unit.geometry for unit in units if unit.geometry is not None] or list(operation.places)
        if error.geometry is None and land:
            place = shown(land[0] if len(land) == 1 else shapely.union_all(land))
            error.geometry, error.crs = place["geometry"], place["crs"]
        raise
