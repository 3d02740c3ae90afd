"""Open the database: the ORM's base, units of work, and the pool for public reads.

Two doors: `Database.unit_of_work(role)` and `.read_only(role)` for everything that decides or writes,
and `Database.read` for the tuned public statements (autocommit, prepared, binary, least role).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import Any, Protocol, TypeVar, cast

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool
from sqlalchemy import MetaData, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool

from landsvc.core.connection import Patient
from landsvc.core.errors import Conflict, LandsvcError, RuleViolation, Unavailable
from landsvc.core.prepared import Row
from landsvc.core.reads import Reads
from landsvc.core.sql import Statement

PUBLIC_ROLE = "landsvc_public"
EDITOR_ROLE = "landsvc_editor"
IMPORT_ROLE = "landsvc_import"
IDENTITY_ROLE = "landsvc_identity"
"""Checks who somebody is: the only one that reads password hashes, sessions and tokens."""
TAX_ROLE = "landsvc_tax"
"""Serves the tax office's machine."""
TRACKER_ROLE = "landsvc_tracker"
"""Tells the state of a dossier to whoever knows the secret of its receipt; it reads no table of the registry."""
CHANNEL_ROLE = "landsvc_channel"
"""Takes what banks and portals tell; it reads no notice and no payer."""
# Taking a role on does not take on its settings, so a unit of work brings its limit (provision.sql has the same).
STATEMENT_LIMIT = {
    PUBLIC_ROLE: "10s",
    EDITOR_ROLE: "60s",
    IMPORT_ROLE: "0",
    IDENTITY_ROLE: "10s",
    TAX_ROLE: "60s",
    TRACKER_ROLE: "10s",
    CHANNEL_ROLE: "60s",
}

PLANNED_ONCE = {EDITOR_ROLE: "force_generic_plan"}
"""Officers' statements are many and small: planned once."""
SEARCH_PATH = sql.SQL("SET LOCAL search_path = pg_catalog, public, pg_temp")
"""That of our functions that act for their owner. What is asked under two paths by turns is planned anew each time."""
DRIVER = "driver"
READINGS = "readings"
"""Where a session notes what it is asked, while somebody wants to know (`core.remembering`)."""
ONE_STATE = "BEGIN ISOLATION LEVEL REPEATABLE READ"
REHEARSAL_SECONDS = 0.5
REHEARSAL_PAUSE_SECONDS = 0.02
T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """Base of every table; names its constraints by one convention."""

    metadata = metadata


class ConcurrentChange(Conflict):
    """Two writers met; the database kept the first."""

    slug = "concurrent-change"
    title = "Somebody else changed the same land meanwhile"
    remedy = "Load the current state and try again."


class DiskFull(Unavailable):
    """The server has no room for what was to be written; the transaction was undone."""

    slug = "disk-full"
    title = "The database server's disk is full"
    remedy = "Free space on the server and try again. The database is as it was before."


class RefusedByRegister(RuleViolation):
    """A trigger of the register refused a write that nobody foresaw; it names the rule it kept."""

    slug = "refused-by-register"
    detail = "{reason}"

    def __init__(self, rule: str, reason: str, facts: Mapping[str, Any]) -> None:
        super().__init__(members={"rule": rule, "inputs": dict(facts)}, reason=reason)


ErrorMaker = Callable[[Mapping[str, Any]], LandsvcError]
_constraint_errors: dict[str, ErrorMaker] = {}


def on_violation(constraint: str, make: ErrorMaker) -> None:
    """Register the domain error that a violated constraint (or a trigger naming it) becomes.

    `make` gets the facts our triggers put as JSON in DETAIL, or an empty mapping.
    """
    _constraint_errors[constraint] = make


def domain_error(error: psycopg.Error) -> LandsvcError | None:
    """Return the domain error for a database error, or None if it is a fault of ours."""
    make = _constraint_errors.get(error.diag.constraint_name or "")
    if make is not None:
        return make(_facts(error.diag.message_detail))
    match error:
        case psycopg.errors.CheckViolation() if "-" in (error.diag.constraint_name or ""):
            # Only our triggers use such names, so the message is ours too.
            rule, reason = error.diag.constraint_name or "", error.diag.message_primary or ""
            return RefusedByRegister(rule, reason, _facts(error.diag.message_detail))
        case psycopg.errors.SerializationFailure() | psycopg.errors.DeadlockDetected():
            return ConcurrentChange()
        case psycopg.errors.LockNotAvailable():
            return ConcurrentChange()
        case psycopg.errors.DiskFull():
            return DiskFull()
        case psycopg.errors.QueryCanceled() | psycopg.OperationalError():
            return Unavailable()
    return None


