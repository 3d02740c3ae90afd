"""Load the schedule of fees, what the council waives and accounts from `gis_data/finance`: what is lacking is added."""

from __future__ import annotations

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.finance.fees import queries
from landsvc.finance.obligations.reference import read

FILES = (
    ("put_fee_rates", "fees"),
    ("put_fee_waivers", "fee_waivers"),
    ("put_fee_accounts", "fee_accounts"),
)


def ensure_fees(settings: Settings, database: Database) -> None:
    """Add the fees, waivers and accounts the database lacks; without the files, and none there, nothing is charged."""
    folder = settings.gis_data_dir / "finance"
    with database.unit_of_work(IMPORT_ROLE) as session:
        for statement, name in FILES:
            path = folder / f"{name}.csv"
            if path.is_file():
                queries.put(session, statement, read(path))
