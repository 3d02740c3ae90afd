"""What an estimate is made from, and what it says. Areas in m², money in whole đồng, shares as fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from landsvc.finance.obligations.parameters import Exemption, Parameter


@dataclass(frozen=True)
class LandPart:
    """Land with one price: table price P (đồng for each m²) and coefficient K."""

    area_m2: Decimal
    unit_price_vnd: int
    coefficient: Decimal = Decimal(1)


@dataclass(frozen=True)
class Step:
    """One line of the working: what was done (a key of `sayings`), with what, and what came of it (đồng)."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    amount_vnd: int | None = None


@dataclass(frozen=True)
class Obligation:
    """What one person would owe: an estimate, never a notice."""

    kind: str
    sub_item: str | None
    amount_vnd: int
    working: tuple[Step, ...]
    parameters: tuple[Parameter, ...]
    payer: int = 1
    share: Fraction = Fraction(1)
    share_assumed: bool = False
    exemption: Exemption | None = None

    @property
    def laws(self) -> tuple[str, ...]:
        """Return the texts it rests on, each once."""
        exempt = (self.exemption.law,) if self.exemption else ()
        return tuple(dict.fromkeys((*(each.law for each in self.parameters), *exempt)))


@dataclass(frozen=True)
class People:
    """Who owes or receives together: shares that sum to 1, or how many where shares are not known."""

    shares: Sequence[Fraction] = ()
    count: int = 1

    @property
    def parts(self) -> tuple[tuple[Fraction, bool], ...]:
        """Return each person's share, and whether it is assumed: equal where shares are not known."""
        if self.shares:
            return tuple((each, False) for each in self.shares)
        return tuple((Fraction(1, self.count), self.count > 1) for _ in range(self.count))


@dataclass(frozen=True)
class Transfer:
    """A sale (chuyển nhượng): price of the contract, land by the table, house by the table of houses."""

    land: Sequence[LandPart]
    contract_price_vnd: int
    house_value_vnd: int = 0
    sellers: People = field(default_factory=People)
    buyers: People = field(default_factory=People)
    exemption: str | None = None
    registration_exemption: str | None = None
    one_price_for_both: bool = False
    """Whether the contract does not tell the price of the land from that of the house."""


@dataclass(frozen=True)
class Gift:
    """An inheritance or a gift (thừa kế, tặng cho)."""

    land: Sequence[LandPart]
    house_value_vnd: int = 0
    receivers: People = field(default_factory=People)
    exemption: str | None = None
    registration_exemption: str | None = None


@dataclass(frozen=True)
class LandTax:
    """A year of the tax on residential land (thuế sử dụng đất phi nông nghiệp)."""

    area_m2: Decimal
    unit_price_vnd: int
    use: str = "residential"
    quota_left_m2: Decimal = Decimal(0)
    """What other plots left of the quota: it is used on one chosen plot, and the rest counts as excess."""
    quota_m2: Decimal = Decimal(0)
    household: bool = True


@dataclass(frozen=True)
class Lease:
    """Farmland or other land leased with the rent paid at once: what remains of its term, in months."""

    months: int
    months_left: int
    days_left: int = 0
    """Days of the month that has begun."""


@dataclass(frozen=True)
class ChangeOfUse:
    """Land changed to residential land (chuyển mục đích sử dụng đất)."""

    area_m2: Decimal
    price_after_vnd: int
    price_before_vnd: int
    coefficient_after: Decimal = Decimal(1)
    coefficient_before: Decimal = Decimal(1)
    quota_m2: Decimal = Decimal(0)
    beside_house: bool = False
    """Garden, pond or farmland in the same parcel as a house, or split from it, and the scheme not used before."""
    leased_yearly: bool = False
    lease: Lease | None = None


@dataclass(frozen=True)
class RiceLand:
    """Specialised rice land converted (đất chuyên trồng lúa)."""

    area_m2: Decimal
    unit_price_vnd: int
