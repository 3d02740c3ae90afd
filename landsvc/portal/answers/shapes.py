"""Hold what the templates print about one place: an answer, its themes, their zones and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landsvc.core.i18n import current_language, percent

NO_COLOR = "#c9c6bd"
STATES = ("affected", "notAffected", "withoutData")
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class LandUse:
    """One land-use type (loại đất) as the map shows it."""

    code: str
    name: str
    name_en: str
    color: str

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if current_language() == "en" and self.name_en else self.name


LandUses = Mapping[str, LandUse]


@dataclass(frozen=True)
class Chip:
    """A coloured label: land use of the parcel, or a zone lying on it."""

    code: str
    name: str
    color: str
    amount: str
    share_pct: float
    offset_pct: float = 0.0

    @property
    def measure(self) -> str:
        """Return the share where one is known, else metres or pieces."""
        return percent(self.share_pct) if self.share_pct else self.amount


@dataclass(frozen=True)
class Source:
    """Where a zone comes from: plan, decision, authority, accuracy."""

    zone: Chip
    pending: bool
    plan: str
    decision: str
    authority: str
    period: str
    scale: str
    certainty: str
    building: str
    """What may be built there."""


@dataclass(frozen=True)
class PlanPart:
    """What one plan says within a theme; plans of two levels may lie over each other."""

    plan: str
    level: str
    zones: Sequence[Chip]


@dataclass(frozen=True)
class Theme:
    """One theme of the extract, in one of three states."""

    code: str
    name: str
    state: str
    share: str
    amount: str
    parts: Sequence[PlanPart] = ()
    """What is in force, by plan."""
    pending: Sequence[PlanPart] = ()
    sources: Sequence[Source] = ()


@dataclass(frozen=True)
class Answer:
    """Everything the answer panel prints about one place."""

    ref: str | None
    """What the parcel is called."""
    title: str
    place: str
    sentences: Sequence[str]
    legal_area: str = ""
    computed_area: str = ""
    uses: Sequence[Chip] = ()
    old_names: Sequence[str] = ()
    numbers: Sequence[str] = ()
    code: str = ""
    plus_code: str = ""
    """Digital address of a parcel that is on the map."""
    houses: Sequence[str] = ()
    """House addresses on it today, without the commune."""
    link: str = ""
    """What links name the parcel by: it means this one for ever."""
    commune: str = ""
    valid_from: str = ""
    valid_at: str = ""
    as_of: str = ""
    """The day asked for, in words; empty when it is today."""
    known_at: str = ""
    as_known: str = ""
    """The instant asked for, as the address writes it and in words; empty for what is known now."""
    affected: Sequence[Theme] = ()
    not_affected: Sequence[Theme] = ()
    without_data: Sequence[Theme] = ()
    geometry: Mapping[str, Any] | None = None
    spot: Mapping[str, Any] | None = None
    """Where the map goes when there is no parcel: `point` (lon, lat) and perhaps `accuracyM`."""
