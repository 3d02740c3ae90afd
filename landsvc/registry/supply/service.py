"""Answer requests for land data, keep the signed replies, and let them be read, taken and verified.

What the reply says is gathered under the rules of the data (`answering`, `rules`); who prints and signs it is given by
the caller, since pages stand above this room. Services take a session and never commit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.filestore import FileStore
from landsvc.identity.actors import Actor
from landsvc.identity.errors import RoleNeeded
from landsvc.identity.fields import readers, sees
from landsvc.identity.service import trace
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers.land import Place
from landsvc.registry.dossiers.model import Dossier
from landsvc.registry.records import now
from landsvc.registry.supply import queries
from landsvc.registry.supply.answering import Question, Sources, Tree, about_parcel, fee_of
from landsvc.registry.supply.errors import AskerUnknown, ReplyNotMade, ReplyNotReady
from landsvc.registry.supply.queries import ReplyLine as ReplyLine
from landsvc.registry.supply.queries import ReplyProof as ReplyProof
from landsvc.registry.supply.rules import NUMBERS, RIGHTS, Asker, Document, Fee, Request

MARK_LETTERS = 16
APPLICANT = "applicant"


@dataclass(frozen=True)
class Reply:
    """What a request is answered: the tree, the parcels and the parties it tells of."""

    verify_id: str
    tree: Tree
    units: tuple[int, ...]
    parties: tuple[str, ...]

    @property
    def content(self) -> bytes:
        """Return the answer as it is kept, in one fixed order."""
        return json.dumps(self.tree, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """Return the digest of the answer."""
        return sha256(self.content).hexdigest()

    @property
    def mark(self) -> str:
        """Return the beginning of the digest: what the QR code bears."""
        return self.digest[:MARK_LETTERS]


@dataclass(frozen=True)
class Signed:
    """A reply as a signed PDF, and whose key signed it."""

    pdf: bytes
    signer: str


Sign = Callable[[Reply], Signed]
"""Print a reply and sign it with the key of the office."""


def list_askers(session: Session) -> tuple[list[Asker], list[Fee]]:
    """Return who may ask for data today and learn what, and what it costs."""
    today = clock.today()
    return queries.askers(session, on_day=today), queries.fees(session, on_day=today)


def answer(
    session: Session,
    sources: Sources,
    dossier: Dossier,
    request: Request,
    places: Sequence[Place],
    *,
    authority: str,
    actor: Actor,
) -> Reply:
    """Return what a request is told as things are known now; the readings are traced. Raises `AskerUnknown`."""
    asker = _asker(session, request.asker)
    # Taken before anything is read: what changes meanwhile counts as later than the answer.
    times = now()
    whole = dossiers.get_whole(session, dossier.code)
    applicants = [each for each in whole.applicants if each.capacity == APPLICANT]
    known = frozenset(each.party for each in applicants if each.party)
    question = Question(request, asker, known, dossier.code, dossier.procedure)
    told = [about_parcel(session, sources, place, question, times, actor=actor) for place in places]
    verify_id = uuid4().hex
    fees = queries.fees(session, on_day=times.valid_at)
    tree = {
        "reply": verify_id,
        "dossier": dossier.code,
        "authority": authority,
        "validAt": times.valid_at.isoformat(),
        "knownAt": times.known_at.isoformat(),
        "asker": {
            "kind": asker.code,
            "nameVi": asker.name_vi,
            "nameEn": asker.name_en,
            "names": [each.name for each in applicants],
            "law": asker.law,
        },
        "purpose": request.purpose,
        "basis": request.basis,
        "proof": _proof(request),
        "parcels": [each.tree for each in told],
        "fee": fee_of(asker, fees, len(places)),
    }
    named = sorted(set().union(*(each.parties for each in told)))
    return Reply(verify_id, tree, tuple(place.unit_id for place in places), tuple(named))


def supply(
    session: Session, store: FileStore, sign: Sign, reply: Reply, *, dossier_id: int, record_id: int, actor: Actor
) -> None:
    """Print and sign a reply, keep answer and file, and trace that they left the register."""
    signed = sign(reply)
    tree = reply.tree
    queries.add_reply(
        session,
        dossier_id=dossier_id,
        record_id=record_id,
        verify_id=reply.verify_id,
        asker=tree["asker"]["kind"],
        known_at=tree["knownAt"],
        units=list(reply.units),
        parts=parts_told(tree),
        parties=list(reply.parties),
        answer_sha256=store.put(reply.content),
        file_sha256=store.put(signed.pdf),
        size_bytes=len(signed.pdf),
        authority=tree["authority"],
        signer=signed.signer,
        fee_vnd=tree["fee"]["totalVnd"],
        account_id=actor.account_id,
        account_name=actor.name,
    )
    details = {"asker": tree["asker"]["kind"], "parts": parts_told(tree), "about": _about(reply.parties)}
    trace(session, "data.supplied", who=actor, on=f"dossier:{tree['dossier']}", details=details)


def find_reply(session: Session, code: str) -> ReplyLine | None:
    """Return the reply of a dossier, without what it says; None where there is none."""
    return queries.reply_of(session, code=code)


def read_reply(session: Session, code: str, *, actor: Actor) -> ReplyLine:
    """Return the reply of a dossier to an officer who opens it; it is traced.

    Raises `ReplyNotMade`, and `RoleNeeded` where it may tell whole identity numbers to a role that reads none.
    """
    found = queries.reply_of(session, code=code)
    if found is None:
        raise ReplyNotMade(field="code", dossier=code)
    tells_numbers = RIGHTS in found.parts and NUMBERS in _asker(session, found.asker).sees
    if tells_numbers and not sees(actor.roles, "identity-number"):
        raise RoleNeeded(roles=", ".join(readers("identity-number")))
    details = {"file": found.file_sha256, "about": _about(found.parties)}
    trace(session, "reply.read", who=actor, on=f"dossier:{code}", details=details)
    return found


def take_reply(session: Session, code: str, secret: str) -> tuple[str, str]:
    """Return the digests of answer and file to whoever holds the receipt; it is traced.

    In a unit of work of the role `landsvc_tracker`. Raises `ReplyNotReady`, for a wrong secret too.
    """
    found = queries.take(session, code=code, secret=secret)
    if found is None:
        raise ReplyNotReady(field="secret", dossier=code)
    return found


def is_ready(session: Session, code: str, secret: str) -> bool:
    """Tell whoever holds the receipt whether a reply waits for them; as the role `landsvc_tracker`."""
    return queries.ready(session, code=code, secret=secret)


def find_proof(session: Session, verify_id: str) -> ReplyProof | None:
    """Return what anybody may know of a reply by the code of its QR; None for the code of another paper."""
    return queries.proof(session, verify_id=verify_id)


def parts_told(tree: Tree) -> list[str]:
    """Return the parts an answer says of any of its parcels."""
    return sorted({part for each in tree["parcels"] for part in each if part not in _FRAME})


_FRAME = frozenset({"parcel", "proven", "withheld"})


def _asker(session: Session, code: str) -> Asker:
    found = queries.askers(session, on_day=clock.today(), code=code)
    if not found:
        known = ", ".join(each.code for each in queries.askers(session, on_day=clock.today()))
        raise AskerUnknown(field="asker", asker=code, known=known)
    return found[0]


def _proof(request: Request) -> dict[str, Any]:
    """Return by what the asker proved that the law lets it know, without codes of parties."""
    return {
        "document": _document(request.document) if request.document else None,
        "transaction": request.transaction,
        "consents": [_document(each) for each in request.consents.values()],
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "docNo": document.doc_no,
        "docOn": document.doc_on.isoformat() if document.doc_on else None,
        "issuer": document.issuer,
    }


def _about(codes: Sequence[str]) -> list[str]:
    return [f"party:{code}" for code in codes]
