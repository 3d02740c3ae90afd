"""Say of a certificate what anybody may know: is it ours, unaltered, still true. No name leaves."""

from __future__ import annotations

from dataclasses import dataclass, field

from landsvc.registry.certificates.queries import Proof
from landsvc.registry.certificates.rules import LIVE

VALID, CHANGED, SUPERSEDED, ALTERED = "valid", "changed", "superseded", "altered"
LEAST_MARK = 12


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of a paper, and why: `reasons` are codes."""

    verdict: str
    reasons: list[str] = field(default_factory=list)


def judge_reply(answer: str, signed: str, *, unchanged: bool, mark: str | None, file: str | None) -> Verdict:
    """Return what is to be thought of a reply with data, given the digests of its answer and its signed file."""
    if mark is not None and not answer.startswith(mark.lower()):
        return Verdict(ALTERED, ["mark-unknown"])
    if file is not None and file.lower() != signed:
        return Verdict(ALTERED, ["file-unknown"])
    return Verdict(VALID) if unchanged else Verdict(CHANGED, ["changed-since"])


def judge(found: Proof, *, mark: str | None, file: str | None) -> Verdict:
    """Return what is to be thought of a certificate, given the mark of its QR code or the digest of its file.

    A paper that was altered is never called valid; of one that is ours, whether it is in force comes before whether the
    register has changed since.
    """
    if mark is not None and not any(each.startswith(mark.lower()) for each in found.contents):
        return Verdict(ALTERED, ["mark-unknown"])
    if file is not None and file.lower() not in found.files:
        return Verdict(ALTERED, ["file-unknown"])
    if found.state is None:
        return Verdict(SUPERSEDED, ["undone"])
    if found.state not in LIVE:
        return Verdict(SUPERSEDED, [found.state])
    if not found.unchanged:
        return Verdict(CHANGED, ["register-changed"])
    said = ["annotated"] if found.entries else []
    outdated = mark is not None and not found.contents[-1].startswith(mark.lower())
    return Verdict(VALID, [*said, *(["printed-again"] if outdated else [])])
