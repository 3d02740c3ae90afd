"""The loader of named statements reads what we write and refuses what would fail later."""

from __future__ import annotations

import pytest
from landsvc.core.commands import named_statements
from landsvc.core.sql import parse, room_statements, statements


def statement(text: str):
    return parse("room", text)


def test_header_and_body_are_taken_apart():
    found = statement(
        "parcel_at\n-- The parcel at a place.\n-- params: x, y     index: ix_parcel_geom\nSELECT :x, :y;\n"
    )
    assert (found.name, found.params, found.index) == ("parcel_at", ("x", "y"), ("ix_parcel_geom",))
    assert found.source == "SELECT :x, :y"
    assert found.text == "SELECT %(x)s, %(y)s"


def test_colons_that_are_no_parameters_stay():
    found = statement("casts\n-- params: a\nSELECT CAST(:a AS text)::int, 'at 10:30', x[1:2] -- see :b\n")
    assert found.text == "SELECT CAST(%(a)s AS text)::int, 'at 10:30', x[1:2] -- see :b"


def test_percent_signs_are_kept_for_the_database():
    assert statement("rest\nSELECT 7 % 2, 'a%'").text == "SELECT 7 %% 2, 'a%%'"


@pytest.mark.parametrize("params", ["", "-- params: a, b\n"])
def test_declared_and_used_parameters_must_agree(params):
    with pytest.raises(ValueError, match="declares"):
        statement(f"wrong\n{params}SELECT :a\n")


def test_every_statement_of_every_room_says_what_it_answers():
    found = named_statements()
    assert {"core.revision", "cadastre.parcel_tile", "planning.zone_tile"} <= found.keys()
    assert [name for name, each in found.items() if not each.doc] == []


def test_two_files_of_a_room_do_not_share_a_name(tmp_path, monkeypatch):
    for file in ("queries.sql", "queries_more.sql"):
        (tmp_path / file).write_text("-- name: two_times\n-- One.\nSELECT 1;\n")
    monkeypatch.setattr("landsvc.core.sql.files", lambda room: tmp_path)
    monkeypatch.setattr("landsvc.core.sql.statements", statements.__wrapped__)
    with pytest.raises(ValueError, match="two statements are named two_times"):
        room_statements.__wrapped__("room")


def test_a_part_that_does_not_stand_above_is_named(tmp_path, monkeypatch):
    (tmp_path / "queries.sql").write_text("-- name: one\n{tree};\n\n-- part: tree\nSELECT 1;\n")
    monkeypatch.setattr("landsvc.core.sql.files", lambda room: tmp_path)
    with pytest.raises(ValueError, match="one: no part 'tree'"):
        statements.__wrapped__("room")
