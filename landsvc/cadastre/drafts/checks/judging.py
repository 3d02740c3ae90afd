"""Judge the end state of a draft by the rules in force: data say which rule, how severe, on which law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.checks.case import Case, Check, untested
from landsvc.cadastre.drafts.checks.fabric import check_area, check_overlap
from landsvc.cadastre.drafts.checks.standing import check_holds, check_other_drafts
from landsvc.cadastre.drafts.checks.subdivision import check_frontage, check_minimum_area
from landsvc.cadastre.drafts.model import CRITICAL, FAIL, WARNING, Finding

NO_CHECK, NOT_IN_FORCE = "no-check", "not-in-force"
ALWAYS_CRITICAL = frozenset({"FAB-OVERLAP", "FAB-AREA"})
"""What the database refuses whatever the table says."""
CHECKS: Mapping[str, Check] = {
    "FAB-OVERLAP": check_overlap,
    "FAB-AREA": check_area,
    "SUB-MINAREA": check_minimum_area,
    "SUB-FRONTAGE": check_frontage,
    "SUB-HOLD": check_holds,
    "SUB-DRAFT": check_other_drafts,
}


def judge(case: Case, checks: Mapping[str, Check] = CHECKS) -> tuple[Finding, ...]:
    """Return what every rule in force says of a written plan, in the order of the rules.

    A check whose rule is not in force that day answers *untested*; those the database keeps anyway are critical always.
    """
    report: list[Finding] = []
    rules = {row[0]: row[1:] for row in queries.run(case.session, "rules_in_force", on_date=case.day)}
    for code, (title_vi, title_en, _, _, law, _, _, severity) in rules.items():
        check = checks.get(code)
        found = list(check(case)) if check else [untested(NO_CHECK)]
        titles = {"vi": title_vi, "en": title_en}
        report += [_under(each, code, severity, titles, law) for each in found]
    for code in checks:
        if code not in rules:
            found = list(checks[code](case)) if code in ALWAYS_CRITICAL else [untested(NOT_IN_FORCE)]
            report += [_under(each, code, "info", {}, None) for each in found]
    return tuple(report)


def _under(found: Finding, code: str, severity: str, title: Mapping[str, str], law: str | None) -> Finding:
    """Return a finding under its rule: a failure that is not critical is a warning."""
    real = CRITICAL if code in ALWAYS_CRITICAL else severity
    result = WARNING if found.result == FAIL and real != CRITICAL else found.result
    return replace(found, rule=code, result=result, severity=real, title=title, law=law)


def critical(report: Sequence[Finding]) -> list[str]:
    """Return the codes of the rules that keep a draft from being committed."""
    return sorted({finding.rule for finding in report if finding.stops})
