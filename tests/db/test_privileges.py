"""What each database role may do, asked of the catalogue: the public role reads the register and no more."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.identity.fields import FIELDS, FREE_TEXT, FREE_TEXT_PUBLIC

from conftest import as_role

OURS = "('core', 'identity', 'geo', 'cadastre', 'planning', 'finance', 'registry')"
PUBLIC_READS = {
    "cadastre": "admin_succession admin_unit commune commune_card house_address known_overlap land_origin"
    " land_use_legacy land_use_type lineage map_series map_sheet mapped_extent minimum_plot parcel"
    " parcel_card parcel_code parcel_drawn parcel_feature parcel_number parcel_number_past"
    " parcel_unit parcel_use parcel_version record planned_parcel resurvey_link resurvey_threshold"
    " rule survey unit_end unit_name",
    "core": "setting",
    "geo": "raster tile tile_horizon tile_touch",
    "finance": "exemption land_price parameter payment_term price_band price_decision price_factor price_rule"
    " price_segment price_strip price_table price_zone published_key signing_key",
    "planning": "activity activity_rule extract_file issued_extract parcel_zone parcel_zoned plan plan_coverage"
    " plan_coverage_part plan_version taking_rule taking_use theme zone zone_part",
}
"""All that the public role may read. What is not here it must not: a new table is added on purpose, or not at all."""
PARTLY = {
    "cadastre.survey": {"id", "srid", "method", "surveyed_on", "accuracy_m"},
    "cadastre.record": {"id", "code", "kind", "title", "doc_no", "doc_on", "authority", "made_at", "annuls_id"},
    "cadastre.planned_parcel": {
        *("ref", "state", "kind", "commune_code", "parents", "legal_area_m2", "measured_area_m2"),
        *("confirmed_at", "confirmed_until"),
    },
    "finance.price_decision": {
        *("id", "table_id", "unit_id", "land_group", "version_id", "commune_code", "segment_id", "alley_id"),
        *("position", "frontage_m", "distance_m", "alley_width_m", "alley_along_m", "corner", "doubts", "parts"),
        *("shapes", "as_proposed", "at"),
    },
}
"""Tables of which the public role reads some columns only."""
PERSONAL = (
    "name|person|owner|holder|party|payer|login|account|password|secret|token|identity|cccd|birth|phone|mail"
    "|debt|arrear|tax|paid|amount|vnd|hold|lock|seiz|mortgage|made_by|reason"
)
NOT_OF_PEOPLE = {
    # Names of places, plans, zones and kinds of land.
    *(f"cadastre.admin_unit.{name}" for name in ("name", "short_name")),
    *(f"cadastre.{table}.name_{lang}" for table in ("land_origin", "land_use_type") for lang in ("vi", "en")),
    *(f"planning.{table}.{name}" for table in ("plan_version", "zone") for name in ("name", "name_en")),
    *(f"finance.{table}.name_{lang}" for table in ("parameter", "exemption") for lang in ("vi", "en")),
    *(f"planning.{table}.name_{lang}" for table in ("theme", "activity") for lang in ("vi", "en")),
    # Whether a term is for persons or organisations.
    "finance.payment_term.payer",
    "core.setting.name",
    "cadastre.resurvey_threshold.name",
    # Whether an overlay holds, why land ended (the sea took it), which database role registered a raster.
    "planning.parcel_zoned.holds",
    "cadastre.unit_end.reason",
    "geo.raster.made_by",
    # What a square metre costs by a published table, not what anybody owes or paid.
    "finance.land_price.unit_price_vnd",
    # Whether a rule asks for a second person, not who it is.
    "cadastre.rule.second_person",
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


RELATIONS = f"""SELECT c.oid::regclass::text FROM pg_class c
                 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND c.relnamespace::regnamespace::text IN {OURS}"""


def listed() -> set[str]:
    return {f"{room}.{table}" for room, tables in PUBLIC_READS.items() for table in tables.split()}


def test_every_schema_is_looked_at(db_conn):
    found = column(
        db_conn, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$'"
    )
    assert {f"'{name}'" for name in found} == set(OURS.strip("()").split(", "))


def test_the_public_role_reads_what_is_listed_and_no_more(db_conn):
    readable = column(db_conn, f"{RELATIONS} AND has_any_column_privilege('landsvc_public', c.oid, 'SELECT')")
    assert set(readable) == listed()


def test_whoever_connects_as_the_public_role_reads_no_name_identity_number_debt_or_hold(db_conn, shared_db):
    everything = set(column(db_conn, RELATIONS))
    private = sorted(everything - listed())
    assert {"identity.account", "finance.tax_payment", "cadastre.parcel_hold", "registry.transaction"} <= set(
        private
    )
    with psycopg.connect(as_role(shared_db, "landsvc_public"), autocommit=True) as public:
        for relation in private:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                public.execute(f"SELECT * FROM {relation}")
        for relation in sorted(listed() - set(PARTLY)):
            public.execute(f"SELECT * FROM {relation} LIMIT 0")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            public.execute("SET ROLE landsvc_editor")


def test_no_column_the_public_role_reads_is_about_people_or_money(db_conn):
    about_people = column(
        db_conn,
        f"""SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND c.relnamespace::regnamespace::text IN {OURS}
               AND a.attnum > 0 AND NOT a.attisdropped AND a.attname ~ '{PERSONAL}'
               AND has_column_privilege('landsvc_public', c.oid, a.attnum, 'SELECT')""",
    )
    assert set(about_people) == NOT_OF_PEOPLE


def test_of_some_tables_the_public_role_reads_some_columns(db_conn):
    for table, columns in PARTLY.items():
        shown = column(
            db_conn,
            f"""SELECT a.attname FROM pg_attribute a WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0
                   AND has_column_privilege('landsvc_public', a.attrelid, a.attnum, 'SELECT')""",
        )
        assert set(shown) == columns


def test_only_the_role_of_identity_reads_password_hashes_sessions_and_tokens(db_conn):
    readers = db_conn.execute(
        """SELECT DISTINCT r.rolname FROM pg_roles r,
                  (VALUES ('identity.account', 'password_hash'), ('identity.session', 'token_hash'),
                          ('identity.api_client', 'secret_hash'), ('identity.access_token', 'token_hash'),
                          ('identity.attempt', 'key'), ('identity.audit', 'details')) AS s (relation, name)
            WHERE r.rolname LIKE 'landsvc%' AND has_column_privilege(r.oid, s.relation, s.name, 'SELECT')"""
    ).fetchall()
    assert sorted(readers) == [("landsvc",), ("landsvc_identity",)]


def test_the_role_of_channels_reads_what_channels_told_and_no_more(db_conn):
    readable = column(db_conn, f"{RELATIONS} AND has_any_column_privilege('landsvc_channel', c.oid, 'SELECT')")
    assert sorted(set(readable) - listed()) == [
        "finance.channel",
        "finance.channel_key",
        "finance.channel_message",
        "finance.channel_payment",
        "finance.channel_statement",
        "finance.channel_statement_line",
    ]


def test_the_machines_role_reads_money_and_no_land(db_conn):
    readable = column(db_conn, f"{RELATIONS} AND has_any_column_privilege('landsvc_tax', c.oid, 'SELECT')")
    assert sorted(readable) == [
        "core.idempotency",
        "finance.catalogue_entry",
        "finance.change",
        "finance.change_walk",
        "finance.channel",
        "finance.channel_payment",
        "finance.channel_payment_standing",
        "finance.channel_statement",
        "finance.channel_statement_line",
        "finance.hook",
        "finance.hook_attempt",
        "finance.hook_delivery",
        "finance.hook_key",
        "finance.hook_line",
        "finance.hook_queue",
        "finance.notice",
        "finance.notice_act",
        "finance.notice_line",
        "finance.notice_standing",
        "finance.payment_code",
        "finance.payment_file",
        "finance.payment_file_report",
        "finance.payment_file_row",
        "finance.payment_match",
        "finance.payment_move",
        "finance.payment_place",
        "finance.payment_unplaced",
        "finance.published_key",
        "finance.reconciliation_current",
        "finance.reconciliation_item",
        "finance.reconciliation_list",
        "finance.reconciliation_list_line",
        "finance.reconciliation_list_total",
        "finance.reconciliation_lock",
        "finance.reconciliation_reason",
        "finance.reconciliation_resolution",
        "finance.reconciliation_run",
        "finance.reconciliation_standing",
        "finance.return_reason",
        "finance.signing_key",
        "finance.slip",
        "finance.slip_answer",
        "finance.sub_item",
        "finance.tax_office",
        "finance.tax_office_commune",
        "finance.tax_payment",
    ]


def test_only_the_owner_makes_tables(db_conn):
    makers = column(
        db_conn,
        f"""SELECT r.rolname || ' ' || n.nspname FROM pg_roles r CROSS JOIN pg_namespace n
             WHERE r.rolname LIKE 'landsvc\\_%'
               AND (n.nspname IN {OURS} OR n.nspname = 'public')
               AND has_schema_privilege(r.oid, n.oid, 'CREATE')""",
    )
    assert makers == []


ANYWHERE = "phone|mail|contact|sealed|address|payer|born|birth|nationality"
OF_PEOPLE = "^(name|folded|person|person_name|person_folded|sex|number_index|num|den|amount_vnd|due_vnd|asker)$"
"""How columns about somebody are called: in every room, and in the rooms that know people."""
NOBODYS = {
    # Keys, which open nothing of a person; what a procedure costs; totals of a day; where somebody signed in.
    *("finance.channel_key.sealed", "finance.hook_key.sealed", "registry.supply_fee.amount_vnd"),
    *("finance.fee_rate.amount_vnd", "identity.audit.address", "identity.session.address"),
    *("finance.hook.address", "finance.hook_line.address", "identity.api_client.name"),
    # Which kind of asker data was given to; where land lies; what a setting is called, and who a term is for.
    *("registry.data_supply.asker", "cadastre.parcel.address", "cadastre.parcel_version.address"),
    *("core.setting.name", "finance.payment_term.payer"),
    # Numbers within one import, not anybody's.
    *(
        f"registry.{table}.person"
        for table in ("legacy_holder", "legacy_line", "legacy_mortgage", "legacy_person")
    ),
    *("registry.legacy_line.num", "registry.legacy_line.den"),
}


def test_every_column_about_somebody_stands_in_the_table_of_fields(db_conn):
    found = column(
        db_conn,
        f"""SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relkind IN ('r', 'v', 'm', 'p') AND c.relnamespace::regnamespace::text IN {OURS}
               AND a.attnum > 0 AND NOT a.attisdropped
               AND (a.attname ~ '{ANYWHERE}' OR a.attname ~ '{OF_PEOPLE}'
                    AND c.relnamespace::regnamespace::text IN ('registry', 'finance', 'identity', 'core'))""",
    )
    told = {name for field in FIELDS for name in field.columns}
    assert sorted(set(found) - told - NOBODYS) == []
    assert sorted(NOBODYS - set(found)) == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.code)
def test_the_roles_of_the_database_that_read_a_field_are_those_of_the_table(db_conn, field):
    readers = column(
        db_conn,
        f"""SELECT DISTINCT r.rolname FROM pg_roles r, unnest(ARRAY{list(field.columns)}) AS f (path)
             WHERE r.rolname LIKE 'landsvc\\_%' AND has_column_privilege(
               r.oid, regexp_replace(path, '\\.[^.]*$', '')::regclass, regexp_replace(path, '.*\\.', ''), 'SELECT')""",
    )
    assert sorted(readers) == sorted(field.roles)


FREE = (
    "words|wish|note|reason|remark|comment|details|payload|subject|file_name|detail$"
    "|title|error$|facts$|attributes$|purpose|said$|body$"
)
"""How columns are called into which somebody types or sends what they like, or which hold a row as it came."""
NOT_TYPED = {
    # What this service writes of a plan, and what those who run it call rules, tables, rasters and prices.
    *(f"planning.{table}.facts" for table in ("plan_version", "theme", "zone")),
    *(
        f"{table}.title_{language}"
        for table in ("cadastre.rule", "finance.price_table")
        for language in ("vi", "en")
    ),
    *("finance.price_zone.title", "geo.raster.title", "geo.raster.title_en"),
    # Codes of uses of land and of fees; what is a field of its own.
    *("finance.fee_order.purpose", "registry.rrr_version.purpose", "registry.legacy_right.facts"),
    *("registry.legacy_group.purpose", "registry.legacy_line.purpose"),
}


def test_every_column_of_free_text_in_which_a_person_may_be_named_is_listed(db_conn):
    found = column(
        db_conn,
        f"""SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN {OURS}
               AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype)
               AND a.attname ~ '{FREE}'""",
    )
    assert sorted(set(found) - NOT_TYPED) == sorted(FREE_TEXT)
    assert sorted(NOT_TYPED - set(found)) == []
    read = [
        path
        for path in FREE_TEXT
        if db_conn.execute(
            "SELECT has_column_privilege('landsvc_public', %s::regclass, %s, 'SELECT')",
            tuple(path.rsplit(".", 1)),
        ).fetchone()[0]
    ]
    assert sorted(read) == sorted(FREE_TEXT_PUBLIC)
