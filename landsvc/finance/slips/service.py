"""Issue slips to the tax office, hand them over in the order they were issued, and take its answers in.

A slip is told once: its JSON is written, digested, signed with the key of the office and kept sealed in the transaction
that moves the dossier. What is to be said otherwise is said by the next version. The machine of the tax office reads on
by the number of the last slip it has; numbers come in the order of commits, so it misses none.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import Database
from landsvc.core.secrets import Vault
from landsvc.core.signing import Signer, SigningKeyMissing
from landsvc.finance.slips import queries, sealing
from landsvc.finance.slips.content import SlipContent, SlipFacts, bytes_of, unknown_of
from landsvc.finance.slips.errors import ReturnReasonUnknown, SlipAnsweredOtherwise, SlipNotFound, SlipReplaced
from landsvc.finance.slips.queries import PublishedKey as PublishedKey
from landsvc.finance.slips.queries import ReasonLine as ReasonLine
from landsvc.finance.slips.queries import SlipLine as SlipLine
from landsvc.identity.actors import Actor, Client
from landsvc.identity.service import trace

ISSUED, RETURNED = "slip.issued", "slip.returned"
"""Topics of the outbox; the key is the code of the dossier."""


@dataclass(frozen=True)
class Slip:
    """A slip with the bytes that were signed."""

    line: SlipLine
    content: bytes

    @property
    def jws(self) -> str:
        """Return the signed slip as one compact JWS, whose payload is the slip's bytes."""
        head, _, signature = self.line.signature.split(".")
        return f"{head}.{urlsafe_b64encode(self.content).rstrip(b'=').decode()}.{signature}"


@dataclass(frozen=True)
class Answer:
    """What the tax office answers: `received`, or `returned` with its reasons."""

    kind: str
    reasons: Sequence[str] = ()
    note: str | None = None
    document_no: str | None = None


def issue(session: Session, vault: Vault, signer: Signer, facts: SlipFacts, *, actor: Actor) -> Slip:
    """Issue the next version of a dossier's slip within the caller's transaction; raise `SigningKeyMissing`."""
    dossier = facts.dossier.dossier
    earlier = queries.slips_of_dossier(session, dossier=dossier)
    last = earlier[-1] if earlier else None
    number, at = queries.next_slip(session), clock.now()
    slip_no = f"PCTT-{at.astimezone(OFFICE_ZONE).year}-{number:06d}"
    content = SlipContent(
        **dict(facts),
        slip_no=slip_no,
        number=f"{number}/PCTT",
        version=len(earlier) + 1,
        replaces=last.slip_no if last else None,
        issued_at=at,
        issued_by=actor.name,
        not_known=unknown_of(facts),
    )
    told = bytes_of(content)
    signed = signer.sign_bytes(told)
    queries.add_slip(
        session,
        id=number,
        slip_no=slip_no,
        dossier=dossier,
        version=content.version,
        replaces_id=last.id if last else None,
        account_id=actor.account_id,
        sealed=sealing.sealed(vault, slip_no, told),
        sha256=sha256(told).digest(),
        signature=signed.signature,
        key_id=signed.key_id,
        not_known=content.not_known,
        tax_office_code=facts.dossier.tax_office,
    )
    queries.keep_key(session, signer.public_key())
    queries.announce(session, ISSUED, dossier=dossier, slip_no=slip_no, version=content.version)
    trace(session, "slip.issued", who=actor, on=f"slip:{slip_no}", details={"dossier": dossier})
    return _opened(vault, get_line(session, slip_no))


def published_keys(database: Database, signer: Signer) -> list[PublishedKey]:
    """Return the keys that prove slips: today's, where the office has one, and every one that signed before."""
    try:
        today = signer.public_key()
    except SigningKeyMissing:
        return queries.signing_keys(database)
    known = queries.signing_keys(database)
    since = next((each.since for each in known if each.key == today), None)
    return [PublishedKey(today, since, None), *(each for each in known if each.key != today)]


