"""Completion over HTTP, from the counter to the register: what each procedure does to parcels, rights and history."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.factories.dossiers import HERE, lay, office
from tests.factories.rights import Registry

PAPER = {"documentNo": "15/TB"}


@pytest.fixture(scope="module")
def laid(module_db):
    lay(module_db, parcels=40)
    with psycopg.connect(module_db) as conn:
        # Certificates have tests of their own; here procedures do all else they do.
        conn.execute(
            "UPDATE registry.procedure SET effects ="
            " ARRAY(SELECT e FROM unnest(effects) e WHERE e NOT LIKE 'certificate.%')"
        )
    return module_db


@pytest.fixture(scope="module")
def person(laid, tmp_path_factory):
    with office(laid, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield lambda login: known.setdefault(login, person(login))


@pytest.fixture(scope="module")
def registry(person) -> Registry:
    return Registry(person("lan").client)


def test_transfer(person, registry):
    ref = f"{HERE}-12-345"
    a, b = registry.party(), registry.party()
    right = registry.right([ref], {a: None})["right"]
    made = person("hoa").submit(parcels=[ref])
    assert made.status_code == 201, made.json
    code = made.json["dossier"]
    lan, tuan = person("lan"), person("tuan")

    def go(who, action, **body):
        answer = who.move(code, action, **body)
        assert answer.status_code == 200, (action, answer.json)
        return answer.json

    go(lan, "take")
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [{"party": b}]}]}
    go(lan, "enter_facts", facts=facts)
    go(lan, "send_slip")
    go(lan, "tax_exempt", **PAPER)
    go(lan, "draft")
    go(tuan, "sign")
    done = go(lan, "record")
    print(done["events"][-1]["details"])
    assert registry.held(ref) == [("use", {b: None})]
