"""Load the demo province, step by step; a step that stands is not repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from landsvc.cadastre.reference import load_reference
from landsvc.core.config import WORKING_SRID, Settings
from landsvc.core.db import EDITOR_ROLE, IMPORT_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.demo import fabric, history, plans, prices
from landsvc.demo.errors import LandNotEmpty, NoCommunes, OtherDemo
from landsvc.demo.fabric import Size
from landsvc.demo.statements import Script
from landsvc.identity.actors import OPERATOR

STEPS = ("fabric", "history")


@dataclass(frozen=True)
class DemoSummary:
    """What the demo holds, with the legacy defects it was given on purpose."""

    parcels: int
    seed: int
    unmapped: int
    events: int
    defects: list[dict[str, Any]] = field(default_factory=list)


def demo_present(database: Database) -> bool:
    """Return whether a whole demo is loaded."""
    return set(STEPS) <= set(_loaded(database))


def load_demo(
    database: Database,
    *,
    parcels: int = 20_000,
    seed: int = 1,
    progress: Progress = silent,
    gis_data: Path | None = None,
) -> DemoSummary:
    """Load a demo of exactly `parcels` current parcels; the same seed gives the same land.

    Code lists and administrative units are loaded first where they are missing, from `gis_data`. Fabric and
    plans are one transaction, the history another; what a stopped load left out is done by the next.
    Raises `NoCommunes`, `LandNotEmpty`, `OtherDemo` or `TooManyParcels`.
    """
    loaded = _loaded(database)
    if "fabric" not in loaded:
        loaded["fabric"] = _lay(database, parcels, seed, gis_data or Settings.from_env().gis_data_dir, progress)
    found = loaded["fabric"]
    if (found["parcels"], found["seed"]) != (parcels, seed):
        raise OtherDemo(parcels=found["parcels"], seed=found["seed"])
    if "history" not in loaded:
        with database.unit_of_work(EDITOR_ROLE, OPERATOR) as session:
            variant = Script(session, "queries.sql").one("datum_shift")
            history.tell(session, found["events"], variant, progress)
    prices.lay(database, progress)
    _gather_statistics(database, progress)
    plans.keep_overlay(database, parcels, progress)
    _gather_statistics(database, progress)
    return DemoSummary(parcels, seed, found["unmapped"], len(found["events"]), found["defects"])


def _lay(database: Database, parcels: int, seed: int, gis_data: Path, progress: Progress) -> dict[str, Any]:
    progress("Loading communes", 0, 0)
    with database.read_only(IMPORT_ROLE) as session:
        variant = str(Script(session, "queries.sql").one("datum_shift"))
    load_reference(database, gis_data, working=WORKING_SRID, variant=variant)
    _check_ground(database)
    with database.unit_of_work(IMPORT_ROLE) as session:
        found = fabric.lay(session, Size(parcels, seed, WORKING_SRID, variant), progress)
        plans.lay(session, gis_data, progress)
        progress("Proving that nothing overlaps", 0, 0)
    return found


def _loaded(database: Database) -> dict[str, Any]:
    with database.read_only(IMPORT_ROLE) as session:
        found = {step: details for step, _, details in Script(session, "queries.sql").run("loaded_steps")}
    # A history of nothing leaves no record behind.
    if "fabric" in found and not found["fabric"]["events"]:
        found["history"] = {}
    return found


def _check_ground(database: Database) -> None:
    with database.read_only(IMPORT_ROLE) as session:
        script = Script(session, "queries.sql")
        if not script.one("has_communes"):
            raise NoCommunes()
        if script.one("has_parcels"):
            raise LandNotEmpty()


def _gather_statistics(database: Database, progress: Progress) -> None:
    """Let the planner know what is there; VACUUM also sets what index-only reads need."""
    progress("Gathering statistics", 0, 0)
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
