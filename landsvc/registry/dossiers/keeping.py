"""Tell a backup which files of papers the database knows; none is ever taken away, so nothing need be held."""

from __future__ import annotations

from pathlib import Path

import psycopg

from landsvc.core.backup_files import Beside
from landsvc.core.sql import statements
from landsvc.registry.dossiers.documents import FOLDER

SQL = statements("registry", "queries_dossiers.sql")


def papers_beside(data_dir: Path, dsn: str) -> list[Beside]:
    """Return the files of papers, each below the data folder; none before the tables are made."""
    with psycopg.connect(dsn) as conn:
        known = conn.execute("SELECT to_regclass('registry.stored_file') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return []
        found = conn.execute(SQL["files_known"].text).fetchall()
    names = ((digest, f"{FOLDER}/{digest[:2]}/{digest}") for (digest,) in found)
    return [Beside(name, digest, data_dir / name) for digest, name in names]
