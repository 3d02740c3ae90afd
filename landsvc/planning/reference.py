"""Load the themes an extract always speaks about, from `gis_data/codelists/planning_themes.csv`."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy.orm import Session

from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.sql import statements

FILE = "codelists/planning_themes.csv"
PLANNED = frozenset({"land_use_plan", "annual_plan", "zoning", "forest", "environment", "rice_protection"})
"""Themes drawn as what land is planned for; the others restrict its use."""
SQL = statements("planning", "queries_import.sql")


def ensure_themes(settings: Settings, database: Database) -> None:
    """Add missing themes and bring names up to date; raise `ReferenceDataMissing`."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        load_themes(session, settings.gis_data_dir)


def load_themes(session: Session, gis_data: Path) -> None:
    """Load the list within the caller's transaction; raise `ReferenceDataMissing`."""
    path = gis_data / FILE
    if not path.is_file():
        raise ReferenceDataMissing(path=str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            {
                "code": row["code"],
                "name_vi": row["name_vi"],
                "name_en": row["name_en"],
                "kind": row["kind"],
                "layer": "zones" if row["code"] in PLANNED else "restrictions",
                "sort": sort,
                "legal_source": row["law"] or None,
            }
            for sort, row in enumerate(csv.DictReader(lines), 1)
        ]
    connection = driver_connection(session)
    for row in rows:
        connection.execute(SQL["put_theme"].text, row)
