"""What a change of the register asks, also inside functions, is found by indexes and never by going through all.

Plans come from `auto_explain` while the service works, with statements planned once as officers' requests have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.factories.completion import World
from tests.factories.dossiers import office
from tests.factories.drafts import split
from tests.factories.procedures import SCENARIOS
from tests.factories.scenarios import completing

LARGE = {
    **dict.fromkeys(("party", "rrr", "ba_unit", "block"), "code"),
    **dict.fromkeys(
        ("party_version", "party_document", "holding", "holding_party", "ba_unit_parcel", "rrr_version"), ""
    ),
    **dict.fromkeys(
        ("certificate_version", "certificate_entry", "block_span", "dossier_parcel", "dossier_event"), ""
    ),
    **dict.fromkeys(("dossier_applicant", "dossier_document", "transaction_parcel"), ""),
    "certificate": "serial",
    "dossier": "code",
    "transaction": "code",
}
"""Tables of the register that grow with the land and its office, each with the text that names a row."""
ROWS, FEW = 4000, 100
BELOW = 10**9
"""Copies have ids below all others: a join that merges by id does not stop before them."""
WATCHED = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
}
PLAN = re.compile(r"@(\w+) LOG:  duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)")


@contextmanager
def watched(cluster: Any, dsn: str) -> Iterator[list[dict[str, Any]]]:
    """Fill a list with the plans of all that is asked of a database while the block runs, with nested statements."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    with psycopg.connect(cluster.dsn("postgres", "postgres"), autocommit=True) as conn:
        for setting, value in WATCHED.items():
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(name), sql.SQL(setting), sql.Literal(value)
                )
            )
        log = Path(cluster.log)
        begin, found = log.stat().st_size, list[dict[str, Any]]()
        try:
            yield found
        finally:
            conn.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(sql.Identifier(name)))
    with log.open("rb") as lines:
        lines.seek(begin)
        told = lines.read().decode(errors="replace")
    found += [json.loads(plan) for database, plan in PLAN.findall(told) if database == name]


