"""Check how parties hold together: alone, jointly without fractions, or by exact fractions that sum to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from landsvc.registry.rights.errors import (
    GiverHoldsNoShare,
    HoldersNotFit,
    HolderTwice,
    ShareExceeded,
    ShareMalformed,
    SharesNotOne,
)

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
    _refuse_twice([code for code, _ in holders])
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


def hand_over(
    holders: Sequence[tuple[str, Fraction | None]], giver: str, takers: Sequence[tuple[str, Fraction | None]]
) -> tuple[str, list[tuple[str, Fraction | None]]]:
    """Return how a right is held once one hands a share of it over: the others keep theirs, the giver what is left.

    Shares are of the whole; a taker alone without one takes all the giver has. Raises `GiverHoldsNoShare` for one who
    does not hold by shares, `HolderTwice`, `HoldersNotFit` and `ShareExceeded`.
    """
    held = {code: share or (Fraction(1) if len(holders) == 1 else None) for code, share in holders}
    given = held.get(giver)
    if given is None:
        raise GiverHoldsNoShare(field="giver", party=giver)
    taken = [(code, share or (given if len(takers) == 1 else None)) for code, share in takers]
    _refuse_twice([code for code, _ in taken])
    left, after = given, dict(held)
    for code, share in taken:
        if share is None:
            raise HoldersNotFit(field="holders", mode=SHARES, holders=len(taken), shares=len(taken) - 1)
        left -= share
        after[code] = (after.get(code) or Fraction(0)) + share
    if left < 0:
        raise ShareExceeded(field="holders", party=giver, held=str(given), taken=str(given - left))
    after[giver] = (after[giver] or Fraction(0)) - (given - left)
    kept: list[tuple[str, Fraction | None]] = [(code, share) for code, share in after.items() if share]
    return (SOLE, [(kept[0][0], None)]) if len(kept) == 1 else (SHARES, kept)


def _refuse_twice(codes: Sequence[str]) -> None:
    for at, code in enumerate(codes):
        if code in codes[:at]:
            raise HolderTwice(field=f"holders.{at}", party=code)
