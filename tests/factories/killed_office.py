"""An office whose server is killed with SIGKILL and started again, and whose clock stands where a test puts it.

People speak to it over sockets in the words of Flask's test client, so that whatever drives an office drives it too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import credentials, people, service
from tests.conftest import opened, serving
from tests.factories.dossiers import Person
from tests.factories.wire import Answer, Wire, asked

SERVER = """
import runpy
from datetime import datetime
from pathlib import Path
from landsvc.core import clock
clock.now = lambda: datetime.fromisoformat(Path({path!r}).read_text())
runpy.run_module("landsvc.core.server", run_name="__main__")
"""
"""The server as it is started, but for its clock, which is read from a file."""

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
    """A server over a database that was laid; `kill` ends it as `kill -9` does, and starts it again."""

    def __init__(self, dsn: str, data: Path) -> None:
        self.dsn, self.data, self.clock = dsn, data, data / "clock"
        self.address, self._running, self._people = "", ExitStack(), dict[str, FarPerson]()
        self.kills = 0

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

    def start(self) -> None:
        """Start the server."""
        data = {"DATA": str(self.data)}
        command = ["-c", SERVER.format(path=str(self.clock))]
        self.address = self._running.enter_context(serving(self.dsn, command=command, **data))

    def stop(self) -> None:
        """Kill all processes of the server with SIGKILL."""
        self._running.close()

    def kill(self) -> None:
        """Kill the server, and start it again."""
        self.kills += 1
        self.stop()
        self.start()

    def kill_while_recording(self, code: str, seen: int) -> None:
        """Let the server complete a dossier, kill it before its transaction of the register is kept, start it again."""
        lan = self.person("lan").client
        body = {"action": "record"}
        path = f"/api/v1/dossiers/{code}/transitions"
        headers = {**lan.headers, "If-Match": f'"{seen}"'}
        with ThreadPoolExecutor(1) as pool, psycopg.connect(self.dsn) as conn:
            # Draft, rights and certificates are written by now; the transaction of the register is the last of it.
            conn.execute("LOCK TABLE registry.transaction IN EXCLUSIVE MODE")
            sent = pool.submit(asked, Wire(self.address), "POST", path, body, **headers)
            self._wait_for_a_waiter(sent)
            self.stop()
            assert sent.result(60) is None, "nobody is told that it is done"
        self.kills += 1
        self.start()

    def _wait_for_a_waiter(self, sent: Future[Answer | None]) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            for _ in range(600):
                if conn.execute(
                    "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'registry.transaction'::regclass"
                ).fetchone():
                    return
                assert not sent.done(), f"it was answered before: {sent.result()}"
                time.sleep(0.05)
        raise AssertionError("nobody came as far as the transaction")


@contextmanager
def killed_office(dsn: str, data: Path, day: str, hour: str) -> Iterator[KilledOffice]:
    """Yield an office that is served, its clock at an hour of a day."""
    office = KilledOffice(dsn, data)
    office.at(day, hour)
    office.start()
    yield office
    office.stop()
