"""What could not be handed on is seen by auditors, sent again by administrators and counted; secrets change."""

from __future__ import annotations

import re

import psycopg
import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.outbox import run_batch
from landsvc.core.web import EXTENSION
from landsvc.finance.hooks import service
from landsvc.finance.hooks.pushing import Pusher
from landsvc.identity import oauth, people
from landsvc.registry.dossiers.tax_answers import CONSUMER
from tests.conftest import sign_client_in
from tests.factories.completion import World
from tests.factories.dossiers import lay, office
from tests.factories.receiving import receiving

PAGE = "/office/deliveries?lang=en"
MACHINE = "/office/admin/clients/tax"


@pytest.fixture(scope="module")
def place(module_db):
    lay(module_db, parcels=6)
    with office(module_db) as person:
        known = {}
        world = World(module_db, lambda login: known.setdefault(login, person(login)))
        app = world.person("lan").client.application
        with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
            secret = people.create_client(session, "tax", "Tax office", ("tax:read", "tax:write"))
        yield world, app, secret


def signed_in(app, role: str):
    client = app.test_client()
    sign_client_in(client, role)
    return client


def slip(world: World) -> str:
    ref, _right = world.held_by(world.registry.party())
    code = world.submit("CN", [ref])
    world.go(code, "lan", "take")
    world.go(code, "lan", "send_slip")
    return code


def shown_secret(answer) -> str:
    assert answer.status_code == 200, answer.text
    return re.search(r'id="secret" value="([^"]+)"', answer.text)[1]


def test_a_slip_given_up_is_shown_with_its_answer_and_sent_again(place):
    world, app, _secret = place
    parts, admin, auditor = app.extensions[EXTENSION], signed_in(app, "admin"), signed_in(app, "auditor")
    pusher = Pusher(parts.database, parts.vault)
    with receiving() as receiver:
        receiver.answer = 410
        made = admin.post(f"{MACHINE}/hook", data={"address": receiver.address})
        assert shown_secret(made).startswith("whsec_")
        assert receiver.address in admin.get("/office/admin/clients?lang=en").text
        assert "Every slip was taken" in auditor.get(PAGE).text
        slip(world)
        slip(world)
        pusher.round()
        Pusher(parts.database, parts.vault).round()
        seen = auditor.get(PAGE).text
        assert "0 wait to be sent again, 2 were given up" in seen
        assert "410" in seen
        assert "said   no" in seen
        assert "Send again" not in seen, "auditors look only"
        assert 'landsvc_deliveries{state="given-up"} 2.0' in app.test_client().get("/metrics").text
        receiver.answer = 204
        delivery = re.search(r"/office/deliveries/([0-9a-f-]{36})/again", admin.get(PAGE).text)[1]
        assert auditor.post(f"/office/deliveries/{delivery}/again").status_code == 403
        assert admin.post(f"/office/deliveries/{delivery}/again").status_code == 303
        Pusher(parts.database, parts.vault).round()
        assert "1 were given up" in admin.get(PAGE).text
        assert admin.post(f"/office/deliveries/{delivery}/again").status_code == 404
        assert admin.post("/office/deliveries/again").status_code == 303
        Pusher(parts.database, parts.vault).round()
        assert "Every slip was taken" in auditor.get(PAGE).text
        assert receiver.ids()[2] == delivery
        assert admin.post(f"{MACHINE}/hook/end").status_code == 303
    told = world.rows(
        "SELECT action, count(*) FROM identity.audit WHERE action LIKE 'hook.%%' GROUP BY 1 ORDER BY 1"
    )
    assert dict(told)["hook.sent-again"] == 2
    assert {"hook.made", "hook.ended", "hook.answers-read"} <= set(dict(told))


def test_an_event_given_up_is_shown_and_tried_again(place):
    world, app, _secret = place
    admin = signed_in(app, "admin")
    assert "Every event was taken" in admin.get(PAGE).text
    run_batch(app.extensions[EXTENSION].database, CONSUMER)  # the first round joins
    with psycopg.connect(world.dsn) as conn:
        ((event,),) = conn.execute(
            "INSERT INTO core.outbox (topic, key, payload) VALUES ('slip.returned', 'HS-1', '{}') RETURNING id"
        ).fetchall()
        conn.execute(
            "INSERT INTO core.outbox_failure (event_id, consumer, attempts, due_at, error)"
            " VALUES (%s, 'registry', 10, NULL, 'no such dossier')",
            [event],
        )
    assert "no such dossier" in admin.get(PAGE).text
    assert 'landsvc_events_aside{state="given-up"} 1.0' in app.test_client().get("/metrics").text
    assert admin.post(f"/office/events/registry/{event}/again").status_code == 303
    assert admin.post(f"/office/events/nobody/{event}/again").status_code == 404
    assert 'landsvc_events_aside{state="waiting"} 1.0' in app.test_client().get("/metrics").text
    with psycopg.connect(world.dsn) as conn:
        conn.execute("DELETE FROM core.outbox_failure")


def test_a_second_secret_of_a_machine_is_shown_once_and_the_old_one_ended(place):
    _world, app, first = place
    admin, database = signed_in(app, "admin"), app.extensions[EXTENSION].database

    def gives(secret: str) -> bool:
        try:
            return bool(oauth.issue(database, oauth.TokenRequest("tax", secret, None), None))
        except oauth.TokenError:
            return False

    assert admin.post(f"{MACHINE}/rotate", data={"hours": "0"}).status_code == 400
    second = shown_secret(admin.post(f"{MACHINE}/rotate", data={"hours": "2"}))
    assert [gives(first), gives(second)] == [True, True]
    assert admin.post(f"{MACHINE}/rotate", data={"hours": "2"}).status_code == 409
    assert second not in admin.get(MACHINE).text
    assert admin.post(f"{MACHINE}/end-old").status_code == 303
    assert [gives(first), gives(second)] == [False, True]
    assert admin.get("/office/admin/clients/none-such").status_code == 404
    assert admin.post("/office/admin/clients/none-such/rotate", data={"hours": "2"}).status_code == 404


def test_a_bad_address_is_told_above_the_form_and_secrets_of_pushes_change(place):
    _world, app, _secret = place
    admin = signed_in(app, "admin")
    refused = admin.post(f"{MACHINE}/hook?lang=en", data={"address": "http://tax.example.org/"})
    assert refused.status_code == 400
    assert "Slips cannot be pushed to this address" in refused.text
    assert 'value="http://tax.example.org/"' in refused.text
    one = shown_secret(admin.post(f"{MACHINE}/hook", data={"address": "https://tax.example.org/"}))
    two = shown_secret(admin.post(f"{MACHINE}/hook/rotate", data={"hours": "3"}))
    assert one != two
    page = admin.get(f"{MACHINE}?lang=en").text
    assert "Signed with two secrets until" in page
    assert two not in page
    with app.extensions[EXTENSION].database.read_only(IDENTITY_ROLE) as session:
        assert service.get_hook(session, "tax").old_key_until is not None
