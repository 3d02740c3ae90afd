"""Say what a procedure starts from and what shall be after it, for tests of completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.drafts import split

MILLION = 10**6


@contextmanager
def completing(dsn: str, data: str, *, parcels: int) -> Iterator[World]:
    """Yield an office over a cloned database with so many parcels in a row."""
    lay(dsn, parcels=parcels)
    with office(dsn, DATA=data) as person:
        known: dict[str, Any] = {}
        yield World(dsn, lambda login: known.setdefault(login, person(login)))


def marked(names: Iterable[str], long: set[str]) -> list[Any]:
    """Return scenarios as pytest takes them; those that differ little from others are for `--long`."""
    return [pytest.param(name, marks=pytest.mark.long) if name in long else name for name in names]


def nobody() -> None:
    """Do nothing meanwhile."""


@dataclass
class Given:
    """What a scenario starts from, and what shall be: the land after, by parcel."""

    refs: list[str]
    facts: dict[str, Any]
    after: dict[str, list[Any]]
    draft: str | None = None
    then: Callable[[Any], None] = lambda done: None
    case: str = ""
    undone: bool = True
    meanwhile: Callable[[], object] = nobody
    """What others do once it is signed."""
    papers: tuple[str, ...] = ("annotated",)
    """The states, after it, of the certificates that were in force, in the order they were issued."""
    fresh: dict[str, int | None] = field(default_factory=dict)
    """The parcels that have another certificate after it, with the place of the one it replaces."""


def use(*holders: str | tuple[str, str], term: str = "") -> tuple[Any, ...]:
    """Return a right of use as `World.land` tells it."""
    return ("use", sorted(each if isinstance(each, tuple) else (each, "") for each in holders), 0, term)


def mortgage(bank: str, amount: int = 0) -> tuple[Any, ...]:
    return ("mortgage", [(bank, "")], amount, "")


def transfer(right: str, *holders: dict[str, Any], mode: str = "sole", **more: Any) -> dict[str, Any]:
    return {"right.transfer": [{"right": right, "mode": mode, "holders": list(holders), **more}]}


def whole(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    return Given([ref], transfer(right, holder(b)), {ref: [use(b)]})


def share(world: World) -> Given:
    a, b, c = (world.registry.party() for _ in range(3))
    ref, right = world.held_by((a, "1/2"), (b, "1/2"))
    facts = transfer(right, holder(c, "1/4"), mode="shares", giver=a)
    return Given([ref], facts, {ref: [use((a, "1/4"), (b, "1/2"), (c, "1/4"))]})


def piece(world: World) -> Given:
    a, b = world.registry.party(), world.registry.party()
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    names = planned(world, draft)
    facts = transfer(right, holder(b), parcels=["piece-2"])
    return Given([ref], facts, {names[0]: [use(a)], names[1]: [use(b)]}, draft, papers=("replaced",),
                 fresh={names[0]: 0, names[1]: None})  # fmt: skip


def releasing(world: World) -> Given:
    a, bank = world.registry.party(), world.registry.party()
    ref, _ = world.held_by(a)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    return Given([ref], {"encumbrance.end": [{"right": burden}]}, {ref: [use(a)]})


def planned(world: World, draft: str) -> list[str]:
    """Return the numbers of the parcels a draft will make, in the order of its pieces."""
    return [each["ref"] for each in world.registry.get(f"/drafts/{draft}/preview")["after"]]


def blocking(ref: str, kind: str = "block") -> dict[str, Any]:
    """Return a notice about a parcel, as the API takes it."""
    return {"kind": kind, "scope": "parcel", "parcel": ref, "issuerKind": "court", "issuer": "TAND", "docNo": "3"}
