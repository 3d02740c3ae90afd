"""Load the calendar and the procedures from `gis_data/procedures`: what is lacking is added, what is there stays."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.errors import InvalidInput
from landsvc.registry.dossiers import queries
from landsvc.registry.dossiers.effects import NAMES

Row = dict[str, Any]
FILES = (
    ("put_calendar_days", "calendar_days"),
    ("put_office_hours", "office_hours"),
    ("put_difficult_communes", "difficult_communes"),
    ("put_procedures", "procedures"),
    ("put_online_services", "online_services"),
    ("put_feedback_categories", "feedback_categories"),
    ("put_display_lengths", "display_lengths"),
    ("put_case_effects", "case_effects"),
    ("put_estimate_kinds", "estimate_kinds"),
    ("put_deadlines", "deadlines"),
    ("put_document_types", "document_types"),
    ("put_documents", "documents"),
    ("put_workflow_steps", "workflow_steps"),
    ("put_order_pairs", "order_pairs"),
    ("put_certificate_rules", "certificate_rules"),
    ("put_supply_askers", "supply_askers"),
    ("put_supply_fees", "supply_fees"),
)
"""Statement and file, in the order they refer to each other."""


class UnknownEffect(InvalidInput):
    """A procedure lists an effect that does not exist."""

    slug = "unknown-effect"
    title = "A procedure lists an unknown effect"
    detail = "{procedure} lists {effects} in procedures.csv or case_effects.csv."
    remedy = "Write names of effects as docs/dossiers.md lists them."


def ensure_procedures(settings: Settings, database: Database) -> None:
    """Add what the database lacks; a server whose database is loaded runs without the files."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        try:
            load_procedures(session, settings.gis_data_dir)
        except ReferenceDataMissing:
            if not queries.document_types(session):
                raise


def load_procedures(session: Session, gis_data: Path) -> None:
    """Load the files within the caller's transaction; raise `ReferenceDataMissing` or `UnknownEffect`."""
    for statement, name in FILES:
        rows = read(gis_data / "procedures" / f"{name}.csv")
        if name in {"procedures", "case_effects"}:
            for row in rows:
                check_effects(row)
        queries.put(session, statement, rows)


def check_effects(row: Row) -> None:
    """Raise `UnknownEffect` when a procedure lists what is no effect."""
    unknown = [name for name in (row["effects"] or "").split() if name not in NAMES]
    if unknown:
        raise UnknownEffect(procedure=row.get("code") or row["procedure"], effects=", ".join(unknown))


def read(path: Path) -> list[Row]:
    """Return the rows of a file, an empty cell as None, both days of a validity as one range, numbered in order."""
    if not path.is_file():
        raise ReferenceDataMissing(field="LANDSVC_GIS_DATA", path=str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        return [_row(number, row) for number, row in enumerate(csv.DictReader(lines), 1)]


def _row(number: int, cells: dict[str, str]) -> Row:
    row: Row = {"sort": number} | {name: value or None for name, value in cells.items()}
    if "valid_from" in row:
        last = row["valid_to"]
        row["valid"] = f"[{row['valid_from']},{last or ''}{']' if last else ')'}"
    return row
