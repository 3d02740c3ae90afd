"""An office whose `landsvc up` is killed with SIGKILL and started again, and whose clock stands where a test puts it.

People speak to it over sockets in the words of Flask's test client, so that whatever drives an office drives it too.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from landsvc.core import migrate
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import credentials, people, service
from tests.conftest import opened, signing_file
from tests.factories.dossiers import Person
from tests.factories.service import Service, wait_until
from tests.factories.wire import Answer, Wire, asked

BACK_SECONDS = 30.0
"""Within this the service answers again, as docs/operations.md promises."""
CUSTOM = """
from datetime import datetime
from pathlib import Path
from landsvc.core import clock
clock.now = lambda: datetime.fromisoformat(Path({path!r}).read_text())
"""
"""What every program of the service runs as it starts (`sitecustomize`): its clock is read from a file."""

CLOCK = """
CREATE SCHEMA IF NOT EXISTS test_clock;
CREATE OR REPLACE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
  AS $$ SELECT 'MOMENT'::timestamptz $$;
CREATE OR REPLACE FUNCTION cadastre.today() RETURNS date LANGUAGE sql STABLE
  AS $$ SELECT (test_clock.clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date $$;
GRANT USAGE ON SCHEMA test_clock TO PUBLIC;
ALTER FUNCTION registry.apply_event() SET search_path = test_clock, pg_catalog, public, pg_temp;
"""
"""The clock of the database, where it says when something was done with a dossier and which day the register has."""


@dataclass(frozen=True)
class Told:
    """An answer, in the words of Flask's test client."""

    status_code: int
    data: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.data.decode(errors="replace")

    @property
    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.data)


class Far:
    """One caller of a server that may be another one at each request."""

    def __init__(self, killed: KilledOffice, headers: Mapping[str, str]) -> None:
        self.killed, self.headers = killed, headers

    def get(self, path: str, query_string: Mapping[str, str] | None = None) -> Told:
        """Read something."""
        return self._ask("GET", f"{path}?{urlencode(query_string)}" if query_string else path)

    def post(self, path: str, json: Any = None, headers: Mapping[str, str] | None = None) -> Told:
        """Send a body as JSON."""
        return self._ask("POST", path, json, headers)

    def raw(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Told:
        """Send bytes as they are."""
        return self._ask(method, path, body, headers)

    def _ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Told:
        address = quote(path, safe="/?&=%+")
        answer = Wire(self.killed.address).ask(method, address, body, **self.headers, **(headers or {}))
        return Told(answer.status, answer.body)


class FarPerson(Person):
    """Somebody signed in at a server of its own process."""

    def __init__(self, killed: KilledOffice, login: str) -> None:
        with opened(killed.dsn) as database, database.unit_of_work(IDENTITY_ROLE) as session:
            account = next(line for line in people.list_accounts(session) if line.login == login)
            self.token = service.open_session(session, account.id, "127.0.0.1").token
        headers = {"Cookie": f"landsvc_session={self.token}", "X-CSRF-Token": credentials.csrf_of(self.token)}
        self.client = Far(killed, headers)


class KilledOffice:
    """One `landsvc up` over land that was laid, whose server or all of whose processes are killed with SIGKILL."""

    def __init__(self, service: Service, scratch: Path) -> None:
        self.service, self.clock = service, scratch / "clock"
        self._people = dict[str, FarPerson]()
        self.kills = 0
        (scratch / "sitecustomize.py").write_text(CUSTOM.format(path=str(self.clock)))
        paths = [str(scratch), *filter(None, [os.environ.get("PYTHONPATH")])]
        service.environ |= {"PYTHONPATH": os.pathsep.join(paths)}

    @property
    def dsn(self) -> str:
        """Return the owner's connection string."""
        return self.service.cluster.dsn()

    @property
    def address(self) -> str:
        """Return where it answers."""
        return self.service.address

    def person(self, login: str) -> FarPerson:
        """Return somebody signed in."""
        return self._people.setdefault(login, FarPerson(self, login))

    def at(self, day: str, hour: str) -> datetime:
        """Put the clock of the office, and the day of its register, to an hour of Vietnam; return it."""
        moment = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=OFFICE_ZONE)
        self.clock.write_text(moment.isoformat())
        with psycopg.connect(self.dsn) as conn:
            conn.execute(CLOCK.replace("MOMENT", moment.isoformat()))
        return moment

    def kill(self, part: str = "server") -> None:
        """Kill the server, or *everything*: supervisor, server, worker and database; wait until the service is back."""
        self.kills += 1
        gone = self.service.kill(part)
        wait_until(lambda: self.service.whole(gone), BACK_SECONDS, self.service.told)

    def kill_while_recording(self, code: str, seen: int, part: str) -> None:
        """Let the service complete a dossier, and kill a part before its transaction of the register is kept."""
        lan = self.person("lan").client
        body = {"action": "record"}
        path = f"/api/v1/dossiers/{code}/transitions"
        headers = {**lan.headers, "If-Match": f'"{seen}"'}
        with ThreadPoolExecutor(1) as pool, suppress(psycopg.OperationalError), psycopg.connect(self.dsn) as conn:
            # Draft, rights and certificates are written by now; the transaction of the register is the last of it.
            conn.execute("LOCK TABLE registry.transaction IN EXCLUSIVE MODE")
            sent = pool.submit(asked, Wire(self.address), "POST", path, body, **headers)
            self.wait_for_a_waiter("registry.transaction", sent)
            self.kill(part)
            assert sent.result(60) is None, "nobody is told that it is done"

    def wait_for_a_waiter(self, table: str, sent: Future[Answer | None]) -> None:
        """Return once what was sent waits for a lock on a table."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            for _ in range(600):
                waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = CAST(%s AS regclass)"
                if conn.execute(waiting, [table]).fetchone():
                    return
                assert not sent.done(), f"it was answered before: {sent.result()}"
                time.sleep(0.05)
        raise AssertionError(f"nobody came as far as {table}")


@contextmanager
def killed_office(
    folder: Path, scratch: Path, lay: Callable[[str], None], day: str, hour: str
) -> Iterator[KilledOffice]:
    """Yield an office served by `landsvc up` over land that `lay` laid in a folder, its clock at an hour of a day."""
    service = Service(folder)
    service.environ["LANDSVC_SIGNING_FILE"] = signing_file()
    office = KilledOffice(service, scratch)
    try:
        service.cluster.start(keep=False)
        migrate.migrate(office.dsn)
        lay(office.dsn)
        office.at(day, hour)
        service.start()
        yield office
    finally:
        service.kill_all()
        service.forget()
