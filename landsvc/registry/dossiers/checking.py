"""Find what stands for or against a dossier: papers, holds, earlier dossiers, pauses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.model import UNPROVEN, Dossier, Finding, PaperLine, PauseLine

PASS, FAIL, WARNING = "pass", "fail", "warning"


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


def findings_of(
    session: Session, dossier: Dossier, papers: Sequence[PaperLine], pauses: Sequence[PauseLine]
) -> tuple[Finding, ...]:
    """Return what was found of a dossier as it stands now, one finding for each thing asked."""
    missing = lacking(dossier.asked, (each.document for each in papers))
    earlier = queries.earlier(session, dossier_id=dossier.id)
    holds = queries.holds(session, dossier_id=dossier.id)
    standing = [each.kind for each in pauses if each.end is None]
    return (
        Finding("DOS-PAPERS", FAIL if missing else PASS, {"missing": missing}),
        Finding(
            "DOS-HOLD",
            FAIL if holds else PASS,
            {"holds": [{"kind": kind, "issuer": issuer, "docNo": number} for _, kind, issuer, number in holds]},
        ),
        Finding("DOS-ORDER", WARNING if earlier else PASS, {"earlier": [code for code, _ in earlier]}),
        Finding("DOS-CLOCK", WARNING if standing else PASS, {"pauses": standing}),
    )
