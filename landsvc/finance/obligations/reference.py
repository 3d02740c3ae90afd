"""Load the figures of the law from `gis_data/finance`: what is lacking is added, what is there stays."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.core import clock
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.obligations import queries

FILES = (
    ("put_parameters", "parameters"),
    ("put_exemptions", "exemptions"),
    ("put_payment_terms", "payment_terms"),
)


def ensure_figures(settings: Settings, database: Database) -> None:
    """Add what the database lacks; a server whose database is loaded runs without the files."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        try:
            load_figures(session, settings.gis_data_dir)
        except ReferenceDataMissing:
            if not queries.figures(session, clock.today()):
                raise


def load_figures(session: Session, gis_data: Path) -> None:
    """Load the files within the caller's transaction; raise `ReferenceDataMissing`."""
    for statement, name in FILES:
        queries.put(session, statement, read(gis_data / "finance" / f"{name}.csv"))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file, an empty cell as None, both days of a validity as one range, numbered in order."""
    if not path.is_file():
        raise ReferenceDataMissing(field="LANDSVC_GIS_DATA", path=str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        return [_row(number, row) for number, row in enumerate(csv.DictReader(lines), 1)]


def _row(number: int, cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"sort": number} | {name: value or None for name, value in cells.items()}
    last = row["valid_to"]
    return row | {"valid": f"[{row['valid_from']},{last or ''}{']' if last else ')'}"}
