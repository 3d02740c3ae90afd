"""Carry out what dossiers do to certificates; `app.py` registers these with the effects.

They come last in every procedure: rights and land are by then as they shall be. Whether a change is annotated or
another certificate is issued is decided by the variation, the land and the lines left (`rules.decide`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.registry.certificates import facts, rules, service
from landsvc.registry.certificates.errors import CertificateMissing, NothingToIssue
from landsvc.registry.certificates.service import CertificateGiven, CertificateLine
from landsvc.registry.dossiers.effects import Effect, Known
from landsvc.registry.records import day_of, now
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.errors import RightEnded

Told = Mapping[str, Any]
WITHDRAWN_WRONG = "TGS"
LOST_CASE, AGAIN_CASE = "lost", "again"


class Issuing:
    """The office that issues where nobody says who does."""

    def __init__(self, authority: str) -> None:
        self.authority = authority

    def issue(self, session: Session, effect: Effect, actor: Actor) -> Told:
        """Issue a certificate for a right of the land, or for each; it takes the place of the one in force."""
        given: facts.CertificateIssued = effect.facts or facts.CertificateIssued.model_validate({})
        since = day_of(given.since, "since")
        issued, closed = [], []
        for right in [given.right] if given.right else _to_certify(session, effect):
            old = [] if given.party else service.in_force_of(session, right)
            issued.append(self._issue(session, effect, given, right, old, since, actor))
            closed += [each.serial for each in old]
        closed += _collect(session, effect, since, actor)
        return {"issued": issued, "closed": closed}

    def update(self, session: Session, effect: Effect, actor: Actor) -> Told:
        """Annotate the certificate of each right that changed, or issue another one in its place."""
        given: facts.CertificateUpdated = effect.facts or facts.CertificateUpdated.model_validate({})
        since = day_of(given.since, "since")
        told: dict[str, list[str]] = {"issued": [], "annotated": [], "closed": []}
        touched = [given.right] if given.right else _changed(session, effect)
        # Asked before any is closed: what one buyer of two shows is what the other shows.
        if not given.new and service.needs_certificate(session, effect.procedure):
            _need_papers(session, effect, touched)
        for right in touched:
            old = _certificates_of(session, effect, right)
            said = given.said or _said(session, effect, right, actor)
            if old and self._fits(session, effect, given, right, old, said):
                service.annotate(
                    session,
                    old[0].serial,
                    said,
                    since=since,
                    record=effect.record,
                    actor=actor,
                    right=right,
                    dossier=effect.code,
                )
                told["annotated"].append(old[0].serial)
            else:
                told["issued"].append(self._issue(session, effect, given, right, old, since, actor))
                told["closed"] += [each.serial for each in old]
        told["closed"] += _collect(session, effect, since, actor)
        return told

    def replace(self, session: Session, effect: Effect, actor: Actor) -> Told:
        """Issue certificates in the place of others; one that was lost is cancelled first."""
        given: facts.CertificateReplaced = effect.facts or facts.CertificateReplaced.model_validate({})
        since = day_of(given.since, "since")
        old = _named(session, effect, given.certificate)
        if given.lost or effect.case == LOST_CASE:
            for each in old:
                service.close(session, each.serial, rules.LOST, since=since, record=effect.record, actor=actor)
        issued = [
            service.issue(
                session,
                CertificateGiven(
                    right=each.right,
                    party=each.party,
                    authority=given.authority or self.authority,
                    serial=given.serial,
                    book_no=given.book_no,
                    replaces=each.serial,
                ),
                since=since,
                record=effect.record,
                actor=actor,
            )
            for each in old
        ]
        return {"issued": issued, "closed": [each.serial for each in old]}

    def _issue(
        self,
        session: Session,
        effect: Effect,
        given: facts.CertificateIssued,
        right: str,
        old: Sequence[CertificateLine],
        since: date,
        actor: Actor,
    ) -> str:
        for each in old[1:]:
            service.close(session, each.serial, rules.REPLACED, since=since, record=effect.record, actor=actor)
        new = CertificateGiven(
            right=right,
            party=given.party,
            authority=given.authority or self.authority,
            serial=given.serial,
            book_no=given.book_no,
            replaces=old[0].serial if old else None,
        )
        return service.issue(session, new, since=since, record=effect.record, actor=actor)

    def _fits(
        self,
        session: Session,
        effect: Effect,
        given: facts.CertificateUpdated,
        right: str,
        old: Sequence[CertificateLine],
        said: str,
    ) -> bool:
        line = old[0]
        form = service.form_of_line(session, line)
        choice = rules.decide(
            wanted_new=given.new
            or len(old) > 1
            or given.party is not None
            or service.renews_certificate(session, effect.procedure),
            same_land=set(line.units) == rights.get_standing(session, right).units and not effect.draft,
            lines=len(rules.lines_of(said, form)),
            next_line=service.next_line(session, line),
            form=form,
        )
        return choice == rules.ANNOTATE


def annotate(session: Session, effect: Effect, actor: Actor) -> Told:
    """Annotate a certificate, or each in force of the land; without any, most variations are registered still."""
    given: facts.CertificateAnnotated = effect.facts or facts.CertificateAnnotated.model_validate({})
    since = day_of(given.since, "since")
    changed = frozenset(unit for each in effect.done.values() for told in each for unit in told.get("units", ()))
    needed = service.needs_certificate(session, effect.procedure)
    found = _named(session, effect, given.certificate, needed=needed, units=changed or frozenset(effect.units))
    for each in found:
        said = given.said or _said(session, effect, each.right, actor)
        service.annotate(
            session, each.serial, said, since=since, record=effect.record, actor=actor, dossier=effect.code
        )
    return {"annotated": [each.serial for each in found]}


def correct(session: Session, effect: Effect, actor: Actor) -> Told:
    """Correct a certificate at its next free line."""
    given: facts.CertificateCorrected = effect.facts
    (found,) = _named(session, effect, given.certificate)
    service.annotate(
        session,
        found.serial,
        given.said,
        since=day_of(given.since, "since"),
        record=effect.record,
        actor=actor,
        dossier=effect.code,
        kind=service.CORRECTION,
    )
    return {"corrected": [found.serial]}


def withdraw(session: Session, effect: Effect, actor: Actor) -> Told:
    """Withdraw a certificate; without a name each whose right has ended, and annotate those whose land became less.

    One that was issued wrongly is withdrawn though its right stands. Land is recovered also where it has none.
    """
    given: facts.CertificateWithdrawn = effect.facts or facts.CertificateWithdrawn.model_validate({})
    since = day_of(given.since, "since")
    closed, annotated = [], []
    wrong = effect.procedure == WITHDRAWN_WRONG
    # Issued anew, it may have been withdrawn by a dossier before this one.
    needed = wrong and effect.case != AGAIN_CASE
    for each in _named(session, effect, given.certificate, needed=needed):
        if given.certificate or wrong or not _stands(session, each.right):
            service.close(session, each.serial, rules.WITHDRAWN, since=since, record=effect.record, actor=actor)
            closed.append(each.serial)
        else:
            said = _said(session, effect, each.right, actor)
            service.annotate(
                session, each.serial, said, since=since, record=effect.record, actor=actor, dossier=effect.code
            )
            annotated.append(each.serial)
    return {"closed": closed, "annotated": annotated}


def effects(authority: str) -> Mapping[str, Known]:
    """Return what dossiers do to certificates, issued by an office where nobody says by whom."""
    issuing = Issuing(authority)
    return {
        "certificate.issue": Known(issuing.issue, facts.CertificateIssued, optional=True),
        "certificate.update": Known(issuing.update, facts.CertificateUpdated, optional=True),
        "certificate.annotate": Known(annotate, facts.CertificateAnnotated, optional=True),
        "certificate.correct": Known(correct, facts.CertificateCorrected),
        "certificate.replace": Known(issuing.replace, facts.CertificateReplaced, optional=True),
        "certificate.withdraw": Known(withdraw, facts.CertificateWithdrawn, optional=True),
    }


def _named(
    session: Session,
    effect: Effect,
    serial: str | None,
    *,
    needed: bool = True,
    units: frozenset[int] = frozenset(),
) -> list[CertificateLine]:
    """Return the certificate named, or all in force of the land, or of `units` where the change is of a part of it.

    Those of other pieces of the same former parcel are of other land. Raises `CertificateMissing` where the one named
    is not in force, or none is and one is needed.
    """
    found = service.in_force_near(session, effect.units)
    here = units or frozenset(effect.units)
    if serial is not None:
        wanted = rules.read_serial(serial, "certificate")
        found = [each for each in found if each.serial == wanted]
    else:
        found = [each for each in found if here & set(each.units) or not _stands(session, each.right)]
    if not found and (needed or serial is not None):
        raise CertificateMissing(field="certificate", what=serial or effect.code)
    return found


def _to_certify(session: Session, effect: Effect) -> list[str]:
    """Return the rights of the land; after a wrong certificate was withdrawn those that have none in force.

    Raises `NothingToIssue` where that is none.
    """
    found = service.rights_on(session, effect.units)
    if effect.procedure != WITHDRAWN_WRONG:
        return found
    bare = [right for right in found if not service.in_force_of(session, right)]
    if not bare:
        raise NothingToIssue(field="right", dossier=effect.code)
    return bare


def _need_papers(session: Session, effect: Effect, touched: Iterable[str]) -> None:
    """Raise `CertificateMissing` for a right that has no certificate in force, nor any right it was made from."""
    for right in touched:
        if not any(service.in_force_of(session, code) for code in (right, *_sources(effect, right))):
            raise CertificateMissing(field="certificate", what=right)


def _sources(effect: Effect, right: str) -> list[str]:
    """Return the rights that ended or became less in favour of one that this completion began."""
    done = [told for each in effect.done.values() for told in each if right in told.get("begun", ())]
    return [code for told in done for code in (*told.get("ended", ()), *told.get("changed", ()))]


def _changed(session: Session, effect: Effect) -> list[str]:
    """Return the rights that effects before this one began or changed and that stand; all of the land without any."""
    done = [told for name, each in effect.done.items() if not name.startswith("encumbrance") for told in each]
    codes = dict.fromkeys(code for told in done for code in (*told.get("begun", ()), *told.get("changed", ())))
    standing = service.rights_on(session, effect.units)
    return [code for code in codes if _stands(session, code)] or standing


def _certificates_of(session: Session, effect: Effect, right: str) -> list[CertificateLine]:
    """Return the certificates in force of a right, else of those that ended in its favour in this completion."""
    found = service.in_force_of(session, right)
    if found:
        return found
    ended = [code for each in effect.done.values() for told in each for code in told.get("ended", ())]
    return [line for code in ended for line in service.in_force_of(session, code)]


def _collect(session: Session, effect: Effect, since: date, actor: Actor) -> list[str]:
    """Take back the certificates of rights of this land that have ended; return their serial numbers."""
    left = [each for each in service.in_force_near(session, effect.units) if not _stands(session, each.right)]
    for each in left:
        service.close(session, each.serial, rules.REPLACED, since=since, record=effect.record, actor=actor)
    return [each.serial for each in left]


def _stands(session: Session, right: str) -> bool:
    try:
        rights.get_standing(session, right)
    except RightEnded:
        return False
    return True


def _said(session: Session, effect: Effect, right: str, actor: Actor) -> str:
    """Write what is annotated where nobody wrote it: what happened, who holds from now or in whose favour, by what."""
    begun = [code for each in effect.done.values() for told in each for code in told.get("begun", ())]
    about = [code for code in begun if _stands(session, code)] or [right]
    names = list(dict.fromkeys(_names(session, about, actor))) if begun or "right.shares" in effect.done else []
    what = service.name_of_procedure(session, effect.procedure)
    who = f" {', '.join(names)}" if names else ""
    return f"{what}{':' if who else ''}{who}, theo hồ sơ số {effect.code}."


def _names(session: Session, codes: Iterable[str], actor: Actor) -> list[str]:
    return [
        each.party.facts.name
        for code in codes
        for each in rights.get_right(session, code, now(), actor=actor).holders
    ]
