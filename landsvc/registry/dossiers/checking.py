"""Find what stands for or against a dossier: papers, holds, earlier dossiers, pauses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.model import CRITICAL, FAIL, PASS, UNTESTED, WARNING
from landsvc.core import clock
from landsvc.finance.fees import service as fees
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.errors import FeeUnpaid
from landsvc.registry.dossiers.model import (
    READY,
    RECEIVED,
    SUBMITTED,
    SUPPLEMENT,
    UNPROVEN,
    Dossier,
    Finding,
    PaperLine,
    PauseLine,
)
from landsvc.registry.dossiers.procedures import Procedure

RECEPTION, STEP, COMPLETION = "preview", "submit", "commit"
"""The moments of a dossier, by the names rules have for those of drafts."""
SIGNED = "SIGNED"
ENTERED_STATES = frozenset({"RECORDED", "READY", "RETURNED", "REFUSED", "WITHDRAWN"})
"""States in which the land is as the dossier left it."""
FEES = "DOS-FEE"
ALWAYS_CRITICAL = frozenset({"DOS-HOLD", "DOS-ORDER"})
"""What the database refuses at completion whatever the table says."""
CONSENT = "bank-consent"
RECOVERY, TERM = "recovery", "right.term"
Told = tuple[str, bool | None, Mapping[str, Any]]
"""A rule, whether it is kept (None: nobody can tell), and the facts."""


def lacking(asked: Iterable[str], brought: Iterable[str]) -> list[str]:
    """Return the kinds of papers that were asked for and not brought, in the order asked."""
    there = set(brought)
    return [name for name in dict.fromkeys(asked) if name not in there]


def unproven(papers: Sequence[PaperLine]) -> list[str]:
    """Return the kinds of papers of which only a copy or a scan was handed in."""
    forms: dict[str, set[str]] = {}
    for each in papers:
        forms.setdefault(each.document, set()).add(each.form)
    return sorted(name for name, seen in forms.items() if seen <= UNPROVEN)


@dataclass(frozen=True)
class Rule:
    """A rule of dossiers in force: what it is called, on which law, how severe at each moment."""

    title: Mapping[str, str]
    law: str | None
    severities: Mapping[str, str]


def findings_of(
    session: Session,
    dossier: Dossier,
    procedure: Procedure,
    papers: Sequence[PaperLine],
    pauses: Sequence[PauseLine],
) -> tuple[Finding, ...]:
    """Return what the rules of dossiers say of one as it stands now, at the moment it is in, in their order.

    The rules are data beside those of drafts (`/rules/DOS-HOLD`); one that is not in force is not tested.
    """
    rules = {
        code: Rule(title, law, told) for code, title, law, told in queries.rules(session, on_day=clock.today())
    }
    moment = moment_of(dossier.state)
    found = [*_of_papers(dossier, papers, pauses), *_of_order(session, dossier), *_of_fees(session, dossier)]
    if dossier.state not in ENTERED_STATES:
        found += _of_land(session, dossier, procedure, papers)
    # What is owed is asked once more when the result is handed over, as gravely as at completion.
    moments = {FEES: COMPLETION} if dossier.state == READY else {}
    return tuple(
        _under(rules.get(code), moments.get(code, moment), code, good, facts) for code, good, facts in found
    )


def check_fees(session: Session, dossier: Dossier) -> None:
    """Raise `FeeUnpaid` where fees are owed and their rule is critical at completion; as delivered it warns."""
    severities = {code: told for code, _, _, told in queries.rules(session, on_day=clock.today())}
    if severities.get(FEES, {}).get(COMPLETION) != CRITICAL:
        return
    for _, settled, facts in _of_fees(session, dossier):
        if not settled:
            raise FeeUnpaid(dossier=dossier.code, owed_vnd=facts["owedVnd"], orders=", ".join(facts["orders"]))


def moment_of(state: str) -> str:
    """Return the moment a dossier is in: reception, a step on its way, or completion."""
    if state in {SUBMITTED, RECEIVED, SUPPLEMENT}:
        return RECEPTION
    return STEP if state != SIGNED else COMPLETION


def _under(rule: Rule | None, moment: str, code: str, good: bool | None, facts: Mapping[str, Any]) -> Finding:
    """Return a finding under its rule: a failure that is not critical at this moment is a warning."""
    if rule is None:
        return Finding(code, UNTESTED, facts)
    kept = moment == COMPLETION and code in ALWAYS_CRITICAL
    severity = CRITICAL if kept else rule.severities[moment]
    broken = FAIL if severity == CRITICAL else WARNING
    result = UNTESTED if good is None else PASS if good else broken
    return Finding(code, result, facts, severity, rule.severities, rule.title, rule.law)


def _of_papers(dossier: Dossier, papers: Sequence[PaperLine], pauses: Sequence[PauseLine]) -> list[Told]:
    missing = lacking(dossier.asked, (each.document for each in papers))
    standing = [each.kind for each in pauses if each.end is None]
    return [
        ("DOS-PAPERS", not missing, {"missing": missing}),
        ("DOS-CLOCK", not standing, {"pauses": standing}),
    ]


def _of_order(session: Session, dossier: Dossier) -> list[Told]:
    holds = queries.holds(session, dossier_id=dossier.id)
    earlier = queries.earlier(session, dossier_id=dossier.id)
    told = [{"kind": kind, "issuer": issuer, "docNo": number} for _, kind, issuer, number in holds]
    return [
        ("DOS-HOLD", not holds, {"holds": told}),
        ("DOS-ORDER", not earlier, {"earlier": [code for code, _ in earlier]}),
    ]


def _of_fees(session: Session, dossier: Dossier) -> list[Told]:
    """Say what is owed of the office's own fees, in đồng; nothing where none was asked."""
    orders = fees.orders_of(session, dossier.code)
    open_ones = [each for each in orders if each.balance_vnd > 0]
    owed = {"owedVnd": sum(each.balance_vnd for each in open_ones), "orders": [each.code for each in open_ones]}
    return [(FEES, not open_ones, owed)] if orders else []


def _of_land(
    session: Session, dossier: Dossier, procedure: Procedure, papers: Sequence[PaperLine]
) -> Iterable[Told]:
    """Ask of the land what the procedure needs: a term that lasts, a certificate, consent of who lends on it."""
    facts = procedure.facts
    units = queries.land(session, dossier_id=dossier.id)
    if needs_term(facts.blocked_by, facts.effects):
        over = queries.expired_terms(session, units=units, on_day=clock.today())
        told = [{"right": right, "termUntil": last.isoformat()} for right, last in over]
        yield "DOS-TERM", not over, {"rights": told}
    asks_consent = any(each.document == CONSENT for each in procedure.documents)
    if not (facts.needs_certificate or asks_consent):
        return
    rights, certified, mortgages = queries.standing(session, units=units)
    if facts.needs_certificate:
        yield "DOS-CERT", certified > 0 if rights else None, {"rights": rights, "certified": certified}
    if asks_consent:
        brought = any(each.document == CONSENT for each in papers)
        yield "DOS-CONSENT", brought or not mortgages, {"mortgages": mortgages}


def needs_term(blocked_by: Sequence[str], effects: Sequence[str]) -> bool:
    """Tell whether a procedure needs land whose term lasts: those that a recovery stops, but for the extension.

    Source: Luật Đất đai 31/2024/QH15, Điều 45.
    """
    return RECOVERY in blocked_by and TERM not in effects
