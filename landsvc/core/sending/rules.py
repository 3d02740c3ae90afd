"""Decide when a message is sent again. Pure, no network."""

from __future__ import annotations

FIRST_DELAY_S, MOST_DELAY_S = 5.0, 2 * 3600.0
GIVE_UP_AFTER_S = 48 * 3600.0
JITTER = 0.2
"""A pause is up to a fifth longer or shorter: what failed together does not come back together."""


def delay_s(tries: int, waited_s: float, chance: float, asked_s: float | None = None) -> float | None:
    """Return the pause before the next try in seconds, None where there is none: two days after the first.

    `tries` were made since `waited_s` seconds; `chance` is from 0 to 1; `asked_s` is what the receiver asked for.
    """
    pause = min(FIRST_DELAY_S * 2.0 ** min(tries - 1, 30), MOST_DELAY_S) * (1 - JITTER + 2 * JITTER * chance)
    if asked_s is not None:
        pause = max(pause, min(asked_s, MOST_DELAY_S))
    return pause if waited_s + pause <= GIVE_UP_AFTER_S else None
