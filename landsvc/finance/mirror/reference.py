"""Load the accounts that money owed is paid into from `gis_data/finance`: what is lacking is added."""

from __future__ import annotations

import csv
from pathlib import Path

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.mirror import queries

FILE = Path("finance") / "collecting_accounts.csv"


def ensure_accounts(settings: Settings, database: Database) -> None:
    """Add the accounts of tax offices that have none; without the file, notices go without QR codes."""
    path = settings.gis_data_dir / FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as lines, database.unit_of_work(IMPORT_ROLE) as session:
        queries.put_accounts(session, list(csv.DictReader(lines)))
