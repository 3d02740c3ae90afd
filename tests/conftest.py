"""Shared fixtures: a real PostGIS cluster of our own, migrated once, cloned for every test that commits.

`db_conn`        a connection to a migrated database, ended by checking all constraints and rolling back
`fresh_db`       the DSN (owner) of a database of its own that really commits, dropped afterwards
`database`       `landsvc.core.db.Database` over `fresh_db`, opened
`settings` `app` `client`   the Flask application over `fresh_db`
`live_server`    the address of a real server process over `fresh_db`
Each has a `shared_…`/module twin where making it per test would be slow: see `module_db`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

import landsvc
import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from landsvc.core import migrate, processes, signing
from landsvc.core.cluster import Cluster
from landsvc.core.config import Settings
from landsvc.core.db import PUBLIC_ROLE, Database
from landsvc.identity import credentials
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests.factories.ports import free_port

# No timed tests: how long an example takes says more about the machine than about the code. And no memory of runs
# before: the seed alone decides.
hypothesis_settings.register_profile(
    "landsvc", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("landsvc")

# Keys of protected numbers that tests share, also the programs they start: no test makes a file for them by the way.
SECRET_KEYS = "1:dGVzdHMgc2VhbCB3aXRoIHRoaXMga2V5IG9mIDMyIGI="
os.environ.setdefault("LANDSVC_SECRET_KEYS", SECRET_KEYS)

PREFIX = "landsvc-test-"
ROOM = 6 << 30
"""Bytes that must be free in memory before servers of tests keep their data there."""
TEMPLATE = "landsvc_template"
_numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the full counts too")


def pytest_configure() -> None:
    # Hundreds of accounts are made and signed in within this process; servers that tests start hash as in production.
    credentials.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    kept = [item for item in items if item.get_closest_marker("long") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def data_folder(label: str = "") -> Path:
    """Make an empty folder for one server: in memory where there is room, as copying a database is five times as fast.

    Not tmp_path: pytest's folders are closed to the user that runs PostgreSQL when we are root.
    """
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{label}", dir=_places()[0]))


def _places() -> list[str]:
    """Return where servers of tests may keep their data, the best first: servers of test runs need a few hundred MB."""
    usual, memory = tempfile.gettempdir(), "/dev/shm"
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM:
        return [usual]
    return [memory, usual]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load the whole program in each process of a parallel run, and let the collector of garbage pass over it.

    Hypothesis draws from the constants of the modules loaded: which they are must not hang on the files a process got.
    """
    if hasattr(session.config, "workerinput"):
        for module in pkgutil.walk_packages(landsvc.__path__, "landsvc."):
            if module.name != "landsvc.wsgi":  # makes the application when it is loaded
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test process (each xdist worker has its own)."""
    _sweep_orphans()
    folder = data_folder()
    server = Cluster(folder, test_mode=True)
    try:
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _sweep_orphans() -> None:
    """Stop and remove servers of test runs that were killed."""
    for folder in (found for place in _places() for found in Path(place).glob(f"{PREFIX}*")):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            with suppress(Exception):  # another run may sweep the same folder
                Cluster(folder, test_mode=True).stop("immediate")
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_db(cluster: Cluster) -> str:
    """The name of a database migrated to head by Alembic; clone it, never connect to it."""
    admin(cluster, "CREATE DATABASE {} OWNER landsvc", TEMPLATE)
    cluster.provision(TEMPLATE)
    migrate.migrate(cluster.dsn(dbname=TEMPLATE))
    return TEMPLATE


def admin(cluster: Cluster, statement: str, *names: str) -> None:
    """Run a statement about databases as the superuser."""
    with psycopg.connect(cluster.dsn("postgres", "postgres"), autocommit=True) as conn:
        conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def cloned(cluster: Cluster, template: str) -> Iterator[str]:
    """Make a copy of a database; yield its DSN; drop it, with whoever is still connected."""
    name = f"land_{next(_numbers)}"
    admin(cluster, "CREATE DATABASE {} OWNER landsvc TEMPLATE {} STRATEGY FILE_COPY", name, template)
    try:
        yield cluster.dsn(dbname=name)
    finally:
        admin(cluster, "DROP DATABASE {} WITH (FORCE)", name)


def as_role(dsn: str, role: str) -> str:
    """Return the DSN with another login role."""
    return make_conninfo(dsn, user=role)


@contextmanager
def opened(dsn: str) -> Iterator[Database]:
    """Open our pools on a database, and close them."""
    database = Database(dsn, as_role(dsn, PUBLIC_ROLE))
    database.open()
    try:
        yield database
    finally:
        database.close()


@pytest.fixture(scope="session")
def shared_db(cluster: Cluster, template_db: str) -> Iterator[str]:
    """The DSN of one migrated database for tests that roll back."""
    with cloned(cluster, template_db) as dsn:
        yield dsn


@pytest.fixture
def db_conn(shared_db: str) -> Iterator[psycopg.Connection]:
    """A connection as owner; what the test did is checked by every deferred constraint, then undone."""
    with psycopg.connect(shared_db) as conn:
        yield conn
        if conn.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        conn.rollback()


@pytest.fixture
def fresh_db(cluster: Cluster, template_db: str) -> Iterator[str]:
    """The DSN of a database of this test alone; it really commits."""
    with cloned(cluster, template_db) as dsn:
        yield dsn


@pytest.fixture
def database_url(fresh_db: str) -> str:
    return fresh_db


@pytest.fixture(scope="module")
def module_db(cluster: Cluster, template_db: str) -> Iterator[str]:
    """The DSN of a database shared by the tests of one module."""
    with cloned(cluster, template_db) as dsn:
        yield dsn


@pytest.fixture
def database(fresh_db: str) -> Iterator[Database]:
    with opened(fresh_db) as database:
        yield database


def settings_for(dsn: str, **environ: str) -> Settings:
    """Return settings over one database; `environ` as LANDSVC_ variables without the prefix."""
    given = {
        "DATABASE_URL": dsn,
        "PUBLIC_DATABASE_URL": as_role(dsn, PUBLIC_ROLE),
        "LOOKUP_PER_MINUTE": "0",
        "SECRET_KEYS": SECRET_KEYS,
    } | environ
    if "DATA" not in given:
        given.setdefault("SIGNING_FILE", signing_file())
    return Settings.from_env({f"LANDSVC_{name}": value for name, value in given.items()} | _srid())


@cache
def signing_file() -> str:
    """The file of a key that this process signs with; tests with a folder of their own may have one of their own."""
    folder = tempfile.mkdtemp(prefix="landsvc-key-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = str(Path(folder) / "signing.p12")
    signing.make_trial_key(Settings.from_env({"LANDSVC_SIGNING_FILE": path}))
    return path


def _srid() -> dict[str, str]:
    return {"LANDSVC_SRID": os.environ["LANDSVC_SRID"]} if "LANDSVC_SRID" in os.environ else {}


@pytest.fixture
def settings(fresh_db: str) -> Settings:
    return settings_for(fresh_db)


@contextmanager
def application(settings: Settings) -> Iterator[object]:
    """Make the Flask application over a database and close its pools afterwards."""
    from landsvc.app import close_app, create_app

    app = create_app(settings)
    try:
        yield app
    finally:
        close_app(app)


@pytest.fixture
def app(settings: Settings) -> Iterator[object]:
    with application(settings) as app:
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


@contextmanager
def serving(dsn: str, command: Sequence[str] = ("-m", "landsvc.core.server"), **environ: str) -> Iterator[str]:
    """Serve one database with the real server on a free port or on `PORT`; yield its address, kill it afterwards."""
    port = int(environ.get("PORT") or free_port())
    given = {
        "DATABASE_URL": dsn,
        "PUBLIC_DATABASE_URL": as_role(dsn, PUBLIC_ROLE),
        "PORT": str(port),
        "WORKERS": "1",
        "LOOKUP_PER_MINUTE": "0",
    } | environ
    variables = os.environ | {f"LANDSVC_{name}": value for name, value in given.items()}
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory(prefix="landsvc-served-") as scratch:
        child = subprocess.Popen(
            [sys.executable, *command],
            env=variables | {"TMPDIR": scratch, processes.SUPERVISED: str(os.getpid())},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_ready(address, child, log)
            yield address
        finally:
            # All its processes at once: asked kindly it waits seconds for connections that browsers keep open.
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _wait_ready(address: str, child: subprocess.Popen, log) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
        except (urllib.error.URLError, OSError):
            if child.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                pytest.fail(f"the server did not come up:\n{log.read().decode(errors='replace')}")
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def live_server(fresh_db: str) -> Iterator[str]:
    with serving(fresh_db) as address:
        yield address


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    return {
        "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def make_clone(cluster: Cluster, template_db: str) -> Callable[[], object]:
    """Return a maker of databases, for fixtures with their own scope and data."""
    return lambda template=template_db: cloned(cluster, template)


@pytest.fixture
def signed_in() -> Callable[..., object]:
    """Return `signed_in(client, role, ...)`: the test client carries a session from there on.

    It makes an account named after the roles once per database, and sends the CSRF token with every request.
    """
    return sign_client_in


def sign_client_in(client, *roles: str):
    """Give a test client a session of an account with these roles (processor without any); return its Actor."""
    from landsvc.core.db import IDENTITY_ROLE
    from landsvc.core.web import EXTENSION
    from landsvc.identity import credentials, people, service

    wanted = roles or ("processor",)
    login = "-".join(wanted)
    database = client.application.extensions[EXTENSION].database
    with database.unit_of_work(IDENTITY_ROLE) as session:
        known = {line.login: line.id for line in people.list_accounts(session)}
        account_id = known.get(login) or people.create_account(
            session, login, login, wanted, password=None, branches=["province"]
        )
        opened = service.open_session(session, account_id, "127.0.0.1")
    client.set_cookie("landsvc_session", opened.token)
    client.environ_base["HTTP_X_CSRF_TOKEN"] = credentials.csrf_of(opened.token)
    return opened.actor
