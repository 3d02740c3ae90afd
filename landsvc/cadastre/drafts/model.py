"""What drafts are made of: units in memory, operations, findings, and the outcome of a preview or commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.noding import Bend
from landsvc.geo.parcel_code import ParcelCode

OPEN, SUBMITTED, CONFIRMED = "open", "submitted", "confirmed"
COMMITTED, WITHDRAWN, EXPIRED = "committed", "withdrawn", "expired"
STATES = (OPEN, SUBMITTED, CONFIRMED, COMMITTED, WITHDRAWN, EXPIRED)
LIVE = (OPEN, SUBMITTED, CONFIRMED)
"""States of a draft that is not closed."""
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
    geometry: BaseGeometry | None = None
    """Where its limits are drawn inside the parcel."""

    @property
    def drawn(self) -> bool:
        """Tell whether its limits are drawn."""
        return self.geometry is not None


@dataclass(frozen=True)
class Source:
    """What the corners of a parcel were taken from (số liệu đo), as it was given; accuracy in metres.

    `geometry` is the outline in the system `srid`, before anything was put on the grid or onto a neighbour's corner.
    """

    srid: int
    method: str
    geometry: BaseGeometry
    surveyed_on: date | None = None
    surveyed_by: str | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Unit:
    """A unit in the draft's picture of the land: one of the register, or a piece that an operation made.

    Geometry in the working system; `roots` are the units of the register it came from, itself for one of those;
    `made_by` is the operation that made it, None for one of the register; `overlap` is where it is
    known to overlap others; `source` is the survey an operation drew it from, which is stored with the record.
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
    source: Source | None = None

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
class Step:
    """An operation as it stands in a draft: the units it names, then others it touched, in the versions seen."""

    seq: int
    body: Mapping[str, Any]
    units: tuple[int, ...]
    versions: tuple[int, ...]
    added_at: datetime | None = None
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was read of it in this request: a commit needs it twice."""


@dataclass(frozen=True)
class Event:
    """What somebody did with a draft; nobody is named where the service did it by itself."""

    at: datetime
    action: str
    account_id: int | None
    name: str | None
    reason: str | None


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
    grounds: Mapping[str, Any] | None = None
    approved_by: int | None = None
    confirmed_at: datetime | None = None
    confirmed_until: date | None = None
    steps: tuple[Step, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """The document or reason an officer commits a draft on; one of `doc_no` and `reason` is given."""

    doc_no: str | None = None
    doc_on: date | None = None
    authority: str | None = None
    reason: str | None = None
    title: str | None = None
    prepared_by: str | None = None
    """The login of who prepared what somebody else approves."""


@dataclass(frozen=True)
class NodedUnit:
    """A neighbour that gets corners where a cut ends on its edge; nothing else of it changes."""

    unit: Unit
    bends: tuple[Bend, ...]
    moved_m: float
    area_change_m2: float


@dataclass(frozen=True)
class ChangedUnit:
    """A unit that keeps identity, number and code while its geometry, facts or uses change."""

    before: Unit
    after: Unit

    @property
    def redrawn(self) -> bool:
        """Tell whether its geometry changes."""
        return self.before.geometry != self.after.geometry

    @property
    def renumbered(self) -> bool:
        """Tell whether it gets another number."""
        return (self.before.sheet, self.before.number) != (self.after.sheet, self.after.number)


@dataclass(frozen=True)
class Closure:
    """How land closes that was drawn anew together (m²): what it was once noded, and what it is.

    `moved` tells that operations were asked to change what land is covered; then `gained` is what is covered
    now and was not, `lost` what is left uncovered, and nothing else may have changed but what old land overlapped
    twice: `parted_m2` is what two had and one has now. More overlap is never made up for.
    """

    before: tuple[Unit, ...]
    after: tuple[Unit, ...]
    noded_m2: float
    after_m2: float
    edges_m: float
    moved: bool = False
    gained: BaseGeometry | None = None
    lost: BaseGeometry | None = None
    parted_m2: float = 0.0

    @property
    def name(self) -> str:
        """Return what messages call this land."""
        return ", ".join(unit.name for unit in self.before or self.after)

    @property
    def before_m2(self) -> float:
        """Return what it measured before."""
        return float(sum(unit.geometry.area for unit in self.before if unit.geometry is not None))

    @property
    def noding_m2(self) -> float:
        """Return what noding changed of the whole."""
        return self.noded_m2 - self.before_m2

    @property
    def gained_m2(self) -> float:
        """Return how much land is covered that was not."""
        return self.gained.area if self.gained is not None else 0.0

    @property
    def lost_m2(self) -> float:
        """Return how much land is left uncovered."""
        return self.lost.area if self.lost is not None else 0.0

    @property
    def residual_m2(self) -> float:
        """Return what the land has more now than it should."""
        return self.after_m2 - self.noded_m2 - (self.gained_m2 - self.lost_m2) + self.parted_m2


@dataclass(frozen=True)
class Rebased:
    """An operation whose parcel was changed after it was added; it still applies."""

    operation: int
    ref: str


@dataclass(frozen=True)
class Link:
    """That a unit comes from another one: of the register both, once the draft is committed."""

    parent: int
    child: int
    kind: str


@dataclass(frozen=True)
class Plan:
    """The end state of a draft: what it ends, makes, changes and nodes, and who comes from whom."""

    before: tuple[Unit, ...]
    after: tuple[Unit, ...]
    noded: tuple[NodedUnit, ...]
    closures: tuple[Closure, ...]
    rebased: tuple[Rebased, ...]
    codes: Mapping[int, ParcelCode] = field(default_factory=dict)
    changed: tuple[ChangedUnit, ...] = ()
    links: tuple[Link, ...] = ()
    ends: Mapping[int, str] = field(default_factory=dict)
    """Units that end without a successor, each with the stated reason."""
    reinstated: tuple[Unit, ...] = ()
    """Units that are current again because the record that ended them is undone."""
    told: tuple[Mapping[str, Any], ...] = ()
    """What single operations tell of themselves."""
    exempt: Mapping[int, str] = field(default_factory=dict)
    """Units of which no least plot is asked, each with the cause."""

    @property
    def touched(self) -> tuple[Unit, ...]:
        """Return the units of the register that end or change."""
        return (*self.before, *(each.before for each in self.changed))

    @property
    def now(self) -> tuple[Unit, ...]:
        """Return the units that are made or changed, as they will be."""
        return (*self.after, *(each.after for each in self.changed))

    @property
    def empty(self) -> bool:
        """Tell whether nothing would be written."""
        return not (self.before or self.after or self.changed or self.noded or self.reinstated)


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
    severities: Mapping[str, str] = field(default_factory=dict)
    """How grave a failure is at each moment: preview, submit, commit."""
    second_person: bool = False

    @property
    def broken(self) -> bool:
        """Return whether the rule is not kept, however grave that is."""
        return self.result in {FAIL, WARNING}

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
        return not self.plan.empty and not any(finding.stops for finding in self.report)
