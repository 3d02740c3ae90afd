"""The slip tells the tax office's code, and what the table of land prices says of each use, or why nobody can say."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator
from landsvc.core.web import EXTENSION
from landsvc.finance.slips.content import schema
from landsvc.finance.tax_offices.reference import ensure_tax_offices
from tests.factories import machines, prices
from tests.factories.completion import World, holder
from tests.factories.dossiers import HERE, lay, office


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=12)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        found = World(module_db, lambda login: known.setdefault(login, person(login)))
        parts = found.person("lan").client.application.extensions[EXTENSION]
        ensure_tax_offices(parts.settings, parts.database)
        yield found


@pytest.fixture(scope="module")
def ask(world):
    client = world.person("lan").client.application.test_client()
    token = machines.token(world.person("lan").client.application.extensions[EXTENSION].database)

    def get(path: str) -> Any:
        answer = client.get(f"/api/v1/tax/{path}", headers=machines.bearer(token))
        assert answer.status_code == 200, answer.json
        return answer.json

    return get


def slip_of(world: World, ask) -> Any:
    giver, taker = world.registry.party(), world.registry.party()
    ref, right = world.held_by(giver)
    code = world.submit("CN", [ref])
    world.go(code, "lan", "take")
    sale = {"right": right, "mode": "sole", "holders": [holder(taker)]}
    world.go(code, "lan", "enter_facts", facts={"right.transfer": [sale]})
    world.go(code, "lan", "send_slip")
    found = [
        each["content"]
        for each in ask("slips?after=0&limit=100")["slips"]
        if each["content"]["dossier"]["dossier"] == code
    ]
    Draft202012Validator(schema()).validate(found[0])
    return found[0]


def test_without_a_table_nobody_is_told_a_price_and_the_slip_says_so(world, ask):
    said = slip_of(world, ask)
    (land,) = said["land"]
    assert said["dossier"]["taxOffice"] == "7100001"
    assert "dossier.taxOffice" not in said["notKnown"]
    for use in land["uses"]:
        assert (use["price"]["whyNot"], use["price"]["unitPriceVnd"]) == ("no-table", None)
        assert f"land.0.price.{use['code']}" in said["notKnown"]
    ((kept,),) = world.rows("SELECT tax_office_code FROM finance.slip WHERE slip_no = %s", said["slipNo"])
    assert kept == "7100001"


def test_the_slip_tells_price_position_and_street_of_each_use_with_its_parts(world, ask):
    with psycopg.connect(world.dsn) as conn:
        prices.farm_uses(conn)
        made = prices.table(conn)
        prices.factor(conn, made, "market", "1.2", use="ODT")
    try:
        said = slip_of(world, ask)
        (land,) = said["land"]
        told = {use["code"]: use["price"] for use in land["uses"]}
        assert told["ODT"]["table"] == "01/2025/QĐ"
        assert (told["ODT"]["position"], told["ODT"]["street"], told["ODT"]["confirmed"]) == (
            1,
            "Đường D1",
            False,
        )
        assert (told["ODT"]["coefficient"], told["ODT"]["whyNot"]) == ("1.2", None)
        parts = told["ODT"]["parts"]
        assert sum(each["areaM2"] for each in parts) == pytest.approx(land["areaM2"])
        mean = sum(each["areaM2"] * each["unitPriceVnd"] for each in parts) / land["areaM2"]
        assert told["ODT"]["unitPriceVnd"] == pytest.approx(mean, abs=1)
        assert "land.0.price.ODT" not in said["notKnown"]
    finally:
        with psycopg.connect(world.dsn) as conn:
            conn.execute("UPDATE finance.price_table SET valid = '[2026-01-01,2026-01-02)'")


def test_land_of_a_commune_whose_office_is_its_own_goes_there(world, ask):
    with psycopg.connect(world.dsn) as conn:
        conn.execute(
            "INSERT INTO finance.tax_office (code, valid, name_vi, name_en, source, certainty)"
            " VALUES ('7100002', '[2020-01-01,)', 'Thuế cơ sở 2', 'Tax office 2', 'thử', '?')"
        )
        conn.execute("INSERT INTO finance.tax_office_commune VALUES (%s, '7100002', '[2020-01-01,)')", (HERE,))
    assert slip_of(world, ask)["dossier"]["taxOffice"] == "7100002"
    listed = {each["code"] for each in ask("catalogues/tax-offices")["entries"]}
    assert {"7100001", "7100002"} <= listed


def test_one_commune_has_one_office_on_a_day(world):
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.errors.ExclusionViolation):
        conn.execute("INSERT INTO finance.tax_office_commune VALUES ('*', '7100001', '[2030-01-01,)')")
