"""Hand memory that is no longer used back to the system."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import pyarrow as pa


def hand_back() -> None:
    """Give freed memory back: after a step of millions of small geometries the C library keeps most of it.

    A library without `malloc_trim` (not glibc) keeps what it likes. It takes some milliseconds.
    """
    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
