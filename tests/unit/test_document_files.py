"""Files of papers: kept once by their content, refused by it, and looked at by the operator's program."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from landsvc.core.config import Settings
from landsvc.core.filestore import (
    CLEAN,
    NOT_SCANNED,
    FileGone,
    FileInfected,
    FileStore,
    FileTooLarge,
    FileUnfit,
    ScannerFailed,
    media_type_of,
)
from tests.factories.papers import JPEG, PDF, PNG


def store(folder: Path, **changes) -> FileStore:
    return FileStore(replace(Settings.from_env({"LANDSVC_DATA": str(folder)}), **changes))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (PDF[:40], None),
        (PNG[:-8], None),
        (JPEG[:-2], None),
        (b"<svg onload='x'/>", None),
        (b"MZ\x90\x00", None),
        (b"", None),
    ],
)
def test_what_a_file_is_its_content_says(content, kind):
    assert media_type_of(content) == kind


def test_the_same_content_is_kept_once_and_read_back(tmp_path):
    files = store(tmp_path)
    first, again = files.keep(PDF), files.keep(PDF)
    assert first == again
    assert (first.scanned, files.read(first.sha256)) == (NOT_SCANNED, PDF)
    assert [path.name for path in (tmp_path / "documents").rglob("*") if path.is_file()] == [first.sha256]


def test_what_is_empty_too_large_or_of_another_kind_is_refused_and_not_kept(tmp_path):
    files = store(tmp_path, document_megabytes=1)
    for content, error in (
        (b"", FileTooLarge),
        (PDF + b" " * 2**20, FileTooLarge),
        (b"PK\x03\x04zip", FileUnfit),
    ):
        with pytest.raises(error):
            files.keep(content)
    assert not (tmp_path / "documents").exists()


@pytest.mark.parametrize(("code", "error"), [(0, None), (1, FileInfected), (2, ScannerFailed)])
def test_the_operators_program_decides(tmp_path, code, error):
    program = f"import sys; sys.exit({code} if sys.stdin.buffer.read().startswith(b'%PDF') else 3)"
    files = store(tmp_path, scan_command=f'{sys.executable} -c "{program}"')
    if error is None:
        assert files.keep(PDF).scanned == CLEAN
        return
    with pytest.raises(error):
        files.keep(PDF)
    assert not (tmp_path / "documents").exists()


def test_a_program_that_is_not_there_keeps_nothing(tmp_path):
    with pytest.raises(ScannerFailed):
        store(tmp_path, scan_command="/no/such/program").keep(PDF)


def test_a_file_that_is_gone_or_altered_is_said_to_be(tmp_path):
    files = store(tmp_path)
    kept = files.keep(PDF)
    files.place(kept.sha256).write_bytes(PDF + b"x")
    with pytest.raises(FileGone):
        files.read(kept.sha256)
    files.place(kept.sha256).unlink()
    with pytest.raises(FileGone):
        files.read(kept.sha256)
