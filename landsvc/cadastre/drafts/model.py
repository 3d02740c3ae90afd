"""What drafts are made of: units in memory, operations, findings, and the outcome of a preview or commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from landsvc.geo.parcel_code import ParcelCode

OPEN, COMMITTED, WITHDRAWN = "open", "committed", "withdrawn"
STATES = (OPEN, "submitted", "confirmed", COMMITTED, WITHDRAWN, "expired")
MADE_HERE = 0
"""Version number of a unit that only the draft knows."""
PASS, FAIL, WARNING, UNTESTED = "pass", "fail", "warning", "untested"
CRITICAL = "critical"


@dataclass(frozen=True)
class Use:
    """One use of a parcel: code, registered area in m², origin, whether shared, term."""

    code: str
    area_m2: Decimal
    origin: str | None
    shared: bool
    term_until: str | None
    drawn: bool = False


@dataclass(frozen=True)
class Unit:
    """A unit in the draft's picture of the land: one of the register, or a piece that an operation made.

    Geometry in the working system; `roots` are the units of the register it came from, itself for one of those;
    `made_by` is the operation that made it, None for one of the register; `overlap` is where it is
    known to overlap others.
    """

    id: int
    version_id: int
    kind: str
    ref: str | None
    code: str | None
    commune: str
    series_id: int | None
    issuing: str | None
    sheet: str | None
    number: str | None
    legal_m2: Decimal | None
    measured_m2: float | None
    measured_srid: int | None
    address: str | None
    valid_from: date | None
    survey_id: int | None
    geometry: BaseGeometry | None
    uses: tuple[Use, ...]
    roots: tuple[int, ...]
    made_by: int | None = None
    overlap: BaseGeometry | None = None

    @property
    def name(self) -> str:
        """Return what messages call the unit."""
        return self.ref or self.code or f"#{self.id}"


@dataclass(frozen=True)
class Slot:
    """An identity and a number reserved for a parcel to come; no number where the parent has none."""

    seq: int
    unit_id: int
    series_id: int | None
    sheet: str | None
    number: str | None
    taken: bool = False


@dataclass(frozen=True)
class SplitByLine:
    """Split one parcel along a line (working system, on the grid); `part` names one of several parts, from 1."""

    ref: str
    line: LineString
    part: int | None = None

    op = "split_by_line"


Operation = SplitByLine


@dataclass(frozen=True)
class Step:
    """An operation as it stands in a draft: the units it names and the versions the officer saw."""

    seq: int
    body: Mapping[str, Any]
    units: tuple[int, ...]
    versions: tuple[int, ...]
    added_at: datetime | None = None


@dataclass(frozen=True)
class Draft:
    """A draft as it is stored; `answer` is what its commit answered."""

    id: int
    code: str
    state: str
    title: str | None
    owner_id: int
    owner_name: str
    revision: int
    made_at: datetime
    changed_at: datetime
    record_id: int | None
    answer: Mapping[str, Any] | None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """The document or reason an officer commits a draft on; one of `doc_no` and `reason` is given."""

    doc_no: str | None = None
    doc_on: date | None = None
    authority: str | None = None
    reason: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class NodedUnit:
    """A neighbour that gets corners where a cut ends on its edge; nothing else of it changes."""

    unit: Unit
    points: tuple[tuple[float, float], ...]
    moved_m: float
    area_change_m2: float


@dataclass(frozen=True)
class Closure:
    """How the land of a divided unit closes: noding it, and the pieces against the noded whole (m²)."""

    root: Unit
    noded_m2: float
    pieces_m2: float
    edges_m: float

    @property
    def noding_m2(self) -> float:
        """Return what noding changed of the whole."""
        return self.noded_m2 - (self.root.geometry.area if self.root.geometry else 0.0)

    @property
    def residual_m2(self) -> float:
        """Return what the pieces together have more than the noded whole."""
        return self.pieces_m2 - self.noded_m2


@dataclass(frozen=True)
class Rebased:
    """An operation whose parcel was changed after it was added; it still applies."""

    operation: int
    ref: str


@dataclass(frozen=True)
class Plan:
    """The end state of a draft: what it ends, what it makes, and what it nodes."""

    before: tuple[Unit, ...]
    after: tuple[Unit, ...]
    noded: tuple[NodedUnit, ...]
    closures: tuple[Closure, ...]
    rebased: tuple[Rebased, ...]
    codes: Mapping[int, ParcelCode] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What one rule says: `cause` tells why it was not tested; geometry in the working system."""

    rule: str
    result: str
    severity: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    geometry: Mapping[str, Any] | None = None
    cause: str | None = None
    fix: Mapping[str, Any] | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    law: str | None = None

    @property
    def stops(self) -> bool:
        """Return whether it keeps the draft from being committed."""
        return self.result == FAIL and self.severity == CRITICAL


@dataclass(frozen=True)
class Outcome:
    """What a preview or a commit found: the same but for `computed_at`, and the record of a commit."""

    draft: str
    state: str
    fabric_version: int
    computed_at: datetime
    plan: Plan
    report: tuple[Finding, ...]
    record_id: int | None = None
    record: str | None = None

    @property
    def committable(self) -> bool:
        """Return whether the draft changes something and no critical rule fails."""
        return bool(self.plan.after) and not any(finding.stops for finding in self.report)
