"""Load the shared code lists from `gis_data/finance`: what is lacking is added, what is there stays."""

from __future__ import annotations

import csv
from pathlib import Path

from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.catalogues import queries

FILE = Path("finance") / "catalogues.csv"


def ensure_catalogues(settings: Settings, database: Database) -> None:
    """Add the entries that the database lacks; a loaded server runs without the file."""
    path = settings.gis_data_dir / FILE
    with database.unit_of_work(IMPORT_ROLE) as session:
        if path.is_file():
            queries.put_entries(session, _rows(path))
        elif not queries.is_there(session):
            raise ReferenceDataMissing(field="LANDSVC_GIS_DATA", path=str(path))


def _rows(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            {name: value or None for name, value in row.items()} | {"sort": at}
            for at, row in enumerate(csv.DictReader(lines), 1)
        ]
