"""A commune is shown by its newest name, and says what went into it: codes are reused since 2025."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from tests.factories import cadastre as make


def test_a_reused_code_shows_the_newest_commune_and_its_predecessors(db_conn: psycopg.Connection[Any]) -> None:
    new = make.commune(db_conn, "25195", name="Phường Bình Phước")
    old = [
        make.one(
            db_conn,
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded)"
            " VALUES ('commune', %s, %s, 'x', 'phường', '(,2025-07-01)', '') RETURNING id",
            code,
            name,
        )
        for code, name in (("25195", "Phường Tân Phú"), ("25198", "Phường Tân Đồng"))
    ]
    for unit in old:
        db_conn.execute("INSERT INTO cadastre.admin_succession VALUES (%s, %s, 'whole', true)", (unit, new))
    card = json.loads(make.one(db_conn, "SELECT card FROM cadastre.commune_card WHERE code = '25195'"))
    assert card["name"] == "Phường Bình Phước"
    assert [each["name"] for each in card["old"]] == ["Phường Tân Phú", "Phường Tân Đồng"]