def _facts(detail: str | None) -> Mapping[str, Any]:
    try:
        facts = json.loads(detail or "{}")
    except json.JSONDecodeError:
        return {}
    return facts if isinstance(facts, dict) else {}


class Acting(Protocol):
    """Who acts in a unit of work: what row-level security asks about."""

    @property
    def acts_as(self) -> str:
        """Return the account's id, or `operator` for who works on the server itself."""
        ...


class Database:
    """The connections of one process. Made closed; `open()` it in the process that uses it (after a fork)."""

    def __init__(self, dsn: str, public_dsn: str, *, size: int = 4, wait_seconds: float = 10) -> None:
        self.dsn = dsn
        self._closing = Event()
        # close_returns: the ORM closes a connection when it is done; that must give it back, not end it.
        # check: a write cannot be asked twice, so a connection that died with its server is replaced first.
        self._pool = ConnectionPool(
            dsn,
            min_size=0,
            max_size=size,
            close_returns=True,
            open=False,
            timeout=wait_seconds,
            check=Patient.check,
            connection_class=Patient,
            kwargs={"closing": self._closing},
            # Whoever asks next begins anew, at once.
            reconnect_timeout=0,
        )
        self._reads = Reads(public_dsn, wait_seconds)
        # Without their parameters: errors are logged, and these are names and numbers of people.
        self._engine = create_engine(
            "postgresql+psycopg://", poolclass=NullPool, creator=self._pool.getconn, hide_parameters=True
        )

    def open(self) -> None:
        """Open the pool of units of work; public reads connect when they are asked."""
        self._pool.open()

    def close(self) -> None:
        """Close all connections; those in use end when they come back."""
        self._closing.set()
        self._reads.close()
        self._pool.close()

    @contextmanager
    def unit_of_work(self, role: str, actor: Acting | None = None) -> Iterator[Session]:
        """Run one transaction as `role`: commit at the end, roll back and translate on an error.

        `actor` says who acts: without one the fabric refuses to be written (docs/identity.md).
        """
        with _translated(), self._session(role, actor) as session:
            yield session
            session.commit()

    @contextmanager
    def read_only(self, role: str) -> Iterator[Session]:
        """Run one transaction as `role` that cannot write and is dropped at the end."""
        with _translated(), self._session(role, how="BEGIN READ ONLY") as session:
            yield session

    @contextmanager
    def rehearsal(self, role: str, actor: Acting | None = None) -> Iterator[Session]:
        """Run one transaction as `role` that may write and is dropped at the end: to see what a change would do.

        It sees one state of the database throughout, and raises `ConcurrentChange` where it would write over a newer.
        """
        with _translated(), self._session(role, actor, how=ONE_STATE) as session:
            yield session

    def rehearsed(self, role: str, actor: Acting | None, ask: Callable[[Session], T]) -> T:
        """Return what `ask` finds in a rehearsal; in a new one while others just write there, for half a second.

        Raises `ConcurrentChange` when they write longer.
        """
        deadline = time.monotonic() + REHEARSAL_SECONDS
        while True:
            try:
                with self.rehearsal(role, actor) as session:
                    return ask(session)
            except ConcurrentChange:
                if time.monotonic() > deadline:
                    raise
                time.sleep(REHEARSAL_PAUSE_SECONDS)

    @contextmanager
    def _session(self, role: str, actor: Acting | None = None, *, how: str = "BEGIN") -> Iterator[Session]:
        with Session(self._engine, expire_on_commit=False) as session:
            driver = cast("Patient", driver_connection(session))
            driver.begin(_begin_as(role, how, None if actor is None else actor.acts_as))
            # Kept at hand: asking the session for it again costs more than many a statement.
            session.info[DRIVER] = driver
            try:
                yield session
            finally:
                del session.info[DRIVER]

    def read(self, statement: Statement, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Run one public read in autocommit, prepared, with binary results."""
        try:
            return self._reads.rows(statement, params)
        except psycopg.Error as error:
            if known := domain_error(error):
                raise known from error
            raise

    def read_one(self, statement: Statement, params: Mapping[str, Any] | None = None) -> Row | None:
        """Run one public read and return its first row, or None."""
        rows = self.read(statement, params)
        return rows[0] if rows else None

    def write_cache(self, statement: Statement, params: Mapping[str, Any]) -> None:
        """Store a derived value (a tile) with the public role's own rights."""
        self.read(statement, params)


@contextmanager
def acting(session: Session, role: str, actor: Acting) -> Iterator[None]:
    """Take on another role and act as somebody within a transaction that is under way; as before at the end.

    Where it fails the transaction, or the savepoint it stands in, is undone, and the role with it.
    """
    driver = driver_connection(session)
    before = driver.execute(_STANDING).fetchone() or ("", "")
    driver.execute(_STAND, (role, actor.acts_as))
    yield
    driver.execute(_STAND, before)


_STANDING = "SELECT current_user::text, coalesce(current_setting('landsvc.acting', true), '')"
_STAND = "SELECT set_config('role', %s, true), set_config('landsvc.acting', %s, true)"


def driver_connection(session: Session) -> psycopg.Connection[Any]:
    """Return psycopg's connection under a session, in the same transaction: named statements run on it."""
    known: psycopg.Connection[Any] | None = session.info.get(DRIVER)
    # A savepoint is only made when the session is asked for its connection.
    if known is not None and not session.in_nested_transaction():
        return known
    found: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return found


@lru_cache(1_000)
def _begin_as(role: str, how: str, acts_as: str | None) -> bytes:
    """Return the commands that begin a transaction as a role, sent together: each more is asked at every request."""
    given = {
        "role": role,
        "statement_timeout": STATEMENT_LIMIT[role],
        "plan_cache_mode": PLANNED_ONCE.get(role, "auto"),
    }
    if acts_as is not None:
        given["landsvc.acting"] = acts_as
    settings = (sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), value) for name, value in given.items())
    return sql.SQL("; ").join([sql.SQL(how), SEARCH_PATH, *settings]).as_bytes()


