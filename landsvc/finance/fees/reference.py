"""Load the schedule of fees and what the council waives from `gis_data/finance`: what is lacking is added."""

from __future__ import annotations

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.fees import queries
from landsvc.finance.obligations.reference import read

FILES = (("put_fee_rates", "fees"), ("put_fee_waivers", "fee_waivers"))


def ensure_fees(settings: Settings, database: Database) -> None:
    """Add the fees and waivers the database lacks; without the files, and none there, nothing is charged."""
    folder = settings.gis_data_dir / "finance"
    with database.unit_of_work(IMPORT_ROLE) as session:
        for statement, name in FILES:
            path = folder / f"{name}.csv"
            if path.is_file():
                queries.put(session, statement, read(path))
