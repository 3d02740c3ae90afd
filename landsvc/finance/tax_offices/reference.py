"""Load the tax offices from `gis_data/finance`: what is lacking is added, what is there stays."""

from __future__ import annotations

import csv
from pathlib import Path

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.tax_offices import queries

FILE = Path("finance") / "tax_offices.csv"


def ensure_tax_offices(settings: Settings, database: Database) -> None:
    """Add the offices that the database lacks; without the file, slips say that the office is not known."""
    path = settings.gis_data_dir / FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as lines, database.unit_of_work(IMPORT_ROLE) as session:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
        queries.put_offices(session, rows)
