"""Look into a file a stranger sent, in a process of its own: `python -m landsvc.core.upload_check KINDS MEGAPIXELS`.

The file comes on standard input. What may be kept goes to standard output: an image written anew, without the place and
device it was taken with (EXIF) and without anything that followed it; a PDF as it came, since writing it anew would end
its signatures. The exit code says why a file is refused (`REASONS`). Memory and time are bounded, so a file made to
exhaust a reader ends this process and nothing else.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any

KEPT = 0
REASONS = {10: "unfit", 11: "broken", 12: "pixels", 13: "hides", 14: "active", 15: "locked"}
"""Exit code and why: another type, not whole, too many pixels, another file within, programs within, a password."""
CODES = {reason: code for code, reason in REASONS.items()}
MEMORY_BYTES = 3 * 2**29
CPU_SECONDS = 20
LONGEST_SIDE = 4000
"""Pixels: a page of A4 at 340 dots an inch stays as it is; larger pictures are made smaller."""
QUALITY = 88
TAIL = 66_000
"""Bytes within which the directory of a ZIP archive ends (22 and a comment of up to 65 535)."""
PDF_HEAD = 1024
MOST_OBJECTS = 100_000
MOST_PAGES = 500
MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"RIFF": "WEBP",
    b"%PDF-": "PDF",
}
ARCHIVES = (b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
PROGRAMS = (b"<script", b"<html", b"<?php", b"<svg", b"<!doctype html")
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent", "/AA"})
ACTIVE_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound"}
)


class Refused(Exception):
    """The file is refused; the reason is one of `REASONS`."""


def looked_at(content: bytes, kinds: frozenset[str], megapixels: int) -> bytes:
    """Return what may be kept of a file; raise `Refused`."""
    kind = next((name for magic, name in MAGIC.items() if content.startswith(magic)), None)
    if kind is None or kind not in kinds:
        raise Refused("unfit")
    if any(mark in content[-TAIL:] for mark in ARCHIVES):
        raise Refused("hides")
    return _pdf(content) if kind == "PDF" else _image(content, kind, megapixels)


def _image(content: bytes, kind: str, megapixels: int) -> bytes:
    """Return an image written anew: upright, no larger than needed, and nothing but its pixels."""
    from PIL import Image, ImageOps

    if b"%PDF-" in content or any(mark in content.lower() for mark in PROGRAMS):
        raise Refused("hides")
    Image.MAX_IMAGE_PIXELS = megapixels * 1_000_000
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as opened:
                image = ImageOps.exif_transpose(opened)
                image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                return _written(image, kind)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
        raise Refused("pixels") from None
    except (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError):
        # Pillow says in many ways that a picture is not whole.
        raise Refused("broken") from None


def _written(image: Any, kind: str) -> bytes:
    """Write the pixels of an image into a picture of their own."""
    from PIL import Image

    mode = "RGBA" if kind == "PNG" and ("A" in image.getbands() or "transparency" in image.info) else "RGB"
    pixels = image.convert("L" if image.mode in {"1", "L"} else mode)
    plain = Image.new(pixels.mode, pixels.size)
    plain.paste(pixels)
    kept = io.BytesIO()
    if kind == "PNG":
        plain.save(kept, "PNG", optimize=False)
    else:
        plain.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


def _pdf(content: bytes) -> bytes:
    """Return a PDF as it came, after walking through everything it holds."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    if b"%%EOF" not in content[-PDF_HEAD:]:
        raise Refused("broken")
    if any(mark in content[:PDF_HEAD].lower() for mark in PROGRAMS):
        raise Refused("hides")
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if reader.encrypted:
            raise Refused("locked")
        pages = int(reader.root["/Pages"]["/Count"])
        if not 1 <= pages <= MOST_PAGES:
            raise Refused("broken")
        for each in _objects(reader):
            _check_quiet(each)
    except (
        PdfError,
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ):
        raise Refused("broken") from None
    except MemoryError:
        raise Refused("pixels") from None
    return content


def _objects(reader: Any) -> Iterator[Any]:
    """Yield every object that can be reached from the root of a PDF, each once."""
    from pyhanko.pdf_utils import generic

    waiting: list[Any] = [reader.root, reader.trailer.raw_get("/Info") if "/Info" in reader.trailer else None]
    seen: set[tuple[int, int]] = set()
    count = 0
    while waiting:
        found = waiting.pop()
        if isinstance(found, generic.IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            found = found.get_object()  # type: ignore[no-untyped-call]
        count += 1
        if count > MOST_OBJECTS:
            raise Refused("broken")
        yield found
        if isinstance(found, generic.DictionaryObject):
            waiting.extend(found.raw_get(key) for key in found)
        elif isinstance(found, generic.ArrayObject):
            waiting.extend(found.raw_get(at) for at in range(len(found)))


def _check_quiet(found: Any) -> None:
    """Raise `Refused` for an object that runs something, sends something or holds another file."""
    from pyhanko.pdf_utils import generic

    if not isinstance(found, generic.DictionaryObject):
        return
    names = {str(key) for key in found}
    action = found.raw_get("/S") if "/S" in names else None
    if names & ACTIVE_KEYS or (isinstance(action, generic.NameObject) and str(action) in ACTIVE_ACTIONS):
        raise Refused("active")


def main() -> int:
    """Look at what comes on standard input; return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        kept = looked_at(content, frozenset(sys.argv[1].split(",")), int(sys.argv[2]))
    except Refused as refused:
        return CODES[str(refused)]
    sys.stdout.buffer.write(kept)
    sys.stdout.buffer.flush()
    return KEPT


if __name__ == "__main__":
    sys.exit(main())
