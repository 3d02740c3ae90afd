"""Judge the end state of a draft by the rules in force: data say which rule, how severe when, on which law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from landsvc.cadastre.drafts.checks import queries
from landsvc.cadastre.drafts.checks.case import Case, Check, untested
from landsvc.cadastre.drafts.checks.coverage import check_communes, check_gaps, check_legal_area, check_numbers
from landsvc.cadastre.drafts.checks.fabric import check_area, check_overlap
from landsvc.cadastre.drafts.checks.outline import check_near_points, check_slivers, check_spikes
from landsvc.cadastre.drafts.checks.standing import (
    check_confirmation,
    check_holds,
    check_office_area,
    check_other_drafts,
    check_second_person,
)
from landsvc.cadastre.drafts.checks.subdivision import check_access, check_frontage, check_minimum_area
from landsvc.cadastre.drafts.model import CRITICAL, FAIL, WARNING, Finding

PREVIEW, SUBMIT, COMMIT = "preview", "submit", "commit"
MOMENTS = (PREVIEW, SUBMIT, COMMIT)
NO_CHECK, NOT_IN_FORCE = "no-check", "not-in-force"
ALWAYS_CRITICAL = frozenset({"FAB-OVERLAP", "FAB-AREA", "FAB-NUMBER"})
"""What the database refuses whatever the table says."""
CHECKS: Mapping[str, Check] = {
    "FAB-OVERLAP": check_overlap,
    "FAB-GAP": check_gaps,
    "FAB-AREA": check_area,
    "FAB-NUMBER": check_numbers,
    "FAB-COMMUNE": check_communes,
    "FAB-LEGAL": check_legal_area,
    "FAB-SLIVER": check_slivers,
    "FAB-SPIKE": check_spikes,
    "FAB-NEAR": check_near_points,
    "SUB-MINAREA": check_minimum_area,
    "SUB-ACCESS": check_access,
    "SUB-FRONTAGE": check_frontage,
    "SUB-HOLD": check_holds,
    "SUB-DRAFT": check_other_drafts,
    "SUB-CONFIRM": check_confirmation,
    "OFF-AREA": check_office_area,
    "OFF-SECOND": check_second_person,
}


@dataclass(frozen=True)
class Rule:
    """A rule in force: what it is called, on which law, how severe at each moment, by which figures."""

    code: str
    title: Mapping[str, str]
    law: str | None
    severities: Mapping[str, str]
    second_person: bool
    figures: Mapping[str, Any]


def rules_in_force(case: Case) -> list[Rule]:
    """Return the rules in force on the day of a case, in their order."""
    rows = queries.run(case.session, "rules_in_force", on_date=case.day)
    return [
        Rule(code, {"vi": vi, "en": en}, law, dict(zip(MOMENTS, severities, strict=True)), second, figures)
        for code, vi, en, law, *severities, second, figures in rows
    ]


def judge(case: Case, checks: Mapping[str, Check] = CHECKS) -> tuple[Finding, ...]:
    """Return what every rule in force says of a written plan, in the order of the rules.

    A result is that of the commit, which a preview foretells; `severities` tell how grave it is at each moment. A check
    whose rule is not in force that day answers *untested*; those the database keeps anyway are critical always.
    """
    rules = rules_in_force(case)
    case = replace(case, figures={rule.code: rule.figures for rule in rules})
    report: list[Finding] = []
    for rule in rules:
        check = checks.get(rule.code)
        report += _under(rule, check(case) if check else [untested(NO_CHECK)])
    known = {rule.code for rule in rules}
    for code in checks:
        if code not in known:
            absent = Rule(code, {}, None, dict.fromkeys(MOMENTS, "info"), False, {})
            found = checks[code](case) if code in ALWAYS_CRITICAL else [untested(NOT_IN_FORCE)]
            report += _under(absent, found)
    return tuple(report)


def _under(rule: Rule, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings under their rule: a failure that is not critical is a warning."""
    severities = dict.fromkeys(MOMENTS, CRITICAL) if rule.code in ALWAYS_CRITICAL else rule.severities
    severity = severities[COMMIT]
    return [
        replace(
            found,
            rule=rule.code,
            result=WARNING if found.result == FAIL and severity != CRITICAL else found.result,
            severity=severity,
            severities=severities,
            title=rule.title,
            law=rule.law,
            second_person=rule.second_person,
        )
        for found in findings
    ]


def critical(report: Sequence[Finding], moment: str = COMMIT) -> list[str]:
    """Return the codes of the rules that keep a draft from being committed, or from another moment."""
    return sorted({found.rule for found in report if found.broken and found.severities[moment] == CRITICAL})


def asking_second(report: Sequence[Finding]) -> list[str]:
    """Return the codes of the rules by which somebody else must approve the draft."""
    return sorted({found.rule for found in report if found.broken and found.second_person})
