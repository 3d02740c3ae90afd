"""Identity numbers among facts of dossiers: sealed before they are kept, shown by their end, opened to complete."""

from __future__ import annotations

import re
from typing import Any

import pytest
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault
from landsvc.registry.dossiers.sealed_facts import opened_facts, seal_stored
from landsvc.registry.parties.effects import PartyChanged
from tests.factories.completion import World
from tests.factories.dossiers import lay, office

from conftest import SECRET_KEYS, settings_for

NUMBER, OTHER = "079087654321", "079055554444"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def world(module_db, data):
    lay(module_db, parcels=9)
    with office(module_db, DATA=data) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


def changing(world: World, number: str = NUMBER) -> tuple[str, str]:
    """Return a dossier that gives a party another document, taken on, with that entered; and the party."""
    party = world.registry.party()
    ref, _ = world.held_by(party)
    code = world.submit("DT", [ref])
    world.go(code, "lan", "take")
    facts = {"party": party, "document": {"kind": "cccd", "number": number}}
    world.go(code, "lan", "enter_facts", facts={"party.change": [facts]})
    return code, party


def kept(world: World, code: str) -> str:
    """Return everything the database keeps of a dossier's events, as text."""
    rows = world.rows(
        "SELECT e::text FROM registry.dossier_event e JOIN registry.dossier d ON d.id = e.dossier_id"
        " WHERE d.code = %s",
        code,
    )
    return "\n".join(text for (text,) in rows)


def told(world: World, code: str) -> str:
    """Return the number as it is told to whoever reads the dossier."""
    (asked,) = (each for each in world.rehearsal(code)["asks"] if each["entered"])
    return str(asked["entered"][0]["document"]["number"])


def test_the_number_is_nowhere_in_the_events_and_becomes_the_partys_document(world):
    code, party = changing(world)
    assert NUMBER not in kept(world, code)
    assert re.fullmatch(r"sealed:1:[\w=-]+:[0-9a-f]{64}:•+4321", told(world, code))
    for action in ("draft", "sign", "record"):
        world.go(code, "tuan" if action == "sign" else "lan", action)
    assert NUMBER not in kept(world, code)
    (found,) = world.registry.post("/party-searches", {"number": NUMBER}, 200)["parties"]
    assert found["party"] == party


def test_what_was_told_may_be_sent_back_and_means_the_same_number(world):
    code, party = changing(world, "079011112222")
    facts = {"party": party, "document": {"kind": "cccd", "number": told(world, code)}, "address": "Thôn 5"}
    world.go(code, "lan", "enter_facts", facts={"party.change": [facts]})
    assert world.rehearsal(code)["completable"]
    assert told(world, code).endswith("•2222")


def test_the_number_sealed_for_one_dossier_opens_in_no_other(world):
    one, _ = changing(world, "079033334444")
    other, party = changing(world, OTHER)
    facts = {"party": party, "document": {"kind": "cccd", "number": told(world, one)}}
    refused = world.go(other, "lan", "enter_facts", 400, facts={"party.change": [facts]})
    assert refused["code"] == "sealed-elsewhere"


def test_a_notice_on_a_person_is_entered_by_number_and_finds_who_has_it(world):
    party = world.registry.party(documents=[{"kind": "cccd", "number": "079066667777"}])
    ref, _ = world.held_by(world.registry.party())
    code = world.submit("NC", [ref])
    notice = {"scope": "person", "person": {"name": "Ai đó", "number": "079066667777"}}
    notice |= {"issuerKind": "court", "issuer": "Tòa án", "docNo": "5/QĐ"}
    world.signed(code, {"hold.begin": [notice]})
    done = world.go(code, "lan", "record")
    assert "079066667777" not in kept(world, code)
    (block,) = done["events"][-1]["details"]["effects"]["hold.begin"][0]["blocks"]
    (candidate,) = world.registry.get(f"/blocks/{block}")["candidates"]
    assert (candidate["party"], candidate["byNumber"]) == (party, True)


def test_the_form_shows_the_end_and_keeps_the_number_unless_another_is_written(world):
    code, party = changing(world, "079088889999")
    lan = world.person("lan").client
    address = f"/office/dossiers/{code}/completion"
    page = lan.get(address).text
    assert "079088889999" not in page
    assert "•9999" in page
    hidden = re.search(r'name="document.number.kept" value="([^"]+)"', page)[1]
    form = {
        "csrf": lan.environ_base["HTTP_X_CSRF_TOKEN"],
        "seen": str(world.person("lan").read(code)["revision"]),
        "effect": "party.change",
        "at": "0",
        "do": "save",
        "party": party,
        "document.kind": "cccd",
    }
    assert (
        lan.post(address, data=form | {"document.number": "", "document.number.kept": hidden}).status_code == 303
    )
    assert told(world, code).endswith("•9999")
    form["seen"] = str(world.person("lan").read(code)["revision"])
    assert (
        lan.post(address, data=form | {"document.number": OTHER, "document.number.kept": hidden}).status_code
        == 303
    )
    assert told(world, code).endswith("•4444")
    assert OTHER not in kept(world, code)


def test_numbers_among_facts_come_under_the_newest_key(world, tmp_path):
    code, _ = changing(world, "079099990000")
    keys = settings_for(world.dsn, SECRET_KEYS="", SECRET_FILE=str(tmp_path / "keys"))
    (tmp_path / "keys").write_text(SECRET_KEYS)
    add_key(keys)
    vault = Vault(keys)
    assert [seal_stored(world.dsn, vault) > 0, seal_stored(world.dsn, vault)] == [True, 0]
    assert "sealed:1:" not in kept(world, code)
    (facts,) = world.registry.get(f"/dossiers/{code}")["events"][-1]["details"]["facts"]["party.change"]
    again = opened_facts(vault, PartyChanged, facts, dossier=code, effect="party.change")
    assert again["document"]["number"] == "079099990000"
