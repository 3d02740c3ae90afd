"""What one server process works out reaches the others whole or not at all."""

from __future__ import annotations

from pathlib import Path

from landsvc.core import shelf as shelves
from landsvc.core.shelf import Shelf
from landsvc.core.sql import statements


def test_another_process_finds_what_was_laid_down_last(tmp_path: Path) -> None:
    mine, other = Shelf(tmp_path), Shelf(tmp_path)
    for value in ([1], [2]):
        mine.put(("a", 1), value)
    assert other.get(("a", 1)) == [2]
    assert other.get(("a", 2)) is None


def test_without_a_folder_or_with_one_that_is_gone_nothing_is_found(tmp_path: Path) -> None:
    for shelf in (Shelf(None), Shelf(tmp_path / "gone")):
        shelf.put("a", 1)
        assert shelf.get("a") is None


def test_what_no_file_holds_or_is_broken_is_not_found(tmp_path: Path, monkeypatch) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("a", lambda: None)
    assert shelf.get("a") is None
    monkeypatch.setattr(shelves, "MOST_BYTES", 100)
    shelf.put("a", "x" * 100)
    assert shelf.get("a") is None
    shelf.put("a", [1, 2, 3])
    (file,) = tmp_path.iterdir()
    for content in (b"", file.read_bytes()[:-3], b"\x80\x05cno.such\nthing\n.", b"text"):
        file.write_bytes(content)
        assert shelf.get("a") is None


def test_newer_code_does_not_find_what_older_code_laid_down(tmp_path: Path, monkeypatch) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("a", 1)
    monkeypatch.setattr(shelves, "_code", lambda: "newer")
    assert shelf.get("a") is None


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(shelves, "MOST_FILES", 4)
    monkeypatch.setattr(shelves, "TIDY_EVERY", 10)
    shelf = Shelf(tmp_path)
    for number in range(20):
        shelf.put(number, number)
    assert len(list(tmp_path.iterdir())) == 4
    assert shelf.get(0) is None


def test_a_statement_is_the_same_one_on_the_other_side(tmp_path: Path) -> None:
    statement = statements("cadastre", "queries_drafts.sql")["units_now"]
    Shelf(tmp_path).put("a", statement)
    assert Shelf(tmp_path).get("a") is statement
