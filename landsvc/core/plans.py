"""Ask PostgreSQL how it would answer a named statement, for any parameters or for given ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from landsvc.core.sql import Statement


def general_plan(conn: psycopg.Connection[Any], statement: Statement, *, as_json: bool = False) -> list[str]:
    """Return the plan that serves every value of the parameters, as lines of text or one JSON document.

    A plan for NULL would be empty: nothing equals NULL. Changes session settings: end with a rollback.
    """
    conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    conn.execute("DEALLOCATE ALL")
    conn.execute(f"PREPARE looked_at AS {statement.numbered}")
    values = f"({', '.join(['NULL'] * len(statement.params))})" if statement.params else ""
    rows = conn.execute(f"EXPLAIN (FORMAT {'JSON' if as_json else 'TEXT'}) EXECUTE looked_at{values}")
    return [row[0] if isinstance(row[0], str) else json.dumps(row[0]) for row in rows]


def plan_for(
    conn: psycopg.Connection[Any], statement: Statement, params: Mapping[str, Any], *, analyze: bool = False
) -> list[str]:
    """Return the plan for given values; with `analyze` the statement also runs, so roll back."""
    options = "ANALYZE, BUFFERS" if analyze else "COSTS"
    return [row[0] for row in conn.execute(f"EXPLAIN ({options}) {statement.text}", params)]


def indexes_used(conn: psycopg.Connection[Any], statement: Statement) -> set[str]:
    """Return the indexes in the statement's general plan when a sequential scan is no choice."""
    conn.execute("SET LOCAL enable_seqscan = off")
    document = json.loads(general_plan(conn, statement, as_json=True)[0])
    return {node["Index Name"] for root in document for node in _nodes(root["Plan"]) if "Index Name" in node}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)
