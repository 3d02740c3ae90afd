"""Migrations go up, down and up again, also with data, and the models say what the database is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from landsvc.core import migrate
from landsvc.core.access import opened

from conftest import settings_for

OURS = "('core', 'identity', 'geo', 'cadastre', 'planning', 'finance', 'registry')"


@pytest.fixture
def empty_db(cluster, make_clone):
    with make_clone("template1") as dsn:
        cluster.provision(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        yield dsn


def schema_of(dsn: str) -> set[tuple]:
    """Everything the migrations make, by name: tables, columns, functions, triggers, constraints, indexes."""
    with psycopg.connect(dsn) as conn:
        return set(
            conn.execute(f"""
            SELECT 'column', table_schema, table_name, column_name || ' ' || udt_name || ' ' || is_nullable
              FROM information_schema.columns WHERE table_schema IN {OURS}
            UNION ALL SELECT 'function', pronamespace::regnamespace::text, proname, prosrc
              FROM pg_proc WHERE pronamespace::regnamespace::text IN {OURS}
            UNION ALL SELECT 'trigger', '', tgrelid::regclass::text, tgname
              FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'constraint', '', conrelid::regclass::text, conname || pg_get_constraintdef(oid)
              FROM pg_constraint
             WHERE connamespace::regnamespace::text IN {OURS}
            UNION ALL SELECT 'index', schemaname, tablename, indexdef
              FROM pg_indexes WHERE schemaname IN {OURS}
            """).fetchall()
        )


def test_head_file_names_the_newest_revision():
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrate.config("dbname=unused"))
    assert script.get_heads() == [migrate.head()]


def test_revision_is_the_file_stem():
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrate.config("dbname=unused"))
    names = [revision.revision for revision in script.walk_revisions()]
    assert sorted(names) == [file.stem for file in migrate.migration_files()]


def test_up_down_up_gives_the_same_schema(empty_db):
    assert migrate.migrate(empty_db) == (None, migrate.head())
    first = schema_of(empty_db)
    assert migrate.migrate(empty_db, "base") == (migrate.head(), None)
    assert schema_of(empty_db) == set()
    migrate.migrate(empty_db)
    assert schema_of(empty_db) == first


def test_each_step_back_undoes_one_step_forward(empty_db, monkeypatch):
    from alembic.script import ScriptDirectory

    # Read once, and not three times at each of so many steps.
    script = ScriptDirectory.from_config(migrate.config(empty_db))
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda config: script)
    shapes = [schema_of(empty_db)]
    names = [file.stem for file in migrate.migration_files()]
    for name in names:
        migrate.migrate(empty_db, name)
        shapes.append(schema_of(empty_db))
    for name in reversed(["base", *names[:-1]]):
        shapes.pop()
        migrate.migrate(empty_db, name)
        assert schema_of(empty_db) == shapes[-1], name


def test_migrated_database_is_left_alone(empty_db):
    migrate.migrate(empty_db)
    assert migrate.migrate(empty_db) == (migrate.head(), migrate.head())


def test_two_migrations_at_once_wait_for_each_other(empty_db):
    from landsvc.core.db import domain_error  # noqa: F401 - loaded before the threads start

    command = "import sys; from landsvc.core import migrate; print(migrate.migrate(sys.argv[1])[1])"
    import subprocess
    import sys

    def run(_: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", command, empty_db], capture_output=True, text=True, timeout=120
        )
        return done.stdout.strip() or done.stderr

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2))) == [migrate.head()] * 2


def test_models_and_database_are_the_same_thing(fresh_db):
    from alembic import command

    command.check(migrate.config(fresh_db))


def test_unknown_revision_is_a_clear_error(fresh_db):
    with pytest.raises(migrate.MigrationFailed, match="9999_nowhere"):
        migrate.migrate(fresh_db, "9999_nowhere")


def test_another_reference_system_is_refused_with_the_way_out(fresh_db, monkeypatch):
    monkeypatch.setattr(migrate, "WORKING_SRID", 26986)
    with pytest.raises(migrate.WrongReferenceSystem, match="SRID 9212; LANDSVC_SRID says 26986") as caught:
        migrate.migrate(fresh_db)
    assert "LANDSVC_SRID=9212" in caught.value.way_out()
    with pytest.raises(migrate.WrongReferenceSystem), opened(settings_for(fresh_db)):
        pass


def test_public_reads_need_no_second_address(fresh_db):
    settings = replace(settings_for(fresh_db), public_database_url=None)
    from landsvc.core.sql import parse, statements

    with opened(settings) as database:
        assert database.read(statements("core")["revision"]) == [(migrate.head(),)]
        assert database.read(parse("core", "who\nSELECT CAST(current_user AS text)")) == [("landsvc_public",)]
