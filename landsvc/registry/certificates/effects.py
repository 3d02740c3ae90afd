"""Carry out what dossiers do to certificates; `app.py` registers these with the effects.

They come last in every procedure: rights and land are by then as they shall be. Whether a change is annotated or
another certificate is issued is decided by the variation, the land and the lines left (`rules.decide`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.registry.certificates import choosing, facts, rules, service
from landsvc.registry.certificates.choosing import Slot
from landsvc.registry.certificates.service import CertificateGiven, CertificateLine
from landsvc.registry.dossiers.effects import Effect, Known
from landsvc.registry.records import day_of, now
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.service import Standing

Told = Mapping[str, Any]
LOST_CASE, AGAIN_CASE = "lost", "again"


class Issuing:
    """The office that issues where nobody says who does."""

    def __init__(self, authority: str) -> None:
        self.authority = authority

    def issue(self, session: Session, effect: Effect, actor: Actor) -> Told:
        """Issue certificates for a right of the land, or for each; they take the place of those in force."""
        given: facts.CertificateIssued = effect.facts or facts.CertificateIssued.model_validate({})
        done = _Done(self, session, effect, given, actor)
        for code in [given.right] if given.right else choosing.to_certify(session, effect):
            old = [] if given.party else service.in_force_of(session, code)
            right = rights.get_standing(session, code)
            here = effect.units if old else right.units
            done.issue(right, choosing.slots(right, old, here, common=given.common))
        done.collect()
        return {"issued": done.issued, "closed": done.closed}

    def update(self, session: Session, effect: Effect, actor: Actor) -> Told:
        """Annotate the certificates of each right that changed, or issue others in their place."""
        given: facts.CertificateUpdated = effect.facts or facts.CertificateUpdated.model_validate({})
        done = _Done(self, session, effect, given, actor)
        touched = [given.right] if given.right else choosing.changed(session, effect)
        # Asked before any is closed: what one buyer of two shows is what the other shows.
        if not given.new and service.needs_certificate(session, effect.procedure):
            choosing.need_papers(session, effect, touched)
        for code in touched:
            right = rights.get_standing(session, code)
            old = choosing.papers_of(session, effect, right)
            said = given.said or _said(session, effect, code, actor)
            if given.common or any(each.unit is None for each in old) or not old:
                done.update_common(given, right, old, said)
            else:
                done.update_single(given, right, old, said)
        done.collect()
        return {"issued": done.issued, "annotated": done.annotated, "closed": done.closed}

    def replace(self, session: Session, effect: Effect, actor: Actor) -> Told:
        """Issue certificates in the place of others; one that was lost is cancelled first."""
        given: facts.CertificateReplaced = effect.facts or facts.CertificateReplaced.model_validate({})
        done = _Done(self, session, effect, given, actor)
        named = choosing.named(session, effect, given.certificate)
        for each in named if given.lost or effect.case == LOST_CASE else ():
            done.close(each, rules.LOST)
        for old in choosing.together(session, named) if given.common else [[each] for each in named]:
            right = rights.get_standing(session, old[0].right)
            single = not given.common and (given.apart or old[0].unit is not None)
            wanted = choosing.slots(right, old, old[0].units, common=not single)
            done.issue(right, wanted, party=old[0].party)
        return {"issued": done.issued, "closed": done.closed}


class _Done:
    """What one effect has done to certificates so far: its transaction, what was entered, and what came of it."""

    def __init__(
        self,
        office: Issuing,
        session: Session,
        effect: Effect,
        given: facts.CertificateIssued | facts.CertificateReplaced,
        actor: Actor,
    ) -> None:
        self.session, self.effect, self.given, self.actor = session, effect, given, actor
        self.authority = given.authority or office.authority
        self.since = day_of(given.since, "since")
        self.issued: list[str] = []
        self.annotated: list[str] = []
        self.closed: list[str] = []

    def issue(self, right: Standing, slots: Iterable[Slot], party: str | None = None) -> None:
        """Issue papers; the blank and the number that were entered are those of the first."""
        for slot in slots:
            for each in slot.old:
                self.close(each, rules.REPLACED)
            first = not self.issued
            new = CertificateGiven(
                right=right.code,
                party=party or getattr(self.given, "party", None),
                unit=slot.unit,
                authority=self.authority,
                serial=self.given.serial if first else None,
                book_no=self.given.book_no if first else None,
                replaces=slot.old[0].serial if slot.old else None,
            )
            self.issued.append(
                service.issue(self.session, new, since=self.since, record=self.effect.record, actor=self.actor)
            )

    def close(self, line: CertificateLine, state: str) -> None:
        """Take a certificate out of force, once."""
        if line.serial in self.closed:
            return
        service.close(
            self.session, line.serial, state, since=self.since, record=self.effect.record, actor=self.actor
        )
        self.closed.append(line.serial)

    def collect(self) -> None:
        """Take back the certificates of this land whose right has ended, or whose parcel this has lost."""
        for each in choosing.without_land(self.session, self.effect):
            self.close(each, rules.REPLACED)

    def update_common(
        self, given: facts.CertificateUpdated, right: Standing, old: Sequence[CertificateLine], said: str
    ) -> None:
        """Annotate the paper of all the land of a right, or issue others: a common one where the land is the same."""
        wanted = given.new or len(old) > 1 or any(each.unit is not None for each in old)
        if old and self.fits(given, old[0], right, set(old[0].units) == right.units, said, wanted_new=wanted):
            self.annotate(old[0], right, said)
            return
        same = bool(old) and set(old[0].units) == right.units and not self.effect.draft
        here = right.units if not old else self.effect.units
        self.issue(right, choosing.slots(right, old, here, common=given.common or same))

    def update_single(
        self, given: facts.CertificateUpdated, right: Standing, old: Sequence[CertificateLine], said: str
    ) -> None:
        """Annotate the papers of single parcels of a right that say something else now, or issue others for these."""
        covered: set[int] = set()
        for each in old:
            land = service.land_of(self.session, each, right)
            covered |= set(land)
            elsewhere = not set(land) & set(self.effect.units)
            # What is built on land is said on its paper, though the land is as it was.
            asked = given.new or given.said is not None or bool(self.effect.done.get("asset.change"))
            if each.right == right.code and (elsewhere or (each.unchanged and not asked)):
                continue
            if self.fits(given, each, right, land == [each.unit], said, wanted_new=given.new):
                self.annotate(each, right, said)
            else:
                self.issue(right, [Slot(unit, (each,)) for unit in land])
        bare = sorted((right.units & set(self.effect.units)) - covered)
        self.issue(right, [Slot(unit) for unit in bare])

    def annotate(self, line: CertificateLine, right: Standing, said: str) -> None:
        """Write on a certificate that it is of a right from now."""
        service.annotate(
            self.session,
            line.serial,
            said,
            since=self.since,
            record=self.effect.record,
            actor=self.actor,
            right=right.code,
            dossier=self.effect.code,
        )
        self.annotated.append(line.serial)

    def fits(
        self,
        given: facts.CertificateUpdated,
        line: CertificateLine,
        right: Standing,
        same_land: bool,
        said: str,
        *,
        wanted_new: bool,
    ) -> bool:
        """Return whether the change is annotated on a certificate, by the procedure, the land and the lines left."""
        form = service.form_of_line(self.session, line)
        choice = rules.decide(
            wanted_new=wanted_new
            or given.party is not None
            or service.renews_certificate(self.session, self.effect.procedure),
            same_land=same_land and not self.effect.draft,
            lines=len(rules.lines_of(said, form)),
            next_line=service.next_line(self.session, line),
            form=form,
        )
        return choice == rules.ANNOTATE


def annotate(session: Session, effect: Effect, actor: Actor) -> Told:
    """Annotate a certificate, or each in force of the land; without any, most variations are registered still."""
    given: facts.CertificateAnnotated = effect.facts or facts.CertificateAnnotated.model_validate({})
    since = day_of(given.since, "since")
    changed = frozenset(unit for each in effect.done.values() for told in each for unit in told.get("units", ()))
    needed = service.needs_certificate(session, effect.procedure)
    found = choosing.named(
        session, effect, given.certificate, needed=needed, units=changed or frozenset(effect.units)
    )
    for each in found:
        said = given.said or _said(session, effect, each.right, actor)
        service.annotate(
            session, each.serial, said, since=since, record=effect.record, actor=actor, dossier=effect.code
        )
    return {"annotated": [each.serial for each in found]}


def correct(session: Session, effect: Effect, actor: Actor) -> Told:
    """Correct a certificate at its next free line."""
    given: facts.CertificateCorrected = effect.facts
    (found,) = choosing.named(session, effect, given.certificate)
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
    wrong = effect.procedure == choosing.WITHDRAWN_WRONG
    # Issued anew, it may have been withdrawn by a dossier before this one.
    needed = wrong and effect.case != AGAIN_CASE
    for each in choosing.named(session, effect, given.certificate, needed=needed):
        ended = choosing.lost_its_parcel(each) or not choosing.stands(session, each.right)
        if given.certificate or wrong or ended:
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


def _said(session: Session, effect: Effect, right: str, actor: Actor) -> str:
    """Write what is annotated where nobody wrote it: what happened, who holds from now or in whose favour, by what."""
    begun = [code for each in effect.done.values() for told in each for code in told.get("begun", ())]
    about = [code for code in begun if choosing.stands(session, code)] or [right]
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
