"""Link dossiers into chains, completed in order: a release, the split, the buyers, a buyer's mortgage.

A dossier names the one it waits for. The database refuses to complete it before (`earlier-dossier-first`), also when
the other was refused or withdrawn: then somebody decides what becomes of it, and takes the link off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.chain_errors import NotLinked
from landsvc.registry.dossiers.errors import DossierNotFound
from landsvc.registry.dossiers.model import Linked

SQL = statements("registry", "queries_chains.sql")


def link(session: Session, code: str, earlier: str, *, actor: Actor) -> None:
    """Let a dossier wait for another; sent again, nothing changes. It is traced.

    Raises `DossierNotFound`, and by the database `ChainClosed` and `ChainEnded`.
    """
    ids = {"dossier_id": _id(session, code, "code"), "waits_for_id": _id(session, earlier, "waitsFor")}
    rows_of(session, SQL["add_dossier_link"], **ids, account_id=actor.account_id)
    identity.trace(session, "dossier.linked", who=actor, on=f"dossier:{code}", details={"waitsFor": earlier})


def unlink(session: Session, code: str, earlier: str, *, actor: Actor) -> None:
    """Let a dossier wait for another no more. It is traced. Raises `DossierNotFound` or `NotLinked`."""
    ids = {"dossier_id": _id(session, code, "code"), "waits_for_id": _id(session, earlier, "waitsFor")}
    if not rows_of(session, SQL["end_dossier_link"], **ids):
        raise NotLinked(field="waitsFor", dossier=code, earlier=earlier)
    identity.trace(session, "dossier.unlinked", who=actor, on=f"dossier:{code}", details={"waitsFor": earlier})


def chain_of(session: Session, dossier_id: int) -> tuple[Linked, ...]:
    """Return the whole chain of a dossier in the order it is completed; nothing for one that stands alone."""
    rows: list[Any] = rows_of(session, SQL["dossier_chain"], dossier_id=dossier_id)
    found = [Linked(*[*row[:7], tuple(row[7])]) for row in rows]
    return tuple(in_order(found)) if len(found) > 1 else ()


def in_order(found: Sequence[Linked]) -> list[Linked]:
    """Return the dossiers of a chain so that each comes after those it waits for, else as they were opened."""
    left, placed = list(found), list[Linked]()
    while left:
        done = {each.code for each in placed}
        # The database lets no circle be: one of those left always waits for none of the others.
        following = next(each for each in left if done.issuperset(each.waits_for))
        left.remove(following)
        placed.append(following)
    return placed


def _id(session: Session, code: str, field: str) -> int:
    found = queries.dossier_by_code(session, code=code)
    if found is None:
        raise DossierNotFound(field=field, code=code)
    return found.id
