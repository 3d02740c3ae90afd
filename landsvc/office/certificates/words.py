"""Say in the reader's language what certificates and blanks are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from landsvc.core import i18n
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.registry.certificates.service import Belief, CertificateLine


def states() -> dict[str, str]:
    """Return the states of certificates, in words."""
    return {
        "active": gettext("in force, nothing annotated"),
        "annotated": gettext("in force, annotated"),
        "replaced": gettext("withdrawn: replaced or transferred"),
        "lost": gettext("cancelled: lost"),
        "withdrawn": gettext("withdrawn: issued wrongly, or land recovered"),
        "undone": gettext("issue undone"),
    }


def kinds() -> dict[str, str]:
    """Return what happens to blanks, in words."""
    return {
        "received": gettext("received"),
        "used": gettext("used"),
        "spoiled": gettext("spoiled"),
        "lost": gettext("lost"),
        "destroyed": gettext("destroyed"),
    }


@dataclass(frozen=True)
class Step:
    """One belief about a certificate, in words."""

    title: str
    lines: list[str]
    current: bool


def facts(line: CertificateLine, form_name: str) -> list[tuple[str, str]]:
    """Return what the register says of a certificate, as (label, value)."""
    told = [
        (gettext("State"), states()[line.state]),
        (gettext("Form"), form_name),
        (gettext("Issued on"), i18n.day(line.issued_on)),
        (gettext("Issued by"), line.authority),
        (gettext("Number in the register"), line.book_no or "–"),
        (gettext("Right"), line.right),
        (gettext("Holder"), line.party or gettext("one paper for all who hold")),
        (
            gettext("Register and paper"),
            gettext("the register says what the paper says")
            if line.unchanged
            else gettext("the register has changed since the paper was made or annotated"),
        ),
    ]
    if line.replaces:
        told.append((gettext("In place of"), line.replaces))
    if line.replaced_by:
        told.append((gettext("Replaced by"), ", ".join(line.replaced_by)))
    return told


def history(found: Sequence[Belief]) -> list[Step]:
    """Write everything ever said of a certificate, newest knowledge first."""
    steps = []
    for each in reversed(found):
        held = (
            gettext("%(first)s to %(last)s", first=i18n.day(each.since), last=i18n.day(each.until))
            if each.until
            else gettext("since %(day)s", day=i18n.day(each.since))
        )
        document = ", ".join(filter(None, [each.doc_no, i18n.day(each.doc_on)]))
        lines = [f"{each.record}: {each.title}{f' ({document})' if document else ''}", each.right]
        if each.closed_by:
            lines.append(gettext("Closed by %(record)s", record=each.closed_by))
        steps.append(Step(f"{states()[each.state]}: {held}", lines, each.known_until is None and not each.until))
    return steps


def problem_title(slug: str) -> str:
    """Say what stood against something, by the code of its error; the code itself where nobody knows it."""
    waiting: list[type[LandsvcError]] = [LandsvcError]
    while waiting:
        each = waiting.pop()
        if each.__dict__.get("slug") == slug:
            return gettext(each.title)
        waiting += each.__subclasses__()
    return slug


def month_name(month: date) -> str:
    """Write a month as offices do."""
    return f"{month:%m/%Y}"
