"""Follow land as strangers do: ask, confirm by the link, and read what arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from landsvc.core import outbox
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.core.web import EXTENSION
from landsvc.registry.alerts import hearing, service
from tests.factories import planning as plans
from tests.factories.cadastre import box
from tests.factories.completion import World
from tests.factories.dossiers import lay, office
from tests.factories.mail import mail_server

HOME = "http://land.example.org"
OWNER = "Nguyễn Thị Sen"


class House:
    """An office, land, plans and strangers who follow them."""

    def __init__(self, world: World, mail) -> None:
        self.world, self.mail = world, mail
        self.app = world.person("lan").client.application
        parts = self.app.extensions[EXTENSION]
        self.database, self.vault, self.settings = parts.database, parts.vault, parts.settings
        self.stranger = self.app.test_client()
        self.names = 0
        outbox.run_batch(self.database, hearing.CONSUMER)

    def ask(self, ok: int = 200, **given: str):
        """Send the form; the answer."""
        self.names += 1
        body = {"about": "area", "channel": "email", "address": f"a{self.names}@example.org", "around": "100"}
        answer = self.stranger.post(
            "/alerts?lang=en", data=body | given, environ_base={"REMOTE_ADDR": f"10.1.{self.names}.1"}
        )
        assert answer.status_code == ok, answer.text
        return answer

    def send(self) -> list:
        """Let the worker send what waits; the messages that arrived now."""
        before = len(self.mail.got)
        Carrier(self.database, self.vault, senders_of(self.settings)).round()
        return self.mail.got[before:]

    def follow(self, **given: str) -> dict[str, str]:
        """Ask by e-mail and confirm by the link; what was sent about it: the address, and its own page."""
        self.ask(**given)
        ((to, _, told),) = self.send()
        link = re.search(r"http://land\.example\.org(/alerts/confirm\S+)", told.get_content())[1]
        assert "Yes, tell me" in self.stranger.get(link).text
        found = self.stranger.post(link)
        assert found.status_code == 303
        return {"to": to, "mine": found.headers["Location"]}

    def work(self) -> list:
        """Hand out events, tell, and send; the messages that arrived."""
        while outbox.run_batch(self.database, hearing.CONSUMER):
            pass
        service.tell(self.database, self.vault, self.settings)
        return self.send()

    def rows(self, statement: str, *params: object) -> list[tuple]:
        with psycopg.connect(self.world.dsn) as conn:
            found = conn.execute(statement, params)
            return found.fetchall() if found.description else []

    def plan(self, code: str, x: float, status: str = "consultation") -> int:
        """Lay a plan with a zone of 10 x 10 m from x on; return its number."""
        with psycopg.connect(self.world.dsn) as conn:
            plan = plans.plan(conn, code, status=status)
            plans.zone(conn, plan, box(x, 5, 10, 10))
        return plan

    def ring(self, *place: float) -> str:
        """Return a box (x, y, width, height in metres) as a map sends it."""
        return self.rows(
            "SELECT ST_AsGeoJSON(ST_Transform(ST_SetSRID(ST_GeomFromText(%s), geo.srid()), 4326), 9)", box(*place)
        )[0][0]

    def own(self, ref: str | None = None) -> tuple[str, str, dict[str, str]]:
        """Return a parcel, new unless told which, a dossier of its holder about it, and what proves it theirs."""
        self.names += 1
        name = f"{OWNER} {self.names}"
        who = self.world.registry.party(name)
        ref, right = self.world.held_by(who, ref=ref)
        code = self.world.submit("CN", [ref], applicants=[{"name": name}])
        secret = self.rows(
            "SELECT k.secret FROM registry.dossier_secret k JOIN registry.dossier d ON d.id = k.dossier_id"
            " WHERE d.code = %s",
            code,
        )[0][0]
        self.right = right
        return ref, code, {"about": "parcel", "parcel": ref, "code": code.lower(), "key": secret.lower()}

    def end_all(self) -> None:
        """Nobody follows anything any more, and nothing waits."""
        self.rows(
            "SELECT registry.stop_alert(a.id), core.drop_messages(a.id) FROM registry.alert a"
            " WHERE a.ended_at IS NULL"
        )
        self.work()


@contextmanager
def following(dsn: str, parcels: int = 40) -> Iterator[House]:
    """Return an office with land and a mail server, and strangers who follow it."""
    lay(dsn, parcels=parcels)
    with mail_server() as mail:
        given = {
            "MAIL_SERVER": f"127.0.0.1:{mail.port}",
            "MAIL_SECURITY": "none",
            "MAIL_FROM": "land@example.org",
            "BASE_URL": HOME,
        }
        with office(dsn, **given) as person:
            known: dict[str, object] = {}
            yield House(World(dsn, lambda login: known.setdefault(login, person(login))), mail)
