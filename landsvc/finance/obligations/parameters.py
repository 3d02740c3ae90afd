"""Figures the law sets: rates, thresholds, caps, terms and exemptions, each with the days it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from landsvc.finance.obligations.errors import ExemptionUnknown, ParameterMissing, TermMissing


@dataclass(frozen=True)
class Parameter:
    """One figure in force: `unit` is share, vnd, day, times or flag; certainty S (found), K (known), ? (open)."""

    code: str
    value: Decimal
    unit: str
    name_vi: str
    name_en: str
    law: str
    certainty: str


@dataclass(frozen=True)
class Exemption:
    """A reason for owing nothing of some kinds."""

    code: str
    kinds: tuple[str, ...]
    name_vi: str
    name_en: str
    law: str
    certainty: str


@dataclass(frozen=True)
class Instalment:
    """A share of the amount (percent), due so many calendar days after the notice."""

    pct: int
    days: int


@dataclass(frozen=True)
class PaymentTerm:
    """Until when the tax office gives notice (working days from the slip) and the money is due."""

    kind: str
    payer: str
    notice_days: int | None
    instalments: tuple[Instalment, ...]
    law: str
    certainty: str


@dataclass
class Parameters:
    """All figures in force on a day; `used` are those that were looked at."""

    on: date
    figures: dict[str, Parameter]
    exemptions: dict[str, Exemption] = field(default_factory=dict)
    terms: Sequence[PaymentTerm] = ()
    used: list[Parameter] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        on: date,
        figures: Iterable[Parameter],
        exemptions: Iterable[Exemption] = (),
        terms: Sequence[PaymentTerm] = (),
    ) -> Parameters:
        """Return parameters of a day, by code."""
        return cls(on, {each.code: each for each in figures}, {each.code: each for each in exemptions}, terms)

    def again(self) -> Parameters:
        """Return the same figures with nothing used yet."""
        return Parameters(self.on, self.figures, self.exemptions, self.terms)

    def __getitem__(self, code: str) -> Fraction:
        """Return a figure, exactly; raise `ParameterMissing` when none is in force."""
        found = self.figures.get(code)
        if found is None:
            raise ParameterMissing(code=code, day=self.on.isoformat())
        if found not in self.used:
            self.used.append(found)
        return Fraction(found.value)

    def exemption(self, code: str | None, kind: str, where: str) -> Exemption | None:
        """Return the exemption if it frees of this kind.

        Raises `ExemptionUnknown` naming the member `where` when there is no such reason on the day.
        """
        if code is None:
            return None
        found = self.exemptions.get(code)
        if found is None:
            raise ExemptionUnknown(field=where, code=code, day=self.on.isoformat())
        return found if kind in found.kinds else None

    def term(self, kind: str, payer: str) -> PaymentTerm:
        """Return when an obligation is noticed and paid; raise `TermMissing`."""
        for each in self.terms:
            if (each.kind, each.payer) == (kind, payer):
                return each
        raise TermMissing(kind=kind, day=self.on.isoformat())
