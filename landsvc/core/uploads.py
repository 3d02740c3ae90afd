"""Take files from strangers: pictures from a phone, and papers as PDF.

Each is looked into by a process of its own (`upload_check`) whose memory and time are bounded; only what that process
gives back is kept: a picture written anew, or a PDF that runs nothing. What is refused leaves nothing behind.
"""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from threading import BoundedSemaphore

import structlog
from flask import request

from landsvc.core.config import Settings
from landsvc.core.errors import InvalidInput, Unavailable
from landsvc.core.filestore import FileStore, FileTooLarge, FileUnfit, Kept
from landsvc.core.throttle import Throttle
from landsvc.core.upload_check import REASONS

IMAGES = ("JPEG", "PNG", "WEBP")
PAPERS = (*IMAGES, "PDF")
PER_MINUTE = 30
AT_ONCE = 2
WAIT_SECONDS = 20
LOOK_SECONDS = 30
ROOM_FOR_FORM = 64 * 2**10
"""Bytes of a form beside its file."""
NAME_LENGTH = 80
NO_NAME = re.compile(r"[^\w .,()\-]+")
log = structlog.get_logger(__name__)
_looking = BoundedSemaphore(AT_ONCE)


class FileBroken(InvalidInput):
    """The file ends too early, or cannot be read as what it says it is. 400."""

    slug = "file-broken"
    title = "This file cannot be read"
    detail = "It ends too early or is damaged; nothing was kept."
    remedy = "Take the picture or scan the paper again, and send that file."


class ImageTooManyPixels(InvalidInput):
    """A picture has more pixels than a page needs, or unfolds into more memory than there is. 400."""

    slug = "image-too-many-pixels"
    title = "This picture is too large"
    detail = "It has more than {most} million pixels; nothing was kept."
    remedy = "Take the picture with a lower resolution, or as several pictures."


class FileHidesAnother(InvalidInput):
    """The file is two kinds of file at once (polyglot). 400."""

    slug = "file-hides-another"
    title = "There is another file within this file"
    detail = "An archive, a page or another document is hidden in it; nothing was kept."
    remedy = "Take the picture or scan the paper again, and send that file alone."


class FileActive(InvalidInput):
    """A PDF runs programs, sends data or holds other files. 400."""

    slug = "file-active"
    title = "This PDF is more than a paper"
    detail = "It holds scripts, forms that send themselves, or other files; nothing was kept."
    remedy = "Print the document into a new PDF, or take pictures of its pages."


class FileLocked(InvalidInput):
    """A PDF needs a password. 400."""

    slug = "file-locked"
    title = "This PDF is locked"
    detail = "It asks for a password; nothing was kept."
    remedy = "Save it without a password, or take pictures of its pages."


REFUSALS: dict[str, type[InvalidInput]] = {
    "unfit": FileUnfit,
    "broken": FileBroken,
    "pixels": ImageTooManyPixels,
    "hides": FileHidesAnother,
    "active": FileActive,
    "locked": FileLocked,
}


class UploadsBusy(Unavailable):
    """Too many files are being looked at. 503."""

    slug = "uploads-busy"
    title = "Many people are sending files just now"
    detail = "Your file was not taken; nothing was kept."
    remedy = "Send it again in a minute."


@dataclass(frozen=True)
class Upload:
    """A file that was taken: where it is kept, and what its sender called it, as a label only."""

    kept: Kept
    label: str


class Uploads:
    """The door for files from outside; one for each process of the server."""

    def __init__(self, settings: Settings, per_minute: int = PER_MINUTE) -> None:
        self.store = FileStore(settings)
        self.megapixels = settings.upload_megapixels
        self._throttle = Throttle(per_minute)

    def bound(self) -> None:
        """Bound the request's body before it is read; to be called before its form is touched.

        Raises `TooManyRequests` for an address that sends too many, and `FileTooLarge` for a body that says it is; one
        that does not say how large it is, and grows too large, is answered with 413.
        """
        self._throttle.check(request.remote_addr)
        most = self.store.most_bytes + ROOM_FOR_FORM
        if (request.content_length or 0) > most:
            raise FileTooLarge(field="file", size=request.content_length, most=self.store.most_bytes)
        request.max_content_length = most

    def sent(self, field: str, kinds: Collection[str] = PAPERS) -> Upload | None:
        """Take the file of a form's field; None where none was chosen.

        Raises as `take`.
        """
        file = request.files.get(field)
        if file is None or not file.filename:
            return None
        return self.take(file.stream.read(self.store.most_bytes + 1), file.filename, kinds, field=field)

    def take(self, content: bytes, name: str, kinds: Collection[str] = PAPERS, *, field: str = "file") -> Upload:
        """Take one file of one of the kinds.

        Raises `FileTooLarge`, one of `REFUSALS`, `FileInfected`, `ScannerFailed` or `UploadsBusy`, with nothing kept.
        """
        if not 0 < len(content) <= self.store.most_bytes:
            raise FileTooLarge(field=field, size=len(content), most=self.store.most_bytes)
        return Upload(self.store.keep(self._looked_at(content, kinds, field)), label_of(name))

    def _looked_at(self, content: bytes, kinds: Collection[str], field: str) -> bytes:
        command = [sys.executable, "-m", "landsvc.core.upload_check", ",".join(kinds), str(self.megapixels)]
        if not _looking.acquire(timeout=WAIT_SECONDS):
            raise UploadsBusy
        try:
            done = subprocess.run(command, input=content, capture_output=True, timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            raise FileBroken(field=field) from None
        finally:
            _looking.release()
        if done.returncode in REASONS:
            raise REFUSALS[REASONS[done.returncode]](field=field, most=self.megapixels)
        if done.returncode != 0:
            log.warning("upload-check-ended", code=done.returncode, size=len(content))
            raise FileBroken(field=field)
        return done.stdout


def label_of(name: str) -> str:
    """Return a file's name as a label: its last part, letters, digits and plain signs only, never a path."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = NO_NAME.sub(" ", "".join(each for each in last if unicodedata.category(each)[0] != "C"))
    return " ".join(plain.split()).lstrip(". ")[:NAME_LENGTH].strip()
