"""After a new survey rights follow sure links, the others wait for a person, and none is lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from landsvc.cadastre.annulment import undo_record
from landsvc.core.db import EDITOR_ROLE
from landsvc.registry.surveys import service
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import two_maps
from tests.factories.rights import Registry
from tests.factories.two_maps import COMMUNE


@pytest.fixture(scope="module")
def office(make_clone, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    with make_clone() as dsn, opened(dsn) as database, application(settings_for(dsn)) as app:
        two_maps.lay_first(database, dsn, folder)
        client = app.test_client()
        actor = sign_client_in(client, "processor")
        yield SimpleNamespace(
            database=database, folder=folder, client=client, actor=actor, register=Registry(client)
        )


def old(number: int) -> str:
    return f"{COMMUNE}-1-{number}"


def waits(office, still: bool = True) -> dict[str, service.Wait]:
    with office.database.read_only(EDITOR_ROLE) as session:
        return {each.ref: each for each in service.list_waits(session, still=still, after=0, page=50)[0]}


def proof(office) -> service.Proof:
    with office.database.read_only(EDITOR_ROLE) as session:
        return service.prove(session)


def test_rights_and_mortgages_follow_sure_links_the_others_wait_and_undoing_brings_all_back(office):
    register = office.register
    a, b, bank = register.party(), register.party(), register.party("Ngân hàng", kind="organisation")
    whole = [
        register.right([old(n)], holders)["right"]
        for n, holders in [
            (1, {a: None, b: None}),
            (2, {a: None}),
            (3, {a: None}),
            (5, {b: None}),
            (11, {b: None}),
        ]
    ]
    mortgage = register.right([old(1)], {bank: None}, kind="mortgage")["right"]
    register.right([f"{COMMUNE}-1-13"], {a: None})
    before = proof(office)
    assert (before.standing, before.waiting, before.sound) == (7, 0, True)
    survey = two_maps.lay_second(office.database, office.folder)
    after = proof(office)
    assert (after.sound, after.waiting) == (True, 1)
    # Divided: right and mortgage on both; joined under one holder: one right; measured again: its own.
    right = {code: register.get(f"/rights/{code}")["parcels"] for code in (whole[0], mortgage, whole[3])}
    assert right[whole[0]] == right[mortgage] == [f"{COMMUNE}-1-20", f"{COMMUNE}-1-21"]
    assert len(right[whole[3]]) == 1
    assert after.standing == before.standing - 1
    joined = [code for code in whole[1:3] if office.client.get(f"/api/v1/rights/{code}").status_code == 200]
    assert [register.get(f"/rights/{code}")["parcels"] for code in joined] == [[f"{COMMUNE}-1-12"]]
    (wait,) = waits(office).values()
    assert (wait.reason, wait.rights) == ("unsure", [whole[4]])
    listed = office.client.get("/office/survey-rights?lang=en").text
    shown = office.client.get(f"/office/survey-rights/{wait.id}").text
    assert f'href="/office/survey-rights/{wait.id}"' in listed
    assert (whole[4] in shown, shown.count('name="unit"'), "Has rights already" in shown) == (True, 2, True)
    with office.database.unit_of_work(EDITOR_ROLE, office.actor) as session:
        _, targets = service.get_wait(session, wait.id)
        assert {each.ref for each in targets} == {f"{COMMUNE}-1-1", f"{COMMUNE}-1-2"}
        first = next(each for each in targets if each.ref == f"{COMMUNE}-1-1")
        with pytest.raises(service.NotATarget):
            service.lead(session, wait.id, [wait.unit_id], reason="Nhầm", actor=office.actor)
        decision = service.lead(session, wait.id, [first.unit_id], reason="Đã đi thực địa", actor=office.actor)
    assert register.get(f"/rights/{whole[4]}")["parcels"] == [f"{COMMUNE}-1-1"]
    assert (proof(office).sound, waits(office)) == (True, {})
    with office.database.unit_of_work(EDITOR_ROLE, office.actor) as session, pytest.raises(service.WaitClosed):
        service.lead(session, wait.id, [first.unit_id], reason="Lần nữa", actor=office.actor)
    undo_record(office.database, decision, "Nhầm")
    assert list(waits(office)) == [wait.ref]
    undo_record(office.database, survey, "Đo sai")
    assert (proof(office), waits(office)) == (before, {})
    assert register.get(f"/rights/{whole[0]}")["parcels"] == [old(1)]
