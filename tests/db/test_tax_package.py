"""The yearly package tells every parcel of 1 January and what changed, and is gone on with after a kill."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from jsonschema import Draft202012Validator
from landsvc.core import clock
from landsvc.core.signing import Signer, SigningKeyMissing
from landsvc.registry.tax_package.errors import FolderHoldsAnother, PackageIncomplete, YearNotOver
from landsvc.registry.tax_package.service import write_package
from landsvc.registry.tax_package.shape import SCHEMA
from tests.conftest import opened, settings_for
from tests.factories import cadastre as land
from tests.factories.dossiers import HERE, THERE, lay, office
from tests.factories.rights import Registry


@pytest.fixture(scope="module")
def laid(module_db) -> dict[str, str]:
    """Four parcels in each of two communes; one is cut on 1 January, one is held since before, one changes hands."""
    lay(module_db, parcels=4)
    with psycopg.connect(module_db) as conn:
        conn.execute(
            "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort)"
            " VALUES ('OTC', 'Đất ở', 'Residential', '#ffffff', 0) ON CONFLICT DO NOTHING"
        )
        conn.execute("UPDATE cadastre.land_use_type SET parent_code = 'OTC' WHERE code = 'ODT'")
        (first, south), *_ = conn.execute(
            "SELECT unit_id, cadastre.unit_name.ref FROM cadastre.unit_name WHERE ref LIKE %s ORDER BY 1",
            [f"{HERE}-%"],
        ).fetchall()
        land.split(conn, first, [land.box(0, 0, 20, 15), land.box(0, 15, 20, 15)], valid_from="2025-07-01")
    with office(module_db) as person:
        registry = Registry(person("lan").client)
        old, new = registry.party(), registry.party()
        kept = registry.right([f"{HERE}-12-346"], {old: "1/3", new: "2/3"}, since="2024-05-01")["right"]
        bought = registry.right([f"{HERE}-12-347"], {new: None}, since="2025-03-01")["right"]
    return {"cut": south, "old": old, "new": new, "kept": kept, "bought": bought}


def package(dsn: str, folder: Path, *, year: int = 2026, **more: Any) -> Any:
    with opened(dsn) as database:
        return write_package(database, Signer(settings_for(dsn)), folder, year=year, **more)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(folder / name, "rt") as file:
        return [json.loads(line) for line in file]


def files(folder: Path) -> dict[str, str]:
    return {each.name: sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


def test_a_package_tells_every_parcel_of_the_day_and_what_changed_in_the_year(module_db, laid, tmp_path):
    written = package(module_db, tmp_path / "p")
    here = {each["parcel"]: each for each in lines(tmp_path / "p", f"parcels-{HERE}.ndjson.gz")}
    there = lines(tmp_path / "p", f"parcels-{THERE}.ndjson.gz")
    for each in (*here.values(), *there):
        Draft202012Validator(SCHEMA).validate(each)
    assert (written.parcels, written.new, written.changed, written.gone) == (9, 2, 1, 1)
    gone = here[laid["cut"]]
    assert (gone["change"], gone["before"]["areaM2"], "commune" in gone, len(gone["to"])) == (
        "gone",
        600.0,
        False,
        2,
    )
    pieces = [each for each in here.values() if each.get("change") == "new"]
    assert [(each["areaM2"], each["from"]) for each in pieces] == [(300.0, [laid["cut"]])] * 2
    assert here[f"{HERE}-12-346"].get("change") is None
    assert [(each["party"], each["share"]) for each in here[f"{HERE}-12-346"]["holders"]] == [
        (laid["old"], "1/3"),
        (laid["new"], "2/3"),
    ]
    changed = here[f"{HERE}-12-347"]
    assert (changed["change"], changed["before"]) == ("changed", {"holders": []})
    assert [each["right"] for each in changed["holders"]] == [laid["bought"]]
    assert not any("change" in each for each in there)
    with psycopg.connect(module_db) as conn:
        ((area,),) = conn.execute(
            "SELECT sum(coalesce(legal_area_m2, round(computed_area_m2::numeric, 1))) FROM cadastre.parcel"
        ).fetchall()
    assert sum(round(10 * each["areaM2"]) for each in (*here.values(), *there) if "areaM2" in each) == 10 * area


def test_the_manifest_names_every_file_by_its_digest_and_is_signed_by_the_office(module_db, laid, tmp_path):
    package(module_db, tmp_path / "p", commune=HERE)
    content = (tmp_path / "p" / "manifest.json").read_bytes()
    told, found = json.loads(content), files(tmp_path / "p")
    assert {each["file"]: each["sha256"] for each in told["parts"]}.items() <= found.items()
    assert told["schema"]["sha256"] == found["schema.json"]
    assert (told["asked"]["onDay"], told["asked"]["before"], told["asked"]["commune"]) == (
        "2026-01-01",
        "2025-01-01",
        HERE,
    )
    assert f"parcels-{THERE}.ndjson.gz" not in found
    head, _, signature = (tmp_path / "p" / "manifest.jws").read_text().split(".")
    key = RSAKey.import_key(Signer(settings_for(module_db)).public_key())
    middle = urlsafe_b64encode(content).rstrip(b"=").decode()
    proven = f"{head}.{middle}.{signature}"
    assert jws.deserialize_compact(proven, key, algorithms=["RS256"]).payload == content


def test_holders_tell_the_residential_land_each_has_in_the_province(module_db, laid, tmp_path):
    package(module_db, tmp_path / "p")
    with psycopg.connect(module_db) as conn:
        homes = conn.execute(
            "SELECT p.number, u.value ->> 'code', (u.value ->> 'area_m2')::numeric FROM cadastre.parcel p,"
            " jsonb_array_elements(p.uses) u WHERE p.commune_code = %s ORDER BY 1",
            [HERE],
        ).fetchall()
    residential = {number for number, code, _ in homes if code in {"ODT", "ONT"}}
    told = {each["party"]: each for each in lines(tmp_path / "p", "holders.ndjson.gz")}
    held = {laid["old"]: {"346"}, laid["new"]: {"346", "347"}}
    expected = {party: len(numbers & residential) for party, numbers in held.items() if numbers & residential}
    assert {party: each["homePlots"] for party, each in told.items()} == expected


def killed_after_its_first_part(dsn: str, folder: Path) -> None:
    child = os.fork()
    if child == 0:
        package(dsn, folder, on_step=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_killed_package_goes_on_and_ends_with_the_bytes_of_one_that_was_not(module_db, laid, tmp_path):
    killed = tmp_path / "killed"
    killed_after_its_first_part(module_db, killed)
    assert not (killed / "manifest.json").exists()
    (killed / f"parcels-{THERE}.new").write_bytes(b"half a part")
    asked = json.loads((killed / "progress.json").read_text())["asked"]
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "progress.json").write_text(json.dumps({"asked": asked, "parts": []}))
    with psycopg.connect(module_db) as conn:  # what is registered meanwhile is in neither
        series = int(land.one(conn, "SELECT min(series_id) FROM cadastre.parcel_number"))
        land.parcel(conn, land.box(3000, 3000, 10, 10), number="999", series_id=series)
    assert package(module_db, killed).kept_parts == 1
    package(module_db, whole)
    assert files(killed).items() >= files(whole).items()
    before = files(killed)
    assert package(module_db, killed).kept_parts == 4
    assert files(killed) == before
    part = killed / f"parcels-{HERE}.ndjson.gz"
    part.write_bytes(part.read_bytes()[:-1])
    (killed / "manifest.json").unlink()
    assert package(module_db, killed).kept_parts == 0, (
        "a part that was altered, and all after it, are written anew"
    )
    assert {**files(killed), f"parcels-{THERE}.new": ""} == {**before, f"parcels-{THERE}.new": ""}


def test_what_cannot_be_is_refused(module_db, laid, tmp_path):
    with pytest.raises(YearNotOver):
        package(module_db, tmp_path / "a", year=clock.today().year + 1)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.txt").write_text("mine")
    with pytest.raises(FolderHoldsAnother, match="thesis"):
        package(module_db, tmp_path / "b")
    package(module_db, tmp_path / "c", commune=HERE)
    with pytest.raises(FolderHoldsAnother, match="2026"):
        package(module_db, tmp_path / "c", commune=THERE)
    shutil.rmtree(tmp_path / "c")
    with opened(module_db) as database, pytest.raises(SigningKeyMissing):
        nowhere = settings_for(module_db, SIGNING_FILE=str(tmp_path / "no key"))
        write_package(database, Signer(nowhere), tmp_path / "d", year=2026)


def test_a_package_that_does_not_come_to_what_the_register_counts_is_not_signed(module_db, laid, tmp_path):
    killed = tmp_path / "p"
    killed_after_its_first_part(module_db, killed)
    told = json.loads((killed / "progress.json").read_text())
    told["parts"][0]["parcels"] += 1
    (killed / "progress.json").write_text(json.dumps(told))
    with pytest.raises(PackageIncomplete, match=HERE):
        package(module_db, killed)
    assert not (killed / "manifest.json").exists()
