"""What gis_data ships is what sources.csv says, and its code lists hold together."""

from __future__ import annotations

import csv
import hashlib
import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "gis_data"
NOT_LISTED = {"README.md", "sources.csv"}


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((ROOT / name).read_text(encoding="utf-8").splitlines()))


def digest(path: Path) -> str:
    """SHA-256 of a file; of a folder that is one data set, of what `sha256sum *` prints in it."""
    if path.is_dir():
        lines = (f"{digest(inner)}  {inner.name}\n" for inner in sorted(path.iterdir()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_has_its_source_licence_and_digest() -> None:
    listed = {row["file"]: row for row in rows("sources.csv")}
    present = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*")
        if path.is_file() and path.relative_to(ROOT).parts[0] != "raw"
    }
    folders = tuple(f"{name}/" for name in listed if (ROOT / name).is_dir())
    alone = {name for name in present - NOT_LISTED if not name.startswith(folders)}
    assert {name for name in listed if f"{name}/" not in folders} == alone
    for name, row in listed.items():
        assert row["sha256"] == digest(ROOT / name), name
        assert row["source"]
        assert row["licence"]
        date.fromisoformat(row["date"])


@pytest.mark.parametrize("name", ["land_use_types", "land_use_legacy", "land_origin", "planning_themes"])
def test_codes_are_unique_and_named_in_both_languages(name: str) -> None:
    table = rows(f"codelists/{name}.csv")
    assert len({row["code"] for row in table}) == len(table)
    assert all(row["name_vi"].strip() and row["name_en"].strip() for row in table)


def test_land_use_types_form_a_tree_with_colours() -> None:
    types = {row["code"]: row for row in rows("codelists/land_use_types.csv")}
    assert {code for code, row in types.items() if not row["parent"] and row["is_area_code"] == "false"} == {
        "NNP",
        "PNN",
        "CSD",
    }
    for row in types.values():
        seen = set()
        while row["parent"]:
            assert row["code"] not in seen
            seen.add(row["code"])
            row = types[row["parent"]]
    for row in types.values():
        if row["is_area_code"] == "false":
            assert all(int(part) <= 255 for part in row["color_rgb"].split(","))
            assert row["color_source"]
    assert [int(row["sort_order"]) for row in types.values()] == list(range(1, len(types) + 1))


def test_legacy_codes_lead_to_current_ones() -> None:
    current = {row["code"] for row in rows("codelists/land_use_types.csv")}
    for row in rows("codelists/land_use_legacy.csv"):
        targets = row["maps_to"].split()
        assert row["code"] not in current
        assert set(targets) <= current
        if row["certainty"] == "certain":
            assert len(targets) == 1
        else:
            assert row["certainty"] == ("uncertain" if targets else "outside")


def test_550_old_communes_became_191_new_ones() -> None:
    mapping = rows("units/communes_old_to_new_2025.csv")
    assert len({row["old_commune_code"] for row in mapping}) == 550
    assert len({row["new_commune_code"] for row in mapping}) == 191
    units = rows("units/admin_units.csv")
    current = {row["commune_code"] for row in units if row["level"] == "commune" and not row["valid_to"]}
    assert {row["new_commune_code"] for row in mapping} == current
    for row in units:
        assert all(re.fullmatch(r"(\d{4}-\d\d-\d\d)?", row[key]) for key in ("valid_from", "valid_to"))
