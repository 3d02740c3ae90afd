"""Do one act on many dossiers: each in a transaction of its own, so that one that cannot be done holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import service
from landsvc.registry.dossiers.chain_errors import EarlierDossierFirst
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.model import Move


@dataclass(frozen=True)
class Line:
    """One dossier, the revision it was decided on, and what is done with it in turn."""

    code: str
    revision: int
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Result:
    """What became of one dossier: its state and revision, or why nothing was done."""

    code: str
    state: str | None = None
    revision: int | None = None
    error: LandsvcError | None = None


def carry_out(database: Database, lines: Sequence[Line], *, actor: Actor, effects: Effects) -> list[Result]:
    """Do what each line asks, all its moves or none; return what became of each, in the order given.

    Those that wait for another of the lines come after it, in whatever order they stand. Sent again, nothing is done
    twice: each move is known by its revision.
    """
    found: dict[int, Result] = {}
    waiting = list(range(len(lines)))
    while waiting:
        for number in waiting:
            found[number] = _one(database, lines[number], actor=actor, effects=effects)
        later = [number for number in waiting if isinstance(found[number].error, EarlierDossierFirst)]
        if len(later) == len(waiting):
            break
        waiting = later
    return [found[number] for number in range(len(lines))]


def _one(database: Database, line: Line, *, actor: Actor, effects: Effects) -> Result:
    try:
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            for step, asked in enumerate(line.moves):
                seen = line.revision + step
                moved = service.move(session, line.code, asked, actor=actor, seen=seen, effects=effects)
    except LandsvcError as error:
        return Result(line.code, error=error)
    return Result(line.code, moved.dossier.state, moved.dossier.revision)
