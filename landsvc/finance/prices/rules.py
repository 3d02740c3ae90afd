"""Work out what land costs from a table's rows: pure functions, whole đồng, no floats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import prod

from landsvc.finance.prices.entries import Factor, PricedPart, PriceRow, Share, Tree
from landsvc.finance.rules import whole_vnd

TENTH = Decimal("0.1")
HUNDRED = Decimal(100)


def legal_areas(parts: Sequence[Tree], legal_area_m2: Decimal) -> list[Decimal]:
    """Return the parts of a legal area in tenths of m², in proportion to areas of the map; they add up to it.

    Rounded areas are cut from running totals, so no tenth is lost or found.
    """
    mapped = [Fraction(str(part["areaM2"])) for part in parts]
    whole, so_far, cut = sum(mapped), Fraction(0), Decimal(0)
    found = []
    for size in mapped:
        so_far += size
        reached = _tenths(so_far / whole * Fraction(legal_area_m2)) if whole else Decimal(0)
        found.append(reached - cut)
        cut = reached
    return found


def _tenths(area: Fraction) -> Decimal:
    exact = Decimal(area.numerator) / Decimal(area.denominator)
    return exact.quantize(TENTH, ROUND_HALF_UP)


def priced(
    parts: Sequence[Tree],
    position: int,
    legal_area_m2: Decimal,
    rows: Sequence[PriceRow],
    shares: Sequence[Share],
) -> list[PricedPart] | None:
    """Return the parts with what each costs; None where the table has no price to start from.

    `rows` come in the order of preference: the first that fits counts. A price the table names for position and band
    goes before a share of the first one; of shares that is the price of position 1, band 1.
    """
    known = {(each.position, each.band): each for each in shares}
    areas = legal_areas(parts, legal_area_m2)
    found = []
    for part, area in zip(parts, areas, strict=True):
        band = int(part["band"])
        share, of_band = known.get((position, 0)), known.get((position, band))
        position_pct = share.pct if share else HUNDRED
        band_pct = of_band.pct if of_band else HUNDRED
        chosen = _chosen(rows, position, band, position_pct, band_pct)
        if chosen is None:
            return None
        price, base, named = chosen
        limits = (of_band.from_m, of_band.to_m) if of_band else (None, None)
        found.append(PricedPart(position, band, area, price, named, base, position_pct, band_pct, *limits))
    return found or None


def _chosen(
    rows: Sequence[PriceRow], position: int, band: int, position_pct: Decimal, band_pct: Decimal
) -> tuple[int, int, bool] | None:
    """Return price, the price it starts from, and whether the table names it.

    Only rows of one place and use are compared: a price of the zone never completes one of the street.
    """
    for place in dict.fromkeys((row.by_street, row.zone, row.land_code) for row in rows):
        here = {
            (row.position, row.band): row.unit_price_vnd
            for row in rows
            if (row.by_street, row.zone, row.land_code) == place
        }
        if (position, band) in here:
            return here[position, band], here[position, band], True
        if (position, 1) in here:
            base = here[position, 1]
            return whole_vnd(Fraction(base) * Fraction(band_pct) / 100), base, False
        if (1, 1) in here:
            base = here[1, 1]
            return whole_vnd(Fraction(base) * Fraction(position_pct * band_pct) / 10_000), base, False
    return None


def coefficient(factors: Sequence[Factor], *, corner: bool) -> tuple[Decimal, list[Factor]]:
    """Return K, the product of the coefficients that count, and those; that of corners counts at corners."""
    used = [each for each in factors if each.kind != "corner" or corner]
    return prod((each.factor for each in used), start=Decimal(1)), used


def value_vnd(parts: Sequence[PricedPart], k: Decimal) -> int:
    """Return the value of the parts, Σ P·K·A, in whole đồng."""
    return whole_vnd(sum(Fraction(part.unit_price_vnd) * Fraction(part.area_m2) for part in parts) * Fraction(k))


def mean_price_vnd(parts: Sequence[PricedPart]) -> int:
    """Return the price of a m² of all parts together, by area, in whole đồng."""
    size = sum(Fraction(part.area_m2) for part in parts)
    if not size:
        return parts[0].unit_price_vnd
    return whole_vnd(sum(Fraction(part.unit_price_vnd) * Fraction(part.area_m2) for part in parts) / size)
