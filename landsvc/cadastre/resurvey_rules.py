"""Link the parcels of an old map with those of a new survey by what they share: pure functions, no database.

A link is *strong* where most of one parcel lies in the other. Strong links fall into families, and a family is what
happened: one parcel measured again, a division, a joining, or something a person has to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Texts = NDArray[np.object_]
SURE, UNSURE = "sure", "unsure"
ONE, DIVIDED, JOINED, MANY, PART = "1-1", "1-n", "n-1", "n-m", "part"


@dataclass(frozen=True)
class Thresholds:
    """When a link counts; kept in `cadastre.resurvey_threshold`."""

    sure_share: float
    """At least this share of a parcel lies in another: it is that parcel, a part of it, or went into it."""
    noise_share: float
    """Below this share of both an overlap is a boundary drawn anew, and no link."""
    uncovered_share: float
    """A survey that leaves more than this share of the old map uncovered is refused."""
    uncovered_width_m: float
    """Uncovered land narrower than this, on average, is a boundary drawn anew."""


@dataclass(frozen=True)
class Shared:
    """Which old parcels share land with which new ones: indexes, the area in m², and the shares of both."""

    old: Integers
    new: Integers
    area_m2: Floats
    of_old: Floats
    of_new: Floats


@dataclass(frozen=True)
class Links:
    """The links of two maps, and for each old parcel the new one it is (-1: not the same parcel)."""

    old: Integers
    new: Integers
    kind: Texts
    state: Texts
    of_old: Floats
    of_new: Floats
    same: Integers
    gone: Integers
    """Old parcels of whose land the new survey has nothing."""
    fresh: Integers
    """New parcels on land where the old map had nothing."""


def link(shared: Shared, many_old: int, many_new: int, alike: Booleans, limits: Thresholds) -> Links:
    """Return the links; `alike` tells for each pair whether both are parcels or both are roads and waters."""
    counts = np.maximum(shared.of_old, shared.of_new) >= limits.noise_share
    strong = np.maximum(shared.of_old, shared.of_new) >= limits.sure_share
    family = _families(shared.old[strong], shared.new[strong], many_old, many_new)
    kind = np.full(len(shared.old), PART, dtype=object)
    state = np.full(len(shared.old), UNSURE, dtype=object)
    for rows in _groups(np.flatnonzero(strong), family[shared.old[strong]]):
        kind[rows], state[rows] = _judge(shared, rows, alike, limits.sure_share)
    loose = counts & ~strong
    # Nothing strong leads from this parcel, or to it: what it shares with several is all there is.
    lost = ~np.isin(np.arange(many_old), shared.old[strong])
    made = ~np.isin(np.arange(many_new), shared.new[strong])
    kind[loose & (lost[shared.old] | made[shared.new])] = MANY
    same = np.full(many_old, -1, dtype=np.int64)
    one = (kind == ONE) & (state == SURE)
    same[shared.old[one]] = shared.new[one]
    kept = np.flatnonzero(counts)
    return Links(
        shared.old[kept],
        shared.new[kept],
        kind[kept],
        state[kept],
        shared.of_old[kept],
        shared.of_new[kept],
        same,
        np.setdiff1d(np.arange(many_old), shared.old[kept]),
        np.setdiff1d(np.arange(many_new), shared.new[kept]),
    )


def _judge(shared: Shared, rows: Integers, alike: Booleans, sure: float) -> tuple[str, str]:
    """Return the kind and the state of one family of strong links."""
    olds, news = len(np.unique(shared.old[rows])), len(np.unique(shared.new[rows]))
    of_old, of_new = shared.of_old[rows], shared.of_new[rows]
    whole_old, whole_new = of_old.sum() >= sure, of_new.sum() >= sure
    if olds == news == 1:
        good = bool(of_old.min() >= sure and of_new.min() >= sure and alike[rows].all())
        return ONE, SURE if good else UNSURE
    if olds == 1:
        return DIVIDED, SURE if of_new.min() >= sure and whole_old and alike[rows].all() else UNSURE
    if news == 1:
        return JOINED, SURE if of_old.min() >= sure and whole_new and alike[rows].all() else UNSURE
    return MANY, UNSURE


def _families(old: Integers, new: Integers, many_old: int, many_new: int) -> Integers:
    """Return for each old parcel the number of its family; who is linked through others is of one family."""
    head = np.arange(many_old + many_new)
    ends = np.stack([old, new + many_old])
    while len(old):
        low = head[ends].min(axis=0)
        before = head.copy()
        np.minimum.at(head, ends[0], low)
        np.minimum.at(head, ends[1], low)
        head = head[head]
        if (head == before).all():
            break
    return head[:many_old]


def _groups(rows: Integers, family: Integers) -> Iterator[Integers]:
    order = np.argsort(family, kind="stable")
    cuts = np.flatnonzero(np.diff(family[order])) + 1
    return (group for group in np.split(rows[order], cuts) if len(group))
