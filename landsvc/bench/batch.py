"""Measure what is done in bulk: the fabric check, and an import against plain COPY of the same file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import pyogrio.raw
import shapely
from psycopg.conninfo import conninfo_to_dict

from landsvc.bench.ground import Ground, drop_database, make_database
from landsvc.core.cluster import Cluster
from landsvc.core.config import WORKING_SRID, Settings
from landsvc.core.serve import environment

PATIENCE_SECONDS = 1_800


@dataclass(frozen=True)
class Batch:
    """Seconds of one bulk task, and of what it is compared with (None: nothing)."""

    name: str
    rows: int
    seconds: float
    reference_seconds: float | None = None
    error: str | None = None


def check_fabric(ground: Ground, settings: Settings) -> Batch:
    """Time `landsvc check fabric`."""
    seconds, error = run_landsvc(ground.settings(settings), "check", "fabric")
    return Batch("fabric check", ground.parcels, seconds, error=error)


def import_parcels(cluster: Cluster, ground: Ground, settings: Settings, rows: int) -> Batch:
    """Time `landsvc import parcels` of so many parcels into an empty register, and `ogr2ogr` COPY of the file."""
    name = "bench_import"
    drop_database(cluster, name)
    make_database(cluster, name)
    target = Ground(0, cluster.dsn(dbname=name), cluster.dsn("landsvc_public", name), None)
    given = target.settings(settings)
    try:
        with tempfile.TemporaryDirectory(prefix="landsvc-bench-") as folder:
            path = Path(folder, "parcels.gpkg")
            written = _write_file(ground.dsn, path, rows)
            run_landsvc(given, "db", "migrate")
            copied = _copy(target.dsn, path)
            mapping = [part for pair in MAPPING for part in ("--map", pair)]
            seconds, error = run_landsvc(
                given,
                "import",
                "parcels",
                str(path),
                *mapping,
                "--on-defect",
                "admit",
                "--report",
                f"{folder}/report.json",
            )
        return Batch("import", written, seconds, copied, error)
    finally:
        drop_database(cluster, name)


MAPPING = ("commune=commune", "sheet_no=sheet", "parcel_no=number", "use_code=use", "legal_area_m2=area")


def _write_file(dsn: str, path: Path, rows: int) -> int:
    with psycopg.connect(dsn) as conn:
        found = conn.execute(
            "SELECT ST_AsBinary(geom), commune_code, issuing_code || '-' || sheet, number, use_label,"
            " legal_area_m2::float8 FROM cadastre.parcel"
            " WHERE kind = 'parcel' AND GeometryType(geom) = 'POLYGON' ORDER BY unit_id LIMIT %s",
            (rows,),
        ).fetchall()
    names = ("commune", "sheet", "number", "use", "area")
    fields = [np.array([row[place] for row in found], dtype=object) for place in range(1, 5)]
    fields.append(np.array([row[5] for row in found], dtype=float))
    shapes = np.array([bytes(row[0]) for row in found], dtype=object)
    pyogrio.raw.write(
        str(path), shapes, fields, names, geometry_type="Polygon", crs=f"EPSG:{WORKING_SRID}", layer="parcels"
    )
    return len(shapely.from_wkb(shapes))


def _copy(dsn: str, path: Path) -> float | None:
    """Time ogr2ogr's COPY with its index, or give None where ogr2ogr is not installed."""
    place = conninfo_to_dict(dsn)
    target = "PG:" + " ".join(f"{name}={place[name]}" for name in ("host", "port", "user", "dbname"))
    command = ["ogr2ogr", "-f", "PostgreSQL", target, str(path), "-nln", "public.copied", "-overwrite"]
    started = time.monotonic()
    try:
        subprocess.run(
            command,
            env={**os.environ, "PG_USE_COPY": "YES"},
            capture_output=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
    except FileNotFoundError:
        return None
    seconds = time.monotonic() - started
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("DROP TABLE public.copied")
    return seconds


def run_landsvc(settings: Settings, *arguments: str) -> tuple[float, str | None]:
    """Run a command of ours; return its seconds, and the end of what it said where it failed."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", "from landsvc.cli import main; main()", *arguments],
        env={**os.environ, **environment(settings)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    error = None if done.returncode == 0 else (done.stderr or done.stdout).strip()[-400:]
    return time.monotonic() - started, error
