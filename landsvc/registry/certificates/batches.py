"""Print the certificates of a commune one after the other, say how far it is; keep how far off printers print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.certificates import print_queries as queries
from landsvc.registry.certificates.blank_queries import Keeper, works_at
from landsvc.registry.certificates.errors import BatchNotFound, BlankElsewhere, NothingToPrint, PrinterUnknown
from landsvc.registry.certificates.print_queries import BatchHead as BatchHead
from landsvc.registry.certificates.print_queries import BatchItem as BatchItem
from landsvc.registry.certificates.print_queries import BatchLine as BatchLine
from landsvc.registry.certificates.print_queries import CommuneWaiting as CommuneWaiting
from landsvc.registry.certificates.print_queries import Offset as Offset
from landsvc.registry.certificates.print_queries import Waiting as Waiting

MOST = 2000
"""Certificates of one batch: about half an hour of one processor."""
MOST_COMMUNES = 200


@dataclass(frozen=True)
class Batch:
    """A batch with its certificates."""

    head: BatchHead
    items: Sequence[BatchItem]

    @property
    def done(self) -> int:
        """Return how many certificates are printed or refused."""
        return sum(each.done_at is not None for each in self.items)

    @property
    def failed(self) -> int:
        """Return how many were refused."""
        return sum(each.problem is not None for each in self.items)


def ask_batch(session: Session, commune: str, *, actor: Actor) -> int:
    """Let the worker print and sign all certificates of a commune that wait; return the number of the batch.

    Left out is what the one who signs issued: somebody else signs it. Raises `NothingToPrint`.
    """
    serials = queries.unprinted(session, commune, actor.login, MOST)
    if not serials:
        raise NothingToPrint(field="commune", commune=commune)
    made = queries.add_batch(
        session,
        commune=commune,
        account_id=actor.account_id,
        login=actor.login,
        account_name=actor.name,
        serials=serials,
    )
    details = {"commune": commune, "certificates": len(serials)}
    trace(session, "certificate.batch-asked", who=actor, on=f"batch:{made}", details=details)
    return made


def communes_waiting(session: Session, *, actor: Actor) -> list[CommuneWaiting]:
    """Return the communes with certificates that somebody may have printed, those they issued left out."""
    return queries.communes_waiting(session, actor.login, MOST_COMMUNES)


def next_waiting(session: Session) -> Waiting | None:
    """Return a certificate that waits to be printed; nobody else takes it while the transaction lasts."""
    return queries.next_waiting(session)


def end_item(session: Session, waiting: Waiting, *, print_id: int | None, problem: str | None) -> None:
    """Keep what became of a certificate: its print, or the code of what stands against it."""
    queries.end_item(session, batch_id=waiting.batch_id, seq=waiting.seq, print_id=print_id, problem=problem)


def get_batch(session: Session, batch_id: int) -> Batch:
    """Return a batch; raise `BatchNotFound`."""
    found = queries.batch(session, batch_id)
    if found is None:
        raise BatchNotFound(field="batch", batch=batch_id)
    return Batch(found, queries.items(session, batch_id))


def list_batches(session: Session, page: int) -> list[BatchLine]:
    """Return the last batches, the newest first."""
    return queries.batches(session, page)


def set_offset(
    session: Session, branch: Keeper, printer: str, right_mm: float, down_mm: float, *, actor: Actor
) -> int:
    """Keep how far what a printer prints must be moved; raise `BlankElsewhere` for another branch."""
    if not works_at(session, branch.id):
        raise BlankElsewhere(field="branch")
    return queries.add_offset(
        session,
        branch_id=branch.id,
        printer=printer,
        right_mm=right_mm,
        down_mm=down_mm,
        made_by=actor.login,
    )


def offsets(session: Session, branch: Keeper) -> list[Offset]:
    """Return the printers of a branch with their offsets."""
    return queries.offsets(session, branch.id)


def offset_of(session: Session, branch: Keeper, printer: str | None) -> tuple[float, float]:
    """Return the offset of a printer, none where none is named; raise `PrinterUnknown`."""
    if printer is None:
        return 0.0, 0.0
    for each in queries.offsets(session, branch.id):
        if each.printer == printer:
            return each.right_mm, each.down_mm
    raise PrinterUnknown(field="printer", printer=printer[:60], branch=branch.code)
