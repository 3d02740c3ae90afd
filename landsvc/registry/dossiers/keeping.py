"""Tell a backup which files of papers the database knows, but for those that wait to be taken away.

What is named stays for a day at least (`applications.forgetting`), so nothing need be held.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from landsvc.core.backup_files import Beside
from landsvc.core.filestore import FOLDER
from landsvc.core.sql import statements

SQL = statements("registry", "queries_dossiers.sql")
FILES, STORED = "files_known", "files_stored"
KNOWN = {
    "registry.file_dropped": FILES,
    "registry.feedback": "photos_known",
    "registry.certificate_print": "prints_known",
    "registry.data_supply": "replies_known",
}
"""Each table that names files in the folder, and the statement that lists them."""
BEFORE = {"registry.stored_file": STORED}
"""The same in a database from before files were taken away."""


def papers_beside(data_dir: Path, dsn: str) -> list[Beside]:
    """Return the files of papers, prints and replies, each below the data folder; none of tables not made yet."""
    with psycopg.connect(dsn) as conn:
        made = {table: statement for table, statement in (KNOWN | BEFORE).items() if _is_made(conn, table)}
        wanted = set(made.values()) - ({STORED} if FILES in made.values() else set())
        digests = {digest for statement in wanted for (digest,) in conn.execute(SQL[statement].text)}
    names = ((digest, f"{FOLDER}/{digest[:2]}/{digest}") for digest in sorted(digests))
    return [Beside(name, digest, data_dir / name) for digest, name in names]


def _is_made(conn: psycopg.Connection[tuple[bool]], table: str) -> bool:
    found = conn.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
    return bool(found and found[0])
