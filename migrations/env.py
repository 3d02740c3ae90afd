"""Run migrations: one at a time across processes, with time limits, knowing every room's tables."""

from __future__ import annotations

import importlib.util

import psycopg
from alembic import context
from geoalchemy2 import alembic_helpers
from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base
from landsvc.geo.crs import check_working_srid
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

ROOMS_WITH_TABLES = (
    "landsvc.core.models",
    "landsvc.core.sending.models",
    "landsvc.identity.models",
    "landsvc.identity.citizens.models",
    "landsvc.geo.models",
    "landsvc.cadastre.models",
    "landsvc.cadastre.houses.models",
    "landsvc.planning.activities.models",
    "landsvc.planning.extracts.models",
    "landsvc.planning.taking.models",
    "landsvc.planning.models",
    "landsvc.finance.models",
    "landsvc.finance.catalogues.models",
    "landsvc.finance.channels.models",
    "landsvc.finance.feed.models",
    "landsvc.finance.fees.models",
    "landsvc.finance.files.models",
    "landsvc.finance.hooks.models",
    "landsvc.finance.mirror.models",
    "landsvc.finance.obligations.models",
    "landsvc.finance.prices.models",
    "landsvc.finance.reconciliation.models",
    "landsvc.finance.slips.models",
    "landsvc.finance.tax_offices.models",
    "landsvc.registry.models",
    "landsvc.registry.alerts.models",
    "landsvc.registry.applications.models",
    "landsvc.registry.dossiers.models",
    "landsvc.registry.feedback.models",
    "landsvc.registry.parties.models",
    "landsvc.registry.rights.models",
    "landsvc.registry.blocks.models",
    "landsvc.registry.citizens.models",
    "landsvc.registry.legacy.models",
    "landsvc.registry.surveys.models",
    "landsvc.registry.certificates.models",
    "landsvc.registry.supply.models",
)
LOCK_KEY = 7_205_759_403  # any number, the same for ever: two migrations of one database wait for each other
LIMITS = (
    "SET lock_timeout = '10s'",
    "SET statement_timeout = '30min'",
    "SET idle_in_transaction_session_timeout = 0",
)

# Tables carry it in their column types: in degrees or feet nothing that follows would be true.
check_working_srid(WORKING_SRID)

for room in ROOMS_WITH_TABLES:
    if importlib.util.find_spec(room) is not None:
        importlib.import_module(room)


def include_object(thing, name, type_, reflected, compare_to):
    if not alembic_helpers.include_object(thing, name, type_, reflected, compare_to):
        return False
    # Tables of extensions are in the database and not ours.
    return not (type_ == "table" and reflected and compare_to is None and thing.schema in (None, "public"))


def include_name(name, type_, parent_names):
    return type_ != "schema" or name in {
        None,
        "core",
        "identity",
        "geo",
        "cadastre",
        "planning",
        "finance",
        "registry",
    }


def migrate_on(connection: Connection) -> None:
    for limit in LIMITS:
        connection.exec_driver_sql(limit)
    connection.exec_driver_sql("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_object=include_object,
        include_name=include_name,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    # The public role answers /readyz.
    connection.exec_driver_sql(
        "DO $$ BEGIN IF to_regclass('public.alembic_version') IS NOT NULL THEN"
        " GRANT SELECT ON public.alembic_version TO PUBLIC; END IF; END $$"
    )
    connection.commit()


dsn = context.config.attributes["dsn"]
engine = create_engine("postgresql+psycopg://", poolclass=NullPool, creator=lambda: psycopg.connect(dsn))
with engine.connect() as connection:
    migrate_on(connection)
