"""Code lists shared with the tax office are dated, whole, and have an ETag."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import psycopg
import pytest
from landsvc.core import clock
from landsvc.core.web import EXTENSION
from landsvc.finance.catalogues import service
from landsvc.finance.catalogues.reference import ensure_catalogues
from landsvc.finance.slips.reference import ensure_reasons
from tests.conftest import application, settings_for
from tests.factories import machines

CATALOGUES = "/api/v1/tax/catalogues"
SLUG = re.compile(r'^    slug(?:: ClassVar\[str\])? = "([a-z0-9-]+)"', re.MULTILINE)


@pytest.fixture(scope="module")
def ask(module_db):
    settings = settings_for(module_db)
    with application(settings) as app:
        client, database = app.test_client(), app.extensions[EXTENSION].database
        ensure_catalogues(settings, database)
        ensure_catalogues(settings, database)  # what is there stays
        ensure_reasons(settings, database)
        token = machines.token(database)

        def get(path: str = "", ok: int = 200, **headers: str):
            answer = client.get(CATALOGUES + path, headers=machines.bearer(token, **headers))
            assert answer.status_code == ok, answer.text
            return answer

        yield get


def test_the_index_leads_to_every_list(ask):
    found = ask().json["catalogues"]
    assert [each["name"] for each in found] == sorted(service.TITLES)
    for each in found:
        path = each["href"].split(CATALOGUES)[1]
        answer = ask(path)
        assert isinstance(answer.json["entries"], list)
        assert ask(path, 304, **{"If-None-Match": answer.headers["ETag"]}).data == b""
    assert ask("/nothing", 404).json["code"] == "catalogue-unknown"
    assert ask("/Not%20a%20name", 400).json["code"] == "invalid-input"


def test_every_error_a_client_can_meet_is_listed_with_status_and_both_languages(ask):
    found = {each["code"]: each for each in ask("/errors").json["entries"]}
    assert found["notice-differs"]["status"] == 409
    assert found["slip-not-found"]["nameVi"] != found["slip-not-found"]["nameEn"]
    assert all(each["nameVi"] and each["nameEn"] for each in found.values())
    root = Path(service.__file__).parents[2]
    for package in ("finance", "registry/dossiers"):
        for path in (root / package).rglob("errors.py"):
            for slug in SLUG.findall(path.read_text()):
                assert slug in found, f"{slug} of {path}"
    assert "idempotency-key-reused" in found


def test_a_list_holds_on_its_days(ask, module_db):
    assert "1006" in {each["code"] for each in ask("/sub-items").json["entries"]}
    assert ask("/sub-items?on=2016-12-31").json["entries"] == []
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE finance.catalogue_entry SET valid_to = '2026-06-30' WHERE code = '9902'")
        with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
            conn.execute(
                "INSERT INTO finance.catalogue_entry SELECT catalogue, code, '2026-06-30', NULL, name_vi, name_en,"
                " source, certainty, sort FROM finance.catalogue_entry WHERE code = '9902'"
            )
    assert {each["code"] for each in ask("/treasuries?on=2026-06-30").json["entries"]} == {"9901", "9902"}
    assert {each["code"] for each in ask("/treasuries?on=2026-07-01").json["entries"]} == {"9901"}
    assert ask("/return-reasons?on=2000-01-01").json["entries"] == []
    assert ask("/return-reasons").json["entries"]
    assert ask("/communes").json["on"] == clock.today().isoformat()


def test_sub_items_are_those_that_payments_name(ask, module_db):
    listed = {each["code"]: (each["nameVi"], each["nameEn"]) for each in ask("/sub-items").json["entries"]}
    with psycopg.connect(module_db) as conn:
        known = {
            code: names for code, *names in conn.execute("SELECT code, name_vi, name_en FROM finance.sub_item")
        }
    assert {code: list(names) for code, names in listed.items()} == known


def test_what_is_invented_says_so():
    path = Path(service.__file__).parents[3] / "gis_data/finance/catalogues.csv"
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            assert row["source"]
            assert ("invented" not in row["source"] and "confirmed" not in row["source"]) or row[
                "certainty"
            ] == "?"
