"""The audit trail is sealed in a hash chain: what was done to it behind the triggers' backs is found and named."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from click.testing import CliRunner
from landsvc import worker
from landsvc.identity import trail
from landsvc.identity.errors import UnreadableHead
from landsvc.identity.trail_commands import check_audit as command
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.factories.dice import dice

from conftest import opened

ADD = (
    "INSERT INTO identity.audit (action, object, details) SELECT 'test.row', 'row:' || n,"
    " jsonb_build_object('tên', 'thửa ' || n, 'n', n) FROM generate_series(1, %s) n"
)
SEALED, WAITING = 6, 2


def add(dsn: str, count: int) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("SET LOCAL ROLE landsvc_editor")
        conn.execute(ADD, [count])


def rows(dsn: str, query: str) -> list[tuple]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(query).fetchall()


@pytest.fixture(scope="module")
def sealed(module_db):
    """A database with six sealed entries and two that wait; its name, and the head of its chain."""
    add(module_db, SEALED)
    with opened(module_db) as database:
        assert trail.seal(database) == SEALED
        head = trail.check(database).head
    add(module_db, WAITING)
    return conninfo_to_dict(module_db)["dbname"], head


@pytest.fixture
def spoilt(make_clone, sealed):
    """Spoil a copy as the superuser, without triggers; return (fault, place, entry) of what the check finds."""
    name, head = sealed

    def spoil(sql: str, *, noted: str | None = head, seal: bool = False):
        with make_clone(name) as dsn:
            with psycopg.connect(make_conninfo(dsn, user="postgres")) as conn:
                conn.execute("SET LOCAL session_replication_role = replica")
                conn.execute(sql)
            with opened(dsn) as database:
                if seal:
                    trail.seal(database)
                found = trail.check(database, trail.NotedHead.parse(noted) if noted else None)
        return [(each.fault, each.place, each.audit_id) for each in found.faults]

    return spoil


def test_an_untouched_trail_is_sound_and_its_tail_is_named(make_clone, sealed):
    name, head = sealed
    with make_clone(name) as dsn, opened(dsn) as database:
        found = trail.check(database, trail.NotedHead.parse(head))
        assert (found.sound, found.sealed, found.head) == (True, SEALED, head)
        assert (found.tail.count, found.tail.first_entry) == (WAITING, SEALED + 1)
        assert trail.seal(database) == WAITING
        later = trail.check(database, trail.NotedHead.parse(head))
        assert (later.sound, later.sealed, later.tail.count) == (True, SEALED + WAITING, 0)


@pytest.mark.parametrize(
    ("sql", "faults"),
    [
        ("UPDATE identity.audit SET details = '{}' WHERE id = 3", [("altered", 3, 3)]),
        ("UPDATE identity.audit SET at = at + interval '1 microsecond' WHERE id = 3", [("altered", 3, 3)]),
        ("UPDATE identity.audit SET at = 'infinity' WHERE id = 3", [("altered", 3, 3)]),
        ("UPDATE identity.audit SET address = '' WHERE id = 1", [("altered", 1, 1)]),
        (
            "INSERT INTO identity.audit (id, at, action) OVERRIDING SYSTEM VALUE"
            " SELECT 900, at, action FROM identity.audit WHERE id = 4; DELETE FROM identity.audit WHERE id = 4",
            [("deleted", 4, 4), ("never-sealed", None, 900)],
        ),
        ("DELETE FROM identity.audit WHERE id IN (2, 5)", [("deleted", 2, 2), ("deleted", 5, 5)]),
        (
            "DELETE FROM identity.audit WHERE id = 1; DELETE FROM identity.audit_seal WHERE place = 1",
            [("seal-missing", 2, 2)],
        ),
        ("DELETE FROM identity.audit_seal WHERE place = 4", [("seal-missing", 5, 5), ("never-sealed", None, 4)]),
        (
            "INSERT INTO identity.audit (id, action) OVERRIDING SYSTEM VALUE VALUES (-7, 'test.forged')",
            [("never-sealed", None, -7)],
        ),
        (
            "UPDATE identity.audit SET details = '{}' WHERE id = 3;"
            "UPDATE identity.audit_seal s SET digest = identity.audit_digest(a) FROM identity.audit a"
            " WHERE a.id = 3 AND s.audit_id = 3",
            [("chain-broken", 3, 3)],
        ),
        (
            "UPDATE identity.audit_seal SET place = place + 10 WHERE place >= 4;"
            "INSERT INTO identity.audit_seal SELECT 4, 99, digest, chain FROM identity.audit_seal WHERE place = 3",
            [("chain-broken", 4, 99), ("seal-missing", 14, 4), ("chain-broken", 15, 5), ("chain-broken", 16, 6)],
        ),
        ("UPDATE identity.audit SET object = 'row:0' WHERE id = 8", [("altered", None, 8)]),
        ("DELETE FROM identity.audit WHERE id = 7", [("deleted", None, 7)]),
        ("DELETE FROM identity.audit_pending WHERE audit_id = 7", [("never-sealed", None, 7)]),
        (
            "INSERT INTO identity.audit_pending SELECT 2, digest FROM identity.audit_seal WHERE audit_id = 2",
            [("sealed-before", None, 2)],
        ),
    ],
)
def test_what_a_superuser_did_is_found_and_named(spoilt, sql, faults):
    found = spoilt(sql)
    noted = {("head-missing", SEALED, None), ("head-differs", SEALED, None)}
    assert [each for each in found if each not in noted] == faults


CUT = "DELETE FROM identity.audit WHERE id >= 5; DELETE FROM identity.audit_seal WHERE place >= 5;" + (
    "DELETE FROM identity.audit_pending"
)


def test_a_tail_cut_off_shows_only_against_a_head_noted_earlier(spoilt):
    assert spoilt(CUT, noted=None) == []
    assert spoilt(CUT) == [("head-missing", SEALED, None)]


def test_a_tail_cut_off_and_grown_again_is_not_what_was_noted(spoilt):
    grown = (
        f"{CUT}; SET LOCAL session_replication_role = origin;"
        " INSERT INTO identity.audit (action) SELECT 'test.forged' FROM generate_series(1, 3)"
    )
    assert spoilt(grown, noted=None, seal=True) == []
    assert spoilt(grown, seal=True) == [("head-differs", SEALED, None)]


def test_what_was_deleted_or_altered_before_it_was_sealed_is_found_after_too(spoilt):
    spoil = "DELETE FROM identity.audit WHERE id = 7; UPDATE identity.audit SET object = 'row:0' WHERE id = 8"
    assert spoilt(spoil, seal=True) == [("deleted", 7, 7), ("altered", 8, 8)]


def test_anybody_can_work_out_the_chain_from_what_the_document_says(make_clone, sealed):
    name, head = sealed
    with make_clone(name) as dsn:
        told = rows(
            dsn,
            "SELECT s.place, a.id, extract(epoch FROM a.at)::text, a.action, a.account_id, a.api_client_id,"
            " a.address, a.object, a.details FROM identity.audit_seal s JOIN identity.audit a ON a.id = s.audit_id"
            " ORDER BY s.place",
        )
    chain = bytes(32)
    for place, *entry in told:
        entry[-1] = dict(sorted(entry[-1].items(), key=lambda pair: (len(pair[0].encode()), pair[0])))
        digest = hashlib.sha256(json.dumps(entry, ensure_ascii=False).encode()).digest()
        chain = hashlib.sha256(chain + place.to_bytes(8, "big") + digest).digest()
    assert head == f"{SEALED}:{chain.hex()}"


def test_the_digest_does_not_hang_on_what_a_session_is_set_to(make_clone, sealed):
    with make_clone(sealed[0]) as dsn, psycopg.connect(dsn) as conn:
        conn.execute(
            "SET TimeZone = 'Asia/Ho_Chi_Minh'; SET DateStyle = 'German'; SET extra_float_digits = -15;"
            " SET bytea_output = 'escape'; SET search_path = pg_temp"
        )
        differing = (
            "SELECT count(*) FROM identity.audit_seal s JOIN identity.audit a ON a.id = s.audit_id"
            " WHERE s.digest <> identity.audit_digest(a)"
        )
        assert conn.execute(differing).fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity.audit_seal SET chain = digest",
        "DELETE FROM identity.audit_seal",
        "TRUNCATE identity.audit_seal",
    ],
)
def test_the_owner_only_ever_adds_seals(db_conn, statement):
    with pytest.raises(psycopg.errors.CheckViolation, match="only ever added to"):
        db_conn.execute(statement)


@pytest.mark.parametrize("role", ["landsvc_identity", "landsvc_editor", "landsvc_tax"])
def test_no_role_adds_a_seal_by_hand(db_conn, role):
    db_conn.execute(f"SET LOCAL ROLE {role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db_conn.execute("INSERT INTO identity.audit_seal VALUES (1, 1, ''::bytea, ''::bytea)")


def test_writers_and_sealers_at_once_neither_break_the_chain_nor_skip_an_entry(database, monkeypatch):
    monkeypatch.setattr(trail, "BATCH", 7)
    seeds = [dice(f"writer {number}") for number in range(4)]
    stopped = threading.Event()

    def write(number: int) -> int:
        chance, kept = seeds[number], 0
        with psycopg.connect(database.dsn) as conn:
            for _ in range(40):
                count = chance.randint(1, 5)
                conn.execute(ADD, [count])
                time.sleep(chance.random() / 200)
                if chance.random() < 0.2:
                    conn.rollback()
                else:
                    conn.commit()
                    kept += count
        return kept

    def keep() -> None:
        while not stopped.is_set():
            trail.seal(database)
            assert trail.check(database).sound

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        sealers = [pool.submit(keep) for _ in range(2)]
        written = [pool.submit(write, number) for number in range(4)]
        try:
            kept = sum(each.result() for each in written)
        finally:
            stopped.set()
        for each in sealers:
            each.result()
    trail.seal(database)
    found = trail.check(database)
    assert (found.sound, found.sealed, found.tail.count) == (True, kept, 0)


SEALER = """
import sys
from landsvc.core.db import Database
from landsvc.identity import trail
trail.BATCH = 3
database = Database(sys.argv[1], sys.argv[1])
database.open()
print("open", flush=True)
while True:
    trail.seal(database)
