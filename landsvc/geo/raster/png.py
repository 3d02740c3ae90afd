"""Write pictures as PNG, the few lines of it that a tile needs."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

EFFORT = 4


def png(picture: NDArray[np.uint8]) -> bytes:
    """Write rows of red, green, blue, alpha as a PNG; each row as the difference to the one above."""
    high, wide, _ = picture.shape
    rows = np.empty((high, 1 + wide * 4), np.uint8)
    flat = picture.reshape(high, wide * 4)
    rows[:, 0] = 2  # the filter "up" of the PNG standard
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    head = struct.pack(">IIBBBBB", wide, high, 8, 6, 0, 0, 0)
    packed = zlib.compress(rows.tobytes(), EFFORT)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