def slips_after(
    session: Session, vault: Vault, *, after: int, page: int, client: Client
) -> tuple[list[Slip], bool]:
    """Return one page of slips in the order they were issued, and whether others follow; the reading is traced."""
    found = queries.slips_after(session, after=after, page=page)
    shown = [_opened(vault, each) for each in found[:page]]
    if shown:
        slips = [each.line.slip_no for each in shown]
        details = {"slips": slips, "about": [f"slip:{slip_no}" for slip_no in slips]}
        trace(session, "slip.read", who=client, details=details)
    return shown, len(found) > page


def get_slip(session: Session, vault: Vault, slip_no: str, *, who: Actor | Client) -> Slip:
    """Return a slip; raise `SlipNotFound`. The reading is traced."""
    found = get_line(session, slip_no)
    trace(session, "slip.read", who=who, on=f"slip:{slip_no}")
    return _opened(vault, found)


def get_version(session: Session, vault: Vault, slip_no: str, version: int, *, who: Actor | Client) -> Slip:
    """Return one version of what a slip tells of its dossier; raise `SlipNotFound`. The reading is traced."""
    found = get_line(session, slip_no)
    same = [each for each in slips_of(session, found.dossier) if each.version == version]
    if not same:
        raise SlipNotFound(field="version", slip=f"{slip_no}, {version}")
    return get_slip(session, vault, same[0].slip_no, who=who)


def get_line(session: Session, slip_no: str) -> SlipLine:
    """Return what became of a slip, without what it says; raise `SlipNotFound`."""
    found = queries.slip_of_no(session, slip_no=slip_no)
    if found is None:
        raise SlipNotFound(field="slip", slip=slip_no)
    return found


def slips_of(session: Session, dossier: str) -> list[SlipLine]:
    """Return the slips of a dossier, the first first, without what they say."""
    return queries.slips_of_dossier(session, dossier=dossier)


def answer(session: Session, slip_no: str, given: Answer, *, client: Client) -> tuple[SlipLine, bool]:
    """Keep what the tax office answers to a slip, once; return the slip and whether the answer is new.

    Raises `SlipNotFound`, `SlipReplaced`, `ReturnReasonUnknown`, or `SlipAnsweredOtherwise` where it was returned
    before with other reasons.
    """
    found = get_line(session, slip_no)
    if _answered(found, given):
        return found, False
    if found.replaced:
        raise SlipReplaced(field="slip")
    _check_reasons(session, given.reasons)
    is_first = queries.answer(
        session,
        slip_id=found.id,
        kind=given.kind,
        reasons=list(given.reasons),
        note=given.note,
        document_no=given.document_no,
        api_client_id=client.id,
    )
    found = get_line(session, slip_no)
    if not is_first:
        _answered(found, given)  # two at the same instant are as two in a row
        return found, False
    trace(
        session,
        f"slip.{given.kind}",
        who=client,
        on=f"slip:{slip_no}",
        details={"reasons": list(given.reasons)},
    )
    if given.kind == "returned":
        queries.announce(
            session,
            RETURNED,
            dossier=found.dossier,
            slip_no=slip_no,
            version=found.version,
            reasons=given.reasons,
            note=given.note,
            document_no=given.document_no,
        )
    return found, True


def reasons(session: Session) -> list[ReasonLine]:
    """Return every reason for a return, also those no longer in force."""
    return queries.return_reasons(session)


def _answered(found: SlipLine, given: Answer) -> bool:
    """Return whether a slip has this answer already; raise `SlipAnsweredOtherwise` where it has another one."""
    if given.kind == "received":
        return found.received_at is not None
    if found.returned_at is None:
        return False
    if (list(found.reasons), found.note, found.document_no) != (
        list(given.reasons),
        given.note,
        given.document_no,
    ):
        raise SlipAnsweredOtherwise(slip=found.slip_no)
    return True


def _check_reasons(session: Session, codes: Sequence[str]) -> None:
    today = clock.today()
    known = {each.code for each in queries.return_reasons(session) if each.holds_on(today)}
    if unknown := [code for code in codes if code not in known]:
        raise ReturnReasonUnknown(field="reasons", reasons=", ".join(unknown))


def _opened(vault: Vault, line: SlipLine) -> Slip:
    return Slip(line, sealing.opened(vault, line.slip_no, line.sealed))
