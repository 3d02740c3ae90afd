"""Name drafts: a ULID, so that names sort by the time they were made and nobody guesses one."""

from __future__ import annotations

import secrets
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS = 80


def draft_code() -> str:
    """Return a new name such as d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H: milliseconds since 1970, then 80 random bits."""
    number = time.time_ns() // 1_000_000 << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    return "d-" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
