"""Write the yearly data package (gói dữ liệu thuế đất hằng năm): all parcels on 1 January, streamed, in parts.

The register has two times, so a package is what was known at one instant of the land on one day: begun again after it
was killed, it goes on with the same instant, and ends with the same files as one that was never interrupted. (Names of
parcels and positions nobody confirmed are as they stand when a part is written.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_camel
from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database, driver_connection, rows_of
from landsvc.core.progress import Progress as Say
from landsvc.core.progress import silent
from landsvc.core.signing import Signer
from landsvc.core.sql import statements
from landsvc.registry.tax_package import folder as kept
from landsvc.registry.tax_package.errors import PackageIncomplete, YearNotOver
from landsvc.registry.tax_package.folder import Asked, Part, Progress
from landsvc.registry.tax_package.shape import SCHEMA

SQL = statements("registry", "queries_tax_package.sql")
PIECE = 2_000
"""Rows fetched at once: a few megabytes."""


@dataclass(frozen=True)
class Written:
    """What stands in the folder."""

    folder: Path
    parts: int
    parcels: int
    new: int
    changed: int
    gone: int
    bytes: int
    kept_parts: int
    """Parts that an earlier run had finished."""


def write_package(
    database: Database,
    signer: Signer,
    folder: Path,
    *,
    year: int,
    commune: str | None = None,
    on_step: Say = silent,
) -> Written:
    """Write the package of a year into a folder, or go on with it; signed when it is whole.

    Raises `YearNotOver`, `FolderHoldsAnother`, `PackageIncomplete`, `SigningKeyMissing`.
    """
    if year > clock.today().year:
        raise YearNotOver(field="year", year=year)
    signer.public_key()  # says now that it is missing, not after minutes
    folder.mkdir(parents=True, exist_ok=True)
    with database.read_only(EDITOR_ROLE) as session:
        rows_of(session, SQL["package_patience"])
        progress = kept.begun(folder, year, commune) or Progress(_asked(session, year, commune))
        kept.keep(folder, progress)
        before = len(progress.parts)
        if not (folder / kept.MANIFEST).exists() or not before:
            _write_parcels(session, folder, progress, on_step)
            _write_lists(session, folder, progress)
            _check(session, progress)
            _finish(folder, progress, signer)
    sums = kept.totals(progress.parts)
    size = sum(each.bytes for each in progress.parts)
    return Written(folder, len(progress.parts), bytes=size, kept_parts=before, **sums)


def _asked(session: Session, year: int, commune: str | None) -> Asked:
    ((moment,),) = rows_of(session, SQL["package_moment"])
    table = _table(session, date(year, 1, 1))
    days = date(year, 1, 1).isoformat(), date(year - 1, 1, 1).isoformat()
    return Asked(year, commune, *days, moment.isoformat(), table and table[1])


def _table(session: Session, on: date) -> tuple[int, str] | None:
    found = rows_of(session, SQL["package_table"], on_day=on)
    return (found[0][0], found[0][1]) if found else None


def _write_parcels(session: Session, folder: Path, progress: Progress, on_step: Say) -> None:
    done = [each.commune for each in progress.parts if each.commune]
    control = _control(session, progress.asked)
    total = sum(count for count, _ in control.values())
    written = sum(each.parcels for each in progress.parts)
    rows = _parcels(session, progress.asked, after=max(done, default=""))
    for commune, lines in groupby(rows, key=lambda row: row[0]):
        part = Part(f"parcels-{commune}.ndjson.gz", commune)
        area = Decimal(0)
        with kept.writing(folder, part) as file:
            for _, change, size, line in lines:
                file.write(line.encode() + b"\n")
                part.rows += 1
                if change != "gone":
                    part.parcels += 1
                    area += size or 0
                if change:
                    setattr(part, change, getattr(part, change) + 1)
        part.area_m2 = str(area)
        progress.parts.append(part)
        kept.keep(folder, progress)
        written += part.parcels
        on_step("parcels", written, total)


def _parcels(session: Session, asked: Asked, *, after: str) -> Iterator[tuple[Any, ...]]:
    """Read the rows of the package, some at a time, from a cursor of the server."""
    table = _table(session, date.fromisoformat(asked.on_day))
    with ExitStack() as stack:
        cursor = stack.enter_context(driver_connection(session).cursor(name="tax_package"))
        cursor.itersize = PIECE
        given = {
            "on_day": asked.on_day,
            "before": asked.before,
            "known": asked.known_at,
            "commune": asked.commune,
        }
        cursor.execute(
            SQL["package_parcels"].text, given | {"after": after, "table_id": table and table[0]}, binary=False
        )
        yield from cursor


def _write_lists(session: Session, folder: Path, progress: Progress) -> None:
    """Write what belongs to no commune: holders of residential land, and the table of prices."""
    asked = progress.asked
    table = _table(session, date.fromisoformat(asked.on_day))
    times = {"on_day": asked.on_day, "known": asked.known_at, "commune": asked.commune}
    lists: dict[str, tuple[str, dict[str, Any]]] = {
        "holders.ndjson.gz": ("package_holders", times),
        "prices.ndjson.gz": ("package_prices", {"table_id": table and table[0], "on_day": asked.on_day}),
    }
    for name, (statement, given) in lists.items():
        if any(each.file == name for each in progress.parts):
            continue
        part = Part(name)
        with ExitStack() as stack:
            cursor = stack.enter_context(driver_connection(session).cursor(name=f"tax_{statement}"))
            cursor.itersize = PIECE
            cursor.execute(SQL[statement].text, given)
            file = stack.enter_context(kept.writing(folder, part))
            for (line,) in cursor:
                file.write(line.encode() + b"\n")
                part.rows += 1
        progress.parts.append(part)
        kept.keep(folder, progress)


def _control(session: Session, asked: Asked) -> dict[str, tuple[int, Decimal]]:
    """Return parcels and area (m²) by commune, counted apart from what is written."""
    given = {"on_day": asked.on_day, "known": asked.known_at, "commune": asked.commune}
    return {row[0]: (row[1], row[2] or Decimal(0)) for row in rows_of(session, SQL["package_control"], **given)}


def _check(session: Session, progress: Progress) -> None:
    control = _control(session, progress.asked)
    written = {each.commune: (each.parcels, Decimal(each.area_m2)) for each in progress.parts if each.parcels}
    for commune in sorted({*control, *(name for name in written if name)}):
        if control.get(commune) != written.get(commune):
            raise PackageIncomplete(commune=commune, written=written.get(commune), counted=control.get(commune))


def _outside(told: dict[str, Any]) -> dict[str, Any]:
    return {to_camel(name): value for name, value in told.items()}


def _finish(folder: Path, progress: Progress, signer: Signer) -> None:
    kept.put(folder / "schema.json", json.dumps(SCHEMA, indent=1, ensure_ascii=False).encode())
    told = {
        "shape": kept.SHAPE,
        "asked": _outside(asdict(progress.asked)),
        "totals": kept.totals(progress.parts),
        "schema": {"file": "schema.json", "sha256": kept.digest_of(folder / "schema.json")},
        "parts": [_outside(asdict(each)) for each in progress.parts],
    }
    content = json.dumps(told, indent=1, ensure_ascii=False).encode()
    kept.put(folder / kept.SIGNATURE, signer.sign_bytes(content).signature.encode())
    kept.put(folder / kept.MANIFEST, content)
