"""Check how parties hold together: alone, jointly without fractions, or by exact fractions that sum to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from landsvc.registry.rights.errors import HoldersNotFit, HolderTwice, ShareMalformed, SharesNotOne

SOLE, JOINT, SHARES = "sole", "joint", "shares"
MODES = (SOLE, JOINT, SHARES)
MOST_DENOMINATOR = 10**12


def read_share(text: str, field: str) -> Fraction:
    """Return a share written as `1/3`; raise `ShareMalformed`."""
    found = re.fullmatch(r"([1-9][0-9]{0,12})/([1-9][0-9]{0,12})", text.strip())
    share = Fraction(int(found[1]), int(found[2])) if found else Fraction(0)
    if not 0 < share < 1 or share.denominator > MOST_DENOMINATOR:
        raise ShareMalformed(field=field, share=text[:40])
    return share


def check_holders(mode: str, holders: Sequence[tuple[str, Fraction | None]]) -> None:
    """Raise `HolderTwice`, `HoldersNotFit` or `SharesNotOne`; the database checks the same when a change commits.

    Source: Bộ luật Dân sự Điều 207, 209, 210 (by shares, jointly).
    """
    codes = [code for code, _ in holders]
    for at, code in enumerate(codes):
        if code in codes[:at]:
            raise HolderTwice(field=f"holders.{at}", party=code)
    shares = [share for _, share in holders if share is not None]
    count, with_share = len(holders), len(shares)
    fits = {
        SOLE: count == 1 and not shares,
        JOINT: count > 1 and not shares,
        SHARES: count > 1 and with_share == count,
    }
    if not fits[mode]:
        raise HoldersNotFit(field="holders", mode=mode, holders=count, shares=with_share)
    if shares and sum(shares) != 1:
        raise SharesNotOne(field="holders", sum=str(sum(shares)))
