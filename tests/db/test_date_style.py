"""Dates read and write the same, whatever style and zone a server, a role or an environment prefers."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.conftest import admin, serving
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories import town

ADDRESSES = (
    "/api/v1/parcels/25195-12-103",
    "/api/v1/parcels/25195-12-103?validAt=2023-03-04",
    "/api/v1/parcels/25195-12-103/history",
    "/api/v1/parcels/25195-12-103/planning",
    "/api/v1/lookup?parcel=25195-12-103",
    "/api/v1/lookup?parcel=25195-12-103&validAt=2023-03-04",
    "/api/v1/plans",
    "/api/v1/zones",
)
STRANGE = {"datestyle": "SQL, DMY", "timezone": "Asia/Kolkata"}


@pytest.fixture(scope="module")
def town_db(module_db: str) -> str:
    with psycopg.connect(module_db) as conn:
        town.lay(conn)
    return module_db


def answers(dsn: str) -> dict[str, dict[str, Any]]:
    """Return the answers, less the instant each was given at; that only has to carry the usual zone."""
    with serving(dsn) as address:
        found = {path: json.load(urllib.request.urlopen(address + path)) for path in ADDRESSES}
    for answer in found.values():
        for name in {"knownAt", "issuedAt"} & answer.keys():
            answer[name] = datetime.fromisoformat(answer[name]).tzname()
        answer.pop("extractId", None)  # it counts in that instant
    return found


def test_answers_do_not_depend_on_the_servers_date_style(cluster, town_db, monkeypatch):
    usual = answers(town_db)
    assert usual["/api/v1/lookup?parcel=25195-12-103"]["parcel"]["validFrom"][4] == "-"
    name = psycopg.conninfo.conninfo_to_dict(town_db)["dbname"]
    for setting, value in STRANGE.items():
        # Nothing on the server is stronger than a role's setting in one database.
        for role in ("landsvc", "landsvc_public"):
            admin(cluster, f"ALTER ROLE {{}} IN DATABASE {{}} SET {setting} = '{value}'", role, name)
    assert answers(town_db) == usual
    monkeypatch.setenv("PGDATESTYLE", STRANGE["datestyle"])
    monkeypatch.setenv("PGTZ", STRANGE["timezone"])
    assert answers(town_db) == usual


def prefer_strange_dates(conn: psycopg.Connection) -> None:
    for setting, value in STRANGE.items():
        conn.execute(sql.SQL("SET {} = {}").format(sql.Identifier(setting), value))


def test_facts_written_in_a_foreign_session_have_iso_dates(db_conn):
    prefer_strange_dates(db_conn)
    plan = plans.plan(db_conn, "QH-STYLE")
    zone = plans.zone(db_conn, plan, land.box(0, 0, 10, 10), valid="[2022-03-01,2031-01-02)", use_code=None)
    facts = land.one(db_conn, "SELECT facts FROM planning.zone WHERE id = %s", zone)
    assert '"validFrom":"2022-03-01","validTo":"2031-01-02"' in facts


def test_instant_of_recording_is_read_as_it_was_written(db_conn):
    prefer_strange_dates(db_conn)
    first = land.one(db_conn, "SELECT extract(epoch FROM cadastre.recorded_now())")
    db_conn.execute("SET datestyle = 'German'")
    assert land.one(db_conn, "SELECT extract(epoch FROM cadastre.recorded_now())") == first
    assert land.one(db_conn, "SELECT cadastre.recorded_now() BETWEEN now() AND clock_timestamp()")