"""


def test_a_sealer_killed_half_way_leaves_a_sound_chain_and_the_next_goes_on(database):
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", SEALER, database.dsn], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"open\n"
        before = trail.check(database).sealed
        add(database.dsn, 500)
        deadline = time.monotonic() + 20
        while trail.check(database).sealed < before + 20:
            assert time.monotonic() < deadline
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        found = trail.check(database)
        assert found.sound
    deadline = time.monotonic() + 20
    while trail.check(database).tail.count:
        assert time.monotonic() < deadline
        trail.seal(database)  # nothing, as long as the server has not noticed that the other is gone
    found = trail.check(database)
    assert (found.sound, found.sealed) == (True, 1500)


def test_the_worker_seals_within_a_second_and_goes_on_after_a_failure(database, monkeypatch):
    monkeypatch.setattr(worker, "PAUSE_AFTER_FAILURE_SECONDS", 0.1)
    stopped = threading.Event()
    thread = threading.Thread(target=worker.keep_sealing, args=(database, stopped))
    with psycopg.connect(database.dsn) as conn:
        conn.execute("REVOKE EXECUTE ON FUNCTION identity.seal_audit(integer) FROM landsvc_identity")
    thread.start()
    try:
        add(database.dsn, 1)
        time.sleep(0.3)
        with psycopg.connect(database.dsn) as conn:
            conn.execute("GRANT EXECUTE ON FUNCTION identity.seal_audit(integer) TO landsvc_identity")
        deadline = time.monotonic() + 10
        while trail.check(database).tail.count:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        stopped.set()
        thread.join(10)
    assert not thread.is_alive()


def test_the_command_names_the_tail_and_exits_1_when_something_is_broken(make_clone, sealed, monkeypatch):
    name, head = sealed
    with make_clone(name) as dsn:
        monkeypatch.setenv("LANDSVC_DATABASE_URL", dsn)
        good = CliRunner().invoke(command, ["--json", "--head", head])
        told = json.loads(good.stdout)
        assert (good.exit_code, told["sound"], told["head"]) == (0, True, head)
        assert (told["unsealed"]["count"], told["unsealed"]["firstEntry"]) == (WAITING, SEALED + 1)
        with psycopg.connect(make_conninfo(dsn, user="postgres")) as conn:
            conn.execute("SET LOCAL session_replication_role = replica")
            conn.execute("DELETE FROM identity.audit WHERE id IN (3, 4)")
        bad = CliRunner().invoke(command, ["--json"])
        told = json.loads(bad.stdout)
        assert (bad.exit_code, told["sound"], told["count"]) == (1, False, 2)
        assert (told["faults"][0]["entry"], told["faults"][0]["fault"]) == (3, "deleted")
        spoken = CliRunner().invoke(command, ["--lang", "en"])
        assert spoken.exit_code == 1
        assert "place 3, entry 3: the entry was deleted" in spoken.stdout


@pytest.mark.parametrize("text", ["", "7", "x:y", "0:" + "a" * 64, "3:", "3:zz", "-1:" + "a" * 64])
def test_a_head_that_is_none_is_refused(text):
    with pytest.raises(UnreadableHead):
        trail.NotedHead.parse(text)
