"""Keep the files of papers in the data folder by the digest of their content, after looking at what they are.

What a file is its content says, never its name; it is kept as it came and never carried out. A program of the operator
(`LANDSVC_SCAN_COMMAND`) looks for viruses before anything is kept.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from landsvc.core.config import Settings
from landsvc.core.errors import InvalidInput, NotFound, RuleViolation, Unavailable

FOLDER = "documents"
SCAN_SECONDS = 60
CLEAN, NOT_SCANNED = "clean", "not-scanned"
FIRST_KILOBYTE = 1024
DIGEST = re.compile(r"[0-9a-f]{64}")
ASIDE = ".going"
log = structlog.get_logger(__name__)


class FileUnfit(InvalidInput):
    """The content is no PDF, JPEG or PNG that is whole. 400."""

    slug = "file-unfit"
    title = "This file cannot be kept"
    detail = "Its content is no PDF, JPEG or PNG file that is whole."
    remedy = "Scan the paper as PDF, JPEG or PNG, and send that file."


class FileTooLarge(InvalidInput):
    """The file is empty or larger than the office takes. 400."""

    slug = "file-too-large"
    title = "The file has not a size that is taken"
    detail = "It has {size} bytes; 1 to {most} are taken."
    remedy = "Scan it in grey with 200 dots an inch, or in parts."


class FileInfected(RuleViolation):
    """The operator's program found a virus. 422."""

    slug = "file-infected"
    title = "The file was refused by the virus scanner"
    detail = "The scanner refused it; nothing was kept."
    remedy = "Have the device it came from looked at, and scan the paper again."


class ScannerFailed(Unavailable):
    """The operator's program did not answer. 503."""

    slug = "scanner-failed"
    title = "The virus scanner does not answer"
    detail = "The program that looks for viruses failed; nothing was kept."
    remedy = "Try again in a minute; tell whoever runs the service when it stays so."


class FileGone(NotFound):
    """The register knows the file, and the folder lacks it. 404."""

    slug = "file-gone"
    title = "The file is not in the folder"
    detail = "The register knows the file {sha256}, the folder of documents lacks it."
    remedy = "Tell whoever runs the service: it is to be brought back from a backup."


@dataclass(frozen=True)
class Kept:
    """A file that was kept."""

    sha256: str
    size_bytes: int
    media_type: str
    scanned: str


class FileStore:
    """The folder `documents` of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.data_dir / FOLDER
        self.most_bytes = settings.document_megabytes * 2**20
        self._scanner = shlex.split(settings.scan_command)

    def keep(self, content: bytes) -> Kept:
        """Keep a file; the same content is kept once.

        Raises `FileTooLarge`, `FileUnfit`, `FileInfected` or `ScannerFailed`, with nothing kept.
        """
        if not 0 < len(content) <= self.most_bytes:
            raise FileTooLarge(field="file", size=len(content), most=self.most_bytes)
        media_type = media_type_of(content)
        if media_type is None:
            raise FileUnfit(field="file")
        scanned = self._scan(content)
        digest = sha256(content).hexdigest()
        self._write(digest, content)
        return Kept(digest, len(content), media_type, scanned)

    def put(self, content: bytes) -> str:
        """Keep what the service itself made, whatever it is; return its digest."""
        digest = sha256(content).hexdigest()
        self._write(digest, content)
        return digest

    def read(self, digest: str) -> bytes:
        """Return the content of a file; raise `FileGone` also when it is not what its name says."""
        try:
            content = self.place(digest).read_bytes()
        except FileNotFoundError:
            raise FileGone(sha256=digest) from None
        if sha256(content).hexdigest() != digest:
            log.error("document-altered", sha256=digest)
            raise FileGone(sha256=digest)
        return content

    def discard(self, digest: str, older_than_s: float) -> bool:
        """Take a file away that nobody kept again for so many seconds; return False for one that somebody did.

        It is set aside before its age is looked at: who keeps it meanwhile writes it anew. One that is not there is as
        good as taken away.
        """
        place, aside = self.place(digest), self.place(digest).with_suffix(ASIDE)
        with suppress(FileNotFoundError):
            place.replace(aside)
        try:
            age_s = time.time() - aside.stat().st_mtime
        except FileNotFoundError:
            return not place.exists()
        if age_s < older_than_s or place.exists():
            aside.replace(place)
            return False
        aside.unlink()
        return True

    def old(self, older_than_s: float) -> Iterator[str]:
        """Yield the files nobody kept for so many seconds."""
        before = time.time() - older_than_s
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for place in folder.iterdir():
                if DIGEST.fullmatch(place.name) and _kept_at(place) <= before:
                    yield place.name

    def tidy(self, older_than_s: float) -> int:
        """Take away what was half written so long ago, and put back what was set aside and is nowhere else.

        Returns how many names are gone.
        """
        before, gone = time.time() - older_than_s, 0
        for place in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if DIGEST.fullmatch(place.name) or _kept_at(place) > before:
                continue
            whole = place.with_suffix("")
            if place.suffix == ASIDE and not whole.exists():
                place.replace(whole)
            else:
                place.unlink(missing_ok=True)
            gone += 1
        return gone

    def place(self, digest: str) -> Path:
        """Return where a file lies."""
        return self.folder / digest[:2] / digest

    def _write(self, digest: str, content: bytes) -> None:
        place = self.place(digest)
        try:
            # Whoever takes old files away sees that this one is wanted again.
            os.utime(place)
        except FileNotFoundError:
            pass
        else:
            return
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(place)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        _settle(place.parent)

    def _scan(self, content: bytes) -> str:
        """Ask the operator's program: it gets the file on standard input, and answers 0 (clean) or 1 (infected)."""
        if not self._scanner:
            return NOT_SCANNED
        try:
            done = subprocess.run(self._scanner, input=content, capture_output=True, timeout=SCAN_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("scanner-failed", error=str(error))
            raise ScannerFailed from None
        if done.returncode == 1:
            raise FileInfected(field="file")
        if done.returncode != 0:
            log.error("scanner-failed", code=done.returncode)
            raise ScannerFailed
        return CLEAN


def _kept_at(place: Path) -> float:
    """Return when a file was kept last (seconds of the epoch); now for one that is gone."""
    try:
        return place.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def media_type_of(content: bytes) -> str | None:
    """Return what a content is by its first and last bytes, None for what is not taken or cut off."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-FIRST_KILOBYTE:]:
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82"):
        return "image/png"
    return None


def _settle(folder: Path) -> None:
    """Make a new name in a folder last through a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
