"""A real town as its office published it: US survey feet, arcs, streets of 53 829 corners; and a neighbour's zoning.

Everything goes through the command line in a database of its own (SRID 26986), and every count is compared
with one made by pyogrio and shapely alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from landsvc.core.cluster import Cluster
from pyproj import Transformer
from tests.conftest import data_folder, serving

SAMPLES = Path(__file__).parents[2] / "gis_data" / "samples" / "town"
PARCELS, ZONING = SAMPLES / "somerville_parcels.gdb", SAMPLES / "brookline_zoning.geojson"
SRID = 26986
LANDSVC = [sys.executable, "-c", "from landsvc.cli import main; main()"]
SURFACE, CURVED = {3, 6}, {10, 12}
"""Kinds of geometry in well-known binary: polygons, and polygons whose edges may be arcs."""


@dataclass(frozen=True)
class Town:
    """A database with the town in it, and what the import said."""

    folder: Path
    dsn: str
    report: dict

    def run(self, *words: str) -> str:
        return command(self.folder, *words)

    def found(self, rule: str) -> int:
        return sum(item["count"] for item in self.report["findings"] if item["rule"] == rule)


def command(folder: Path, *words: str) -> str:
    """Run `landsvc` on the town's database; return its standard output."""
    environ = os.environ | {"LANDSVC_SRID": str(SRID)}
    done = subprocess.run([*LANDSVC, *words, "--data", str(folder)], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    folder = data_folder("town-")
    cluster = Cluster(folder, test_mode=True)
    try:
        cluster.start()
        command(folder, "db", "init")
        report = folder / "report.json"
        named = ("--map", "sheet_no=Map", "--map", "parcel_no=MBL")
        commune = ("--commune", "62535", "--commune-name", "Somerville")
        ends = ("--on-defect", "admit", "--report", str(report))
        command(folder, "import", "parcels", str(PARCELS), *named, *commune, *ends)
        command(folder, "import", "zones", str(ZONING), "--plan", "zoning")
        yield Town(folder, cluster.dsn(), json.loads(report.read_text("utf-8")))
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Plain:
    """The file as pyogrio reads it: arcs taken as chords, the kind of each geometry as written."""

    shapes: np.ndarray
    sheet: np.ndarray
    number: np.ndarray
    kinds: list[int]

    @property
    def empty(self) -> np.ndarray:
        return shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes)

    @property
    def unnumbered(self) -> np.ndarray:
        said = [bool(s and s.strip() and n and n.strip()) for s, n in zip(self.sheet, self.number, strict=True)]
        return ~np.array(said)


@pytest.fixture(scope="module")
def plain() -> Plain:
    meta, _, wkb, columns = pyogrio.raw.read(PARCELS, layer="Parcels", columns=["Map", "MBL"])
    named = dict(zip(meta["fields"], columns, strict=True))
    _, table = pyogrio.raw.read_arrow(PARCELS, layer="Parcels", columns=[])
    as_written = [value for value in table.columns[-1].to_pylist() if value]
    kinds = [int.from_bytes(value[1:5], "little") % 1000 for value in as_written]
    return Plain(shapely.from_wkb(wkb), named["Map"], named["MBL"], kinds)


def test_every_row_of_the_town_is_accounted_for(town, plain):
    groups = ("loaded", "repaired", "admitted", "quarantined", "refused")
    assert town.report["read"] == len(plain.shapes)
    assert sum(town.report[group] for group in groups) == len(plain.shapes)
    assert town.report["refused"] == 0
    assert town.report["quarantined"] == (plain.empty & plain.unnumbered).sum()


def test_the_defects_found_are_those_that_plain_gdal_finds(town, plain):
    assert town.found("IMP-NO-NUMBER") == (~plain.empty & plain.unnumbered).sum()
    assert town.found("IMP-NOTHING") == (plain.empty & plain.unnumbered).sum()
    assert town.found("IMP-NO-GEOMETRY") == (plain.empty & ~plain.unnumbered).sum()
    assert set(plain.kinds) <= SURFACE | CURVED
    assert town.found("IMP-CURVE") == sum(kind in CURVED for kind in plain.kinds)
    assert town.found("IMP-INVALID-RING") == (~shapely.is_valid(plain.shapes[~plain.empty])).sum()
    keys = Counter(zip(plain.sheet[~plain.unnumbered], plain.number[~plain.unnumbered], strict=True))
    assert town.found("IMP-DUPLICATE") == sum(many - 1 for many in keys.values())


