"""What each database role may do, asked of the catalogue: the public role reads the register and no more."""

from __future__ import annotations

import psycopg

OURS = "('core', 'identity', 'geo', 'cadastre', 'planning', 'finance', 'registry')"
PRIVATE = {
    "core.outbox",
    "core.outbox_cursor",
    "core.outbox_failure",
    "cadastre.bulk_load",
    "cadastre.draft",
    "cadastre.draft_operation",
    "cadastre.draft_slot",
    "cadastre.preview_run",
    "cadastre.fabric_lock",
    "cadastre.parcel_hold",
    "cadastre.quarantine",
    "cadastre.survey",
    "registry.transaction",
    "registry.transaction_parcel",
}


def column(conn: psycopg.Connection, query: str) -> list[str]:
    return [row[0] for row in conn.execute(query).fetchall()]


def test_a_function_with_its_owners_rights_looks_for_names_in_fixed_schemas_only(db_conn):
    loose = column(
        db_conn,
        f"""SELECT p.oid::regprocedure::text FROM pg_proc p
             WHERE p.prosecdef AND p.pronamespace::regnamespace::text IN {OURS}
               AND NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, public, pg_temp'], false)""",
    )
    assert loose == []


def test_nobody_but_our_roles_runs_a_function_with_its_owners_rights(db_conn):
    free = column(
        db_conn,
        f"""SELECT p.oid::regprocedure::text FROM pg_proc p
             WHERE p.prosecdef AND p.pronamespace::regnamespace::text IN {OURS}
               AND has_function_privilege('landsvc_public', p.oid, 'EXECUTE')""",
    )
    assert free == []


def test_the_public_role_writes_nothing_but_tiles(db_conn):
    written = column(
        db_conn,
        f"""SELECT DISTINCT c.oid::regclass::text FROM pg_class c
              CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS what
             WHERE c.relkind IN ('r', 'v', 'p') AND c.relnamespace::regnamespace::text IN {OURS}
               AND has_table_privilege('landsvc_public', c.oid, what)""",
    )
    assert written == ["geo.tile"]


def test_the_public_role_reads_no_working_papers(db_conn):
    read = column(
        db_conn,
        f"""SELECT c.oid::regclass::text FROM pg_class c
             WHERE c.relkind IN ('r', 'v', 'p') AND c.relnamespace::regnamespace::text IN {OURS}
               AND has_any_column_privilege('landsvc_public', c.oid, 'SELECT')""",
    )
    assert not PRIVATE & set(read)


def test_the_public_role_does_not_read_who_made_a_record_or_why(db_conn):
    shown = column(
        db_conn,
        """SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'cadastre.record'::regclass AND a.attnum > 0
              AND has_column_privilege('landsvc_public', a.attrelid, a.attnum, 'SELECT')""",
    )
    assert not {"made_by", "reason", "details"} & set(shown)


def test_only_the_owner_makes_tables(db_conn):
    makers = column(
        db_conn,
        f"""SELECT r.rolname || ' ' || n.nspname FROM pg_roles r CROSS JOIN pg_namespace n
             WHERE r.rolname IN ('landsvc_public', 'landsvc_editor', 'landsvc_import')
               AND (n.nspname IN {OURS} OR n.nspname = 'public')
               AND has_schema_privilege(r.oid, n.oid, 'CREATE')""",
    )
    assert makers == []
