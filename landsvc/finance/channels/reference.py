"""Load the channels money comes by from `gis_data/finance`: what is lacking is added, what is there stays."""

from __future__ import annotations

import csv
from pathlib import Path

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.channels import queries

FILE = Path("finance") / "channels.csv"


def ensure_channels(settings: Settings, database: Database) -> None:
    """Add the channels the database lacks; without the file, and none there, no channel is heard."""
    path = settings.gis_data_dir / FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as lines, database.unit_of_work(IMPORT_ROLE) as session:
        queries.put_channels(session, list(csv.DictReader(lines)))
