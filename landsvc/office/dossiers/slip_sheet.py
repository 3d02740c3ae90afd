"""Say what stands on the printed slip, from the bytes that were signed alone: nothing is looked up or computed anew.

The form is official and Vietnamese, in whatever language its reader uses the service. A member that this page does not
know is printed under its own name: what was signed is never left out. The proof is the signed data, not the paper.
Source: Nghị định 151/2025/NĐ-CP, Mẫu 19; Nghị định 252/2026/NĐ-CP Điều 17 khoản 3.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import segno
from flask_babel import force_locale
from markupsafe import Markup

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.finance.rules import masked
from landsvc.finance.slips.service import Slip
from landsvc.office.dossiers.slip_words import (
    BLOCKS,
    LABELS,
    LABELS_IN,
    MORE,
    NONE_KEPT,
    NONE_SAID,
    NULLS,
    PLACES,
    UNKNOWN,
    VALUES,
)

LANGUAGE = "vi"
HEADER = frozenset(
    {"shape", "slipNo", "number", "version", "replaces", "issuedAt", "issuedBy", "notKnown", "saidNone"}
)
"""Members that stand above or below the blocks."""
ORDER = {name: at for at, name in enumerate(LABELS)}
HEADINGS: Mapping[str, Collection[str]] = {
    "parties": ("role", "name"),
    "land": ("ref",),
    "relief": ("code",),
    "deductions": ("kind",),
    "attachments": ("title",),
}
"""What the heading of a party, a parcel or a paper says already."""
DIGITS = 16
"""So many digits of a digest are read at once."""


@dataclass(frozen=True)
class Group:
    """One party, parcel or paper of a block: its heading, and lines of a label with what it says."""

    heading: str
    lines: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Block:
    """A block of the form; `said` stands for groups where there is none."""

    title: str
    groups: list[Group]
    said: str


@dataclass(frozen=True)
class SlipSheet:
    """Everything on the printed slip, in words."""

    sender: str
    number: str
    slip_no: str
    version: int
    replaces: str | None
    replaced: bool
    day: date
    at: str
    to: str
    blocks: list[Block]
    lacking: list[str]
    issued_by: str
    digest: str
    key_id: str
    whole: bool
    """Whether numbers of documents are printed whole: else only their end, for those who may not read them."""
    qr: Markup


def present_slip(slip: Slip, *, whole: bool) -> SlipSheet:
    """Return the printed slip; `whole` for those who may read whole numbers of documents."""
    with force_locale(LANGUAGE):
        return _present(slip, json.loads(slip.content), whole=whole)


def _present(slip: Slip, told: Mapping[str, Any], *, whole: bool) -> SlipSheet:
    at = datetime.fromisoformat(told["issuedAt"]).astimezone(OFFICE_ZONE)
    digest, office = slip.line.sha256.hex(), told["dossier"].get("taxOffice")
    led = f"{told['slipNo']} v{told['version']}\nsha256:{digest}"
    svg = segno.make(led, error="m", micro=False).svg_inline(scale=2, border=2)
    return SlipSheet(
        sender=told["dossier"]["sender"],
        number=told["number"],
        slip_no=told["slipNo"],
        version=told["version"],
        replaces=told["replaces"],
        replaced=slip.line.replaced,
        day=at.date(),
        at=f"{at:%d/%m/%Y %H:%M}",
        to=f"{told['dossier'].get('taxOfficeName') or 'Cơ quan thuế'} (mã {office or UNKNOWN})",
        blocks=list(Reading(told, whole=whole).blocks()),
        lacking=[_place(place, told) for place in told["notKnown"]],
        issued_by=told["issuedBy"],
        digest=_in_groups(digest),
        key_id=slip.line.key_id,
        whole=whole,
        qr=Markup(svg),  # noqa: S704 - made by us, of our own number and digest
    )


@dataclass(frozen=True)
class Reading:
    """Reads what a slip tells into words."""

    told: Mapping[str, Any]
    whole: bool

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the form, and what a slip tells besides."""
        besides = [name for name in self.told if name not in BLOCKS and name not in HEADER]
        for name, title in BLOCKS.items():
            placed = [each for each in besides if PLACES.get(each) == name]
            yield self._block(name, title, placed)
        if more := [name for name in besides if name not in PLACES]:
            yield Block(MORE, [Group("", self._lines({name: self.told[name] for name in more}))], "")

    def _block(self, name: str, title: str, placed: Sequence[str]) -> Block:
        found = self.told.get(name)
        groups = [Group("", self._lines(found, name))] if isinstance(found, dict) else []
        if isinstance(found, list):
            groups = [self._group(name, at, each) for at, each in enumerate(found)]
        said = "" if groups else self._empty(name)
        if placed:
            groups.append(Group("", self._lines({each: self.told[each] for each in placed})))
        return Block(title, groups, said)

    def _empty(self, name: str) -> str:
        """Return what an empty block says: that there is nothing, or that nobody knows."""
        if name in self.told.get("saidNone", ()):
            return NONE_SAID
        return NONE_KEPT if name == "assets" else UNKNOWN

    def _group(self, name: str, at: int, found: Any) -> Group:
        if not isinstance(found, dict):
            return Group(f"{at + 1}. {found}", [])
        shown = {key: value for key, value in found.items() if key not in HEADINGS.get(name, ())}
        if name == "parties":  # the day of birth says the year
            shown.pop("bornYear" if shown.get("bornOn") else "bornOn", None)
        return Group(f"{at + 1}. {_heading(name, found)}", self._lines(shown, name))

    def _lines(self, found: Mapping[str, Any], block: str = "") -> list[tuple[str, list[str]]]:
        known = sorted(found, key=lambda name: (ORDER.get(name, len(ORDER)), name))
        own = LABELS_IN.get(block, {})
        return [(own.get(name) or LABELS.get(name, name), self._say(name, found[name])) for name in known]

    def _say(self, name: str, value: Any) -> list[str]:
        """Return what a member says, line by line."""
        if value is None or value == "" or value == []:
            return [NULLS.get(name, UNKNOWN)]
        if name == "who":
            return [self._person(value)]
        if isinstance(value, list):
            if all(isinstance(each, dict) for each in value):
                return [self._at_once(name, each) for each in value]
            return [", ".join(_scalar(name, each) for each in value)]
        return [self._at_once(name, value) if isinstance(value, dict) else _scalar(name, value)]

    def _person(self, code: str) -> str:
        names = [each["name"] for each in self.told.get("parties", ()) if each.get("party") == code]
        return f"{names[0]} ({code})" if names else code

    def _at_once(self, name: str, found: Mapping[str, Any]) -> str:
        """Return a small part of a slip on one line."""
        if name == "identity":
            number = found["number"] if self.whole else masked(found["number"])
            return f"{_scalar('kind', found['kind'])}: {number}"
        return "; ".join(
            f"{label[:1].lower()}{label[1:]}: {', '.join(said)}" for label, said in self._lines(found)
        )


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int | float):
        return _figure(name, value)
    text = VALUES.get(name, {}).get(value, str(value))
    if name.endswith(("On", "Until")):
        return i18n.day(text)
    if name.endswith("At"):
        return f"{datetime.fromisoformat(text).astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}"
    return _in_groups(text) if name == "sha256" else text