@dataclass(frozen=True)
class Reading:
    """What a statement answered."""

    statement: Statement
    params: Mapping[str, Any]
    rows: list[Row]


def asked(session: Session, statement: Statement, /, **params: Any) -> list[Row]:
    """Run a named statement as `rows_of`, at a quarter of its cost: for what every edit asks.

    Values go as text of unknown type: a place whose type the statement does not give needs a CAST.
    """
    driver = driver_connection(session)
    if not isinstance(driver, Patient) or not driver.in_transaction:
        return rows_of(session, statement, **params)
    return _noted(session, statement, params, driver.ask(statement, params))


def read_again(session: Session, readings: Sequence[Reading]) -> bool:
    """Ask again what was asked once, all together, and return whether every answer is the same."""
    driver = driver_connection(session)
    if not isinstance(driver, Patient) or not driver.in_transaction:
        return all(rows_of(session, one.statement, **one.params) == one.rows for one in readings)
    found = driver.ask_each([(one.statement, one.params) for one in readings])
    return all(rows == one.rows for rows, one in zip(found, readings, strict=True))


def rows_of(session: Session, statement: Statement, /, **params: Any) -> list[Row]:
    """Run a named statement in the transaction of a session and return its rows, none where it gives none."""
    cursor = driver_connection(session).execute(statement.text, params, prepare=True)
    return _noted(session, statement, params, cursor.fetchall() if cursor.description else [])


def _noted(session: Session, statement: Statement, params: Mapping[str, Any], rows: list[Row]) -> list[Row]:
    if (readings := session.info.get(READINGS)) is not None:
        readings.append(Reading(statement, params, list(rows)))
    return rows


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        original = error.orig
        if isinstance(original, psycopg.Error) and (known := domain_error(original)):
            raise known from error
        raise
    except psycopg.Error as error:
        if known := domain_error(error):
            raise known from error
        raise