def test_the_town_exported_has_the_area_of_the_town_imported(town, plain, tmp_path):
    file = tmp_path / "town.gpkg"
    town.run("export", "parcels", "--commune", "62535", "-o", str(file))
    meta, _, wkb, _ = pyogrio.raw.read(file)
    metres = Transformer.from_crs(2249, SRID, always_xy=True).transform
    before = shapely.transform(plain.shapes[~plain.empty], metres, interleaved=False)
    after = shapely.from_wkb(wkb)
    assert meta["crs"] == f"EPSG:{SRID}"
    assert len(after) == len(before)
    # Corners move by less than 1 mm, and pyogrio's chords lie closer to the arcs or farther than ours.
    assert shapely.area(after).sum() == pytest.approx(shapely.area(before).sum(), rel=1e-6)


def test_the_towns_fabric_is_sound(town):
    checked = json.loads(town.run("check", "fabric", "--json"))
    assert checked["sound"]
    assert checked["parcels"] == town.report["read"] - town.report["quarantined"]


def test_zoning_is_told_where_it_speaks_and_is_without_data_elsewhere(town, plain):
    zones, codes = zoning()
    largest = int(np.argmax(shapely.area(zones)))
    outside = Transformer.from_crs(2249, 4326, always_xy=True).transform
    somerville = outside(*shapely.get_coordinates(shapely.point_on_surface(plain.shapes[0]))[0])
    brookline = shapely.get_coordinates(shapely.point_on_surface(zones[largest]))[0]
    with serving(town.dsn, SRID=str(SRID)) as address:
        here, there = theme(address, somerville), theme(address, brookline)
    assert here["state"] == "withoutData"
    assert there["state"] == "affected"
    assert codes[largest] in {zone["code"] for zone in there["zones"]}


def zoning() -> tuple[np.ndarray, np.ndarray]:
    """Return the neighbour's zones, in degrees, and their codes."""
    meta, _, wkb, columns = pyogrio.raw.read(ZONING, columns=["ZONECLASS"])
    assert meta["crs"] == "EPSG:4326"
    return shapely.from_wkb(wkb), columns[0]


def theme(address: str, place) -> dict:
    """Look up what the zoning says at a place, on a parcel or on land that has none."""
    lon, lat = place
    try:
        answer = urllib.request.urlopen(f"{address}/api/v1/lookup?lon={lon}&lat={lat}", timeout=20)
    except urllib.error.HTTPError as error:
        answer = error  # no parcel: the answer still says what is planned there
    with answer:
        told = json.load(answer)
    assert "themes" in told, told
    return next(each for each in told["themes"] if each["code"] == "zoning")


def test_the_maps_written_hold_the_zones_and_the_parcels(town, plain, tmp_path):
    planning, fabric = tmp_path / "planning.html", tmp_path / "fabric.html"
    town.run("map", "planning", "-o", str(planning))
    town.run("map", "fabric", "--commune", "62535", "--limit", "500", "-o", str(fabric))
    _, codes = zoning()
    drawn = planning.read_text("utf-8")
    assert drawn.count('"type": "Feature"') == len(codes)
    assert not [code for code in set(codes) if code not in drawn]
    assert fabric.read_text("utf-8").count('"type": "Feature"') >= 500


@pytest.mark.parametrize("operations", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_random_operations_on_the_towns_land_keep_it_exact_and_are_undone(town, operations):
    program = [sys.executable, "-m", "tests.factories.town_edits", town.dsn, str(operations)]
    environ = os.environ | {"LANDSVC_SRID": str(SRID)}
    root = Path(__file__).parents[2]
    done = subprocess.run(program, cwd=root, env=environ, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