def _in_groups(digest: str) -> str:
    return " ".join(digest[at : at + DIGITS] for at in range(0, len(digest), DIGITS))


def _figure(name: str, value: float) -> str:
    if name.endswith("Vnd"):
        return i18n.money(int(value))
    if name.endswith("M2"):
        return i18n.area(value)
    if name.endswith("Pct"):
        return i18n.percent(value)
    if isinstance(value, int):
        return str(value)
    return i18n.number(value, 2)


def _heading(name: str, found: Mapping[str, Any]) -> str:
    match name:
        case "parties":
            return f"{_scalar('role', found['role'])}: {found['name']}"
        case "land":
            return f"Thửa đất {_named(found)}"
    (label,) = HEADINGS[name]
    return _scalar(label, found[label])


def _named(land: Mapping[str, Any]) -> str:
    return str(land.get("ref") or land.get("code") or UNKNOWN)


def _place(place: str, told: Mapping[str, Any]) -> str:
    """Name one place of a slip in words, such as `parties.0.identity`."""
    first, *rest = place.split(".")
    words, found = [BLOCKS.get(first, LABELS.get(first, first))], told.get(first)
    for name in rest:
        found = _within(found, name)
        if isinstance(found, dict) and name.isdigit():
            words.append(str(found.get("name") or _named(found)))
        else:
            words.append(VALUES["role"].get(name, LABELS.get(name, name)))
    return " – ".join(words)


def _within(found: Any, name: str) -> Any:
    if isinstance(found, list) and name.isdigit() and int(name) < len(found):
        return found[int(name)]
    return found.get(name) if isinstance(found, dict) else None
