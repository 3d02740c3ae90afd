"""After a new survey new parcels are followed where rights went on; where they wait for somebody, so does the alert."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from landsvc.cadastre.annulment import undo_record
from landsvc.core import outbox
from landsvc.core.db import EDITOR_ROLE, TRACKER_ROLE
from landsvc.registry.alerts import hearing
from landsvc.registry.alerts import service as alerts
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
        yield SimpleNamespace(dsn=dsn, database=database, folder=folder, actor=actor, register=Registry(client))


def old(number: int) -> str:
    return f"{COMMUNE}-1-{number}"


def follow(office, ref: str, party: str) -> str:
    """Follow a parcel on the page, as its holder; the alert."""
    with psycopg.connect(office.dsn) as conn:
        alert = str(uuid4())
        conn.execute(
            "SELECT registry.ask_alert(%s, 'parcel', n.unit_id, p.id, 'page', 'en', NULL, NULL, '\\x00', NULL, 0, NULL)"
            " FROM cadastre.parcel c JOIN cadastre.unit_name n ON n.unit_id = c.unit_id"
            " CROSS JOIN registry.party p WHERE n.ref = %s AND p.code = %s",
            (alert, ref, party),
        )
        return alert


def heard(office, alert: str) -> set[str]:
    """Let the worker hear what waits; what an alert follows then."""
    while outbox.run_batch(office.database, hearing.CONSUMER):
        pass
    with office.database.read_only(TRACKER_ROLE) as session:
        return {each.name for each in alerts.units(session, alert)}


def test_new_parcels_are_followed_and_where_rights_wait_the_alert_waits_too(office):
    register = office.register
    a, b = register.party(), register.party()
    register.right([old(1)], {a: None})
    register.right([old(11)], {b: None})
    outbox.run_batch(office.database, hearing.CONSUMER)
    sure, unsure = follow(office, old(1), a), follow(office, old(11), b)
    survey = two_maps.lay_second(office.database, office.folder)
    assert heard(office, sure) == {f"{COMMUNE}-1-20", f"{COMMUNE}-1-21"}
    assert heard(office, unsure) == {old(11)}
    with office.database.unit_of_work(EDITOR_ROLE, office.actor) as session:
        (wait,) = service.list_waits(session, still=True, after=0, page=50)[0]
        _, targets = service.get_wait(session, wait.id)
        new = next(each for each in targets if each.ref == f"{COMMUNE}-1-1")
        decision = service.lead(session, wait.id, [new.unit_id], reason="Đã đi thực địa", actor=office.actor)
    assert heard(office, unsure) == {f"{COMMUNE}-1-1"}
    undo_record(office.database, decision, "Nhầm")
    assert heard(office, unsure) == {old(11)}
    undo_record(office.database, survey, "Đo sai")
    assert heard(office, unsure) == {old(11)}
    assert heard(office, sure) == {old(1)}