def grow(cluster: Any, dsn: str) -> None:
    """Put copies of a row into each large table, with ids and names of their own, as if recorded by one import."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    with psycopg.connect(cluster.dsn("postgres", name)) as conn:
        conn.execute("SET session_replication_role = replica")  # what triggers and keys keep is not asked here
        for table in LARGE:
            columns = conn.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'registry' AND table_name = %s AND is_generated = 'NEVER'",
                (table,),
            ).fetchall()
            values = [value(table, column, kind) for column, kind in columns]
            added = conn.execute(
                f"INSERT INTO registry.{table} ({', '.join(column for column, _ in columns)}) OVERRIDING SYSTEM VALUE"
                f" SELECT {', '.join(values)} FROM (SELECT o.* FROM registry.{table} o"
                f" ORDER BY to_jsonb(o) ->> 'closed_record_id' NULLS FIRST LIMIT 1) t,"
                f" generate_series(1000, {ROWS + 999}) n"
            )
            assert added.rowcount == ROWS, table
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("ANALYZE")


def value(table: str, column: str, kind: str) -> str:
    """Return what a copy has in a column: where rows name each other, the same number in all of them."""
    if column == LARGE[table]:
        if table == "dossier":
            return "'HS-1000-' || lpad(CAST(n AS text), 6, '0') || '-00'"
        # Digits before the last two, which numbers given out here do not reach.
        return f"overlay(t.{column} placing CAST(n AS text) from length(t.{column}) - 5 for 4)"
    if column == "verify_id":
        return f"overlay(t.{column} placing lpad(CAST(n AS text), 6, '0') from 3 for 6)"
    if column == "number_index":
        return "sha256(CAST(CAST(n AS text) AS bytea))"
    if column in {"folded", "person_folded"}:
        return f"t.{column} || n"
    same = (
        {"account_id"}
        if table == "transaction"
        else {"account_id", "record_id", "closed_record_id", "repeats_id"}
    )
    shifted = kind == "bigint" and (column == "id" or column.endswith("_id")) and column not in same
    return f"t.{column} - {BELOW} - n" if shifted else f"t.{column}"


def gone_through(node: dict[str, Any]) -> Iterator[str]:
    """Yield the large tables of which a plan reads all there is."""
    every = node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"} and "Index Cond" not in node
    # The whole of an index of few rows, such as notices on parcels, is no table.
    if node.get("Relation Name") in LARGE and every and ("Filter" in node or node["Plan Rows"] > FEW):
        yield f"{node['Relation Name']}: {node['Node Type']} {node.get('Filter', '')}"
    # Whoever takes the first few in the order of an index stops there.
    for below in node.get("Plans", []) if node["Node Type"] != "Limit" else []:
        yield from gone_through(below)


BLOCK = {
    "kind": "block",
    "scope": "person",
    "issuerKind": "court",
    "issuer": "TAND",
    "docNo": "1/QĐ",
    "person": {"name": "Cao Thị Chặn", "number": "079090000002"},
}
PLAYED = ("split with transfer of a piece", "merge", "recovery in part of mortgaged land")


@pytest.mark.parametrize("names", [PLAYED, pytest.param(tuple(SCENARIOS), marks=pytest.mark.long)], ids=len)
def test_changes_find_what_they_ask_for_by_indexes(make_clone, cluster, tmp_path, names):
    with make_clone() as dsn:
        with completing(dsn, str(tmp_path), parcels=40) as world:
            begin(world)
        grow(cluster, dsn)
        with watched(cluster, dsn) as plans, office(dsn, DATA=str(tmp_path)) as person:
            world.person = cache(person)
            world.registry.client = world.person("lan").client
            divided(world)
            for name in names:
                completed(world, name)
        asked = {each["Query Text"] for each in plans}
        assert any("registry.end_facts('registry.rrr_version'" in text for text in asked), (
            "statements in functions too"
        )
    assert (
        sorted({f"{line}\n{each['Query Text'][:600]}" for each in plans for line in gone_through(each["Plan"])})
        == []
    )


def begin(world: World) -> None:
    """Leave a row of everything there is."""
    numbered = {"documents": [{"kind": "cccd", "number": "079090000001"}]}
    world.registry.party("Lê Thị Một", **numbered)
    world.registry.post("/blocks", BLOCK)
    completed(world, "mortgage", undone=False)


def divided(world: World) -> None:
    """Divide land that bears a right, as a draft without a dossier."""
    ref, x = world.parcel()
    world.held_by(world.registry.party(), ref=ref)
    world.registry.commit(split(ref, (x, 15), (x + 20, 15)))


def completed(world: World, name: str, *, undone: bool = True) -> None:
    """Lead a dossier to the register, look at it, and undo it."""
    procedure, make = SCENARIOS[name]
    given = make(world)
    code = world.submit(procedure, given.refs, given.case)
    world.signed(code, given.facts, given.draft)
    world.rehearsal(code)
    done = world.go(code, "lan", "record")["events"][-1]["details"]
    for path in (f"/dossiers/{code}", "/dossiers", "/blocks"):
        world.registry.get(path)
    if given.undone and undone:
        undo = f"/api/v1/transactions/{done['transaction']}/undo"
        answer = world.person("tuan").client.post(undo, json={"reason": "Theo bản án 5/2026"})
        assert answer.status_code == 201, answer.json


def test_no_index_of_two_times_is_taken_for_a_column_with_an_index_of_its_own(db_conn):
    # A GiST index that begins with another column has the values of a later one in all its pages, and costs the planner
    # less than the index that begins with it: compared only, the column stands there as an expression.
    found = db_conn.execute("""
        SELECT g.indexrelid::regclass::text, a.attname FROM pg_index g
          JOIN pg_class c ON c.oid = g.indexrelid JOIN pg_am m ON m.oid = c.relam AND m.amname = 'gist'
         CROSS JOIN LATERAL unnest(CAST(g.indkey AS smallint[])) WITH ORDINALITY k(column_no, place)
          JOIN pg_attribute a ON a.attrelid = g.indrelid AND a.attnum = k.column_no
         WHERE k.place > 1 AND EXISTS (
           SELECT FROM pg_index b JOIN pg_class o ON o.oid = b.indexrelid
             JOIN pg_am p ON p.oid = o.relam AND p.amname = 'btree'
            WHERE b.indrelid = g.indrelid AND b.indkey[0] = k.column_no)""").fetchall()
    assert found == []
