"""Load the reasons for settling differences from `gis_data/finance`: what is lacking is added, what is there stays."""

from __future__ import annotations

import csv
from pathlib import Path

from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE, IMPORT_ROLE, Database
from landsvc.finance.reconciliation import queries

FILE = Path("finance") / "reconciliation_reasons.csv"


def ensure_reconciliation_reasons(settings: Settings, database: Database) -> None:
    """Add the reasons that the database lacks; a loaded server runs without the file."""
    path = settings.gis_data_dir / FILE
    if path.is_file():
        with database.unit_of_work(IMPORT_ROLE) as session:
            queries.put_reasons(session, _rows(path))
        return
    with database.read_only(EDITOR_ROLE) as session:
        if not queries.reasons(session):
            raise ReferenceDataMissing(field="LANDSVC_GIS_DATA", path=str(path))


def _rows(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            {name: value or None for name, value in row.items()} | {"sort": at}
            for at, row in enumerate(csv.DictReader(lines), 1)
        ]
