"""Look at communes for what is wrong, and keep what is found: the worker does it, one commune at a time.

A commune is looked at when it never was, when its land changed (told by the outbox; at most one look in `AGAIN_S`), and
when the figures of the rules change. A look reads in one transaction and writes in another: what changes between the
two is counted by the outbox, so that the commune is behind still and comes again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from itertools import chain
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.defects.shapes import (
    Figures,
    Found,
    Land,
    find_drift,
    find_gaps,
    find_slivers,
    find_spikes,
    overlap,
)
from landsvc.cadastre.drafts.checks.queries import SQL as RULES
from landsvc.cadastre.gaps import shapes_of
from landsvc.core import clock
from landsvc.core.config import WORKING_SRID
from landsvc.core.db import IMPORT_ROLE, Database, rows_of
from landsvc.core.outbox import Consumer, Event
from landsvc.core.prepared import Row
from landsvc.core.sql import statements

SQL = statements("cadastre", "queries_defects.sql")
AGAIN_S = 60.0
"""The least time between two looks at a commune: one of a large commune takes two seconds."""


def figures_in_force(session: Session, on: date) -> Figures:
    """Return the figures of the rules in force on a day; those of the program where no rule gives one."""
    told = {row[0]: row[-1] or {} for row in rows_of(session, RULES["rules_in_force"], on_date=on)}

    def figure(rule: str, name: str, otherwise: float) -> float:
        return float(told.get(rule, {}).get(name, otherwise))

    usual = Figures()
    return Figures(
        figure("FAB-GAP", "leastM2", usual.gap_m2),
        figure("FAB-LEGAL", "factor", usual.drift_factor),
        figure("FAB-LEGAL", "scale", usual.drift_scale),
        figure("FAB-LEGAL", "leastM2", usual.drift_m2),
        figure("FAB-SLIVER", "widthM", usual.sliver_m),
        figure("FAB-SPIKE", "angleDeg", usual.spike_deg),
    )


def look_at_next(database: Database, *, again_s: float = AGAIN_S) -> str | None:
    """Look at the commune that waited longest; return its code, None when none waits."""
    with database.read_only(IMPORT_ROLE) as session:
        figures = figures_in_force(session, clock.today())
        told = json.dumps(asdict(figures))
        waiting = rows_of(session, SQL["defect_communes"], figures=told, again_s=again_s, most=1)
    if not waiting:
        return None
    commune, changes = waiting[0]
    look_at(database, str(commune), int(changes), figures)
    return str(commune)


def look_at(database: Database, commune: str, changes: int, figures: Figures) -> list[Found]:
    """Look at one commune, knowing of so many changes, and keep what is found; return it."""
    with database.read_only(IMPORT_ROLE) as session:
        land = _land(rows_of(session, SQL["defect_land"], commune=commune))
        extents = shapes_of([row[0] for row in rows_of(session, SQL["defect_extents"], commune=commune)])
        around = _around(session, commune, extents)
        pairs = rows_of(session, SQL["defect_overlaps"], commune=commune)
    found = [
        *chain(find_drift(land, figures), find_slivers(land, figures), find_spikes(land, figures)),
        *find_gaps(extents, land, shapes_of([row[1] for row in around]), _integers(around, 0), figures),
        *(overlap(a, b, shapely.from_wkb(bytes(shape)), mirrored=bool(far)) for a, b, shape, far in pairs),
    ]
    with database.unit_of_work(IMPORT_ROLE) as session:
        rows_of(session, SQL["defect_keep"], commune=commune, found=json.dumps([_row(each) for each in found]))
        rows_of(
            session,
            SQL["defect_looked"],
            commune=commune,
            changes=changes,
            figures=json.dumps(asdict(figures)),
            parcels=int(land.is_parcel.sum()),
            mapped=bool(len(extents)),
        )
        rows_of(session, SQL["defect_count_day"], on_date=clock.today(), commune=commune)
    return found


def count_day(database: Database, on: date) -> None:
    """Store what is known of every commune looked at, as the row of a day; asked again, it changes that row only."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        rows_of(session, SQL["defect_count_day"], on_date=on, commune=None)


def look_at_all(database: Database) -> list[str]:
    """Look at every commune that waits, one after the other; return their codes."""
    done: list[str] = []
    while (commune := look_at_next(database, again_s=0.0)) is not None and commune not in done:
        done.append(commune)
    return done


def parcels_changed(session: Session, events: Sequence[Event]) -> None:
    """Note the communes of parcels that changed."""
    rows_of(session, SQL["defect_changed"], units=sorted({int(event.key) for event in events}))


def fabric_loaded(session: Session, events: Sequence[Event]) -> None:
    """Note the communes that a bulk import touched."""
    for event in events:
        rows_of(session, SQL["defect_loaded"], record_id=int(event.key))


CONSUMER = Consumer(
    "cadastre.defects", {"parcel.changed": parcels_changed, "fabric.loaded": fabric_loaded}, role=IMPORT_ROLE
)


def _land(rows: Sequence[Row]) -> Land:
    return Land(
        _integers(rows, 0),
        _integers(rows, 1),
        np.array([row[2] for row in rows], dtype=np.bool_),
        shapes_of([row[3] for row in rows]),
        *(
            np.array([np.nan if row[at] is None else row[at] for row in rows], dtype=np.float64)
            for at in (4, 5, 6)
        ),
    )


def _around(session: Session, commune: str, extents: Any) -> list[Row]:
    if not len(extents):
        return []
    box = dict(zip(("x0", "y0", "x1", "y1"), map(float, shapely.total_bounds(extents)), strict=True))
    return rows_of(session, SQL["defect_land_around"], commune=commune, **box)


def _integers(rows: Sequence[Row], at: int) -> Any:
    return np.array([row[at] for row in rows], dtype=np.int64)


def _row(found: Found) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "place": found.place,
        "units": found.units,
        "version_id": found.version,
        "measure": found.measure,
        "weight": found.weight,
        "facts": dict(found.facts),
        "mirrored": found.mirrored,
        "geom": shapely.to_wkb(shapely.set_srid(found.geometry, WORKING_SRID), hex=True, include_srid=True),
    }
