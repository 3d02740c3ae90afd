"""Tell a backup which files of papers the database knows; none is ever taken away, so nothing need be held."""

from __future__ import annotations

from pathlib import Path

import psycopg

from landsvc.core.backup_files import Beside
from landsvc.core.filestore import FOLDER
from landsvc.core.sql import statements

SQL = statements("registry", "queries_dossiers.sql")
KNOWN = {
    "registry.stored_file": "files_known",
    "registry.certificate_print": "prints_known",
    "registry.data_supply": "replies_known",
}
"""Each table that names files in the folder, and the statement that lists them."""


def papers_beside(data_dir: Path, dsn: str) -> list[Beside]:
    """Return the files of papers, prints and replies, each below the data folder; none of tables not made yet."""
    digests: set[str] = set()
    with psycopg.connect(dsn) as conn:
        for table, statement in KNOWN.items():
            made = conn.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
            if made and made[0]:
                digests |= {digest for (digest,) in conn.execute(SQL[statement].text)}
    names = ((digest, f"{FOLDER}/{digest[:2]}/{digest}") for digest in sorted(digests))
    return [Beside(name, digest, data_dir / name) for digest, name in names]
