"""Files as people mean harm, or as phones break them; each made here, none copied."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image
from pyhanko.pdf_utils import generic, writer


def picture(kind: str = "JPEG", size: tuple[int, int] = (120, 80), **options) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    kept = io.BytesIO()
    image.save(kept, kind, **options)
    return kept.getvalue()


def with_place() -> bytes:
    """Return a photograph lying on its side, which tells where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825)[2] = (11.0, 32.0, 6.0)
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif, comment=b"SecretComment")


def archive() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        made.writestr("evil.js", "alert(1)")
    return kept.getvalue()


def bomb(side: int = 40_000) -> bytes:
    """Return a PNG of a few kilobytes' header that says it unfolds into more than a thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * 1_000_000)
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def paper(**root: generic.PdfObject) -> bytes:
    """Return a PDF of one page whose catalogue holds more besides."""
    made = writer.PdfFileWriter()
    made.insert_page(
        writer.PageObject(
            contents=made.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 200, 280)
        )
    )
    for name, value in root.items():
        made.root[generic.pdf_name(f"/{name}")] = value
    kept = io.BytesIO()
    made.write(kept)
    return kept.getvalue()


def action(kind: str, **more: generic.PdfObject) -> generic.DictionaryObject:
    found = generic.DictionaryObject({generic.pdf_name("/S"): generic.pdf_name(f"/{kind}")})
    for name, value in more.items():
        found[generic.pdf_name(f"/{name}")] = value
    return found


def text(value: str) -> generic.TextStringObject:
    return generic.TextStringObject(value)


def locked_paper() -> bytes:
    made = writer.PdfFileWriter()
    made.insert_page(
        writer.PageObject(
            contents=made.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 200, 280)
        )
    )
    made.encrypt("owner", "user")
    kept = io.BytesIO()
    made.write(kept)
    return kept.getvalue()


def swelling_paper(megabytes: int) -> bytes:
    """Return a PDF whose objects unfold from some megabytes into more memory than a process may have."""
    packed = zlib.compressobj(1)
    data = b"".join(packed.compress(b" " * 2**20) for _ in range(megabytes)) + packed.flush()
    body = b"%PDF-1.5\n"
    at = len(body)
    body += b"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(data)
    body += data + b"\nendstream\nendobj\n"
    xref = len(body)
    rows = struct.pack(">BIB", 0, 0, 255) + struct.pack(">BIB", 1, at, 0) + struct.pack(">BIB", 2, 1, 0)
    rows += struct.pack(">BIB", 1, xref, 0)
    body += b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Root 2 0 R/Length %d>>\nstream\n" % len(rows)
    return body + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % xref
