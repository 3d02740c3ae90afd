"""Fill the calculator from a parcel: its area, and what the table of land prices says, with where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.service import find_unit, retired
from landsvc.core import i18n
from landsvc.core.db import Database
from landsvc.core.i18n import gettext
from landsvc.finance.prices.entries import LandPrice
from landsvc.finance.prices.service import price_of
from landsvc.portal.calculator_forms import Form


@dataclass(frozen=True)
class LandKnown:
    """What is known of a parcel: values for the fields of a form, and where they come from, in words."""

    ref: str
    values: dict[str, str]
    said: list[str]

    def fill(self, form: Form, typed: dict[str, str]) -> dict[str, str]:
        """Return what stands in a form: what somebody typed goes before what is known."""
        asked = {ask.name for ask in form.asks}
        return {name: value for name, value in self.values.items() if name in asked} | typed


def land_known(database: Database, session: Session, text: str, on: date) -> LandKnown:
    """Return what is known of a parcel of today; `session` is of the public role.

    Raises `MalformedReference`, `ParcelNotFound`, `SeveralParcels` or `ParcelRetired`.
    """
    ref = parse_ref(text, "parcel")
    found = find_unit(database, ref)
    if found.body is None:
        raise retired(database, ref, found.unit_id)
    parcel = json.loads(found.body)
    values: dict[str, str] = {}
    said: list[str] = []
    area = parcel["legalAreaM2"]
    if area is not None:
        said.append(gettext("Registered area: %(area)s", area=i18n.area(area)))
    areas = areas_of(parcel)
    for at, (code, part) in enumerate(areas.items()):
        use = code if part is None or len(areas) == 1 else f"{code} ({i18n.area(part)})"
        price = price_of(session, found.unit_id, code, on)
        if isinstance(price, LandPrice):
            said.append(_said(use, price))
            if at == 0:
                values |= _values(price)
        else:
            said.append(_unpriced(use))
    if first := next(iter(areas.values()), area):
        values["areaM2"] = _decimal(str(first))
    if len(areas) > 1:
        said.append(gettext("Several uses: the fields have area and price of the first; work out each alone."))
    return LandKnown(str(ref), values, said)


def areas_of(parcel: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the area in m² of each use, all of the parcel's if it has one use; None where it is not told."""
    found: dict[str, float | None] = {}
    for use in parcel["uses"]:
        before, part = found.get(use["code"], 0.0), use["areaM2"]
        found[use["code"]] = None if before is None or part is None else round(before + part, 2)
    return found if len(found) > 1 else dict.fromkeys(found, parcel["legalAreaM2"])


def _unpriced(use: str) -> str:
    return gettext("%(use)s: the table of land prices has no price for this parcel; write it yourself.", use=use)


def _values(price: LandPrice) -> dict[str, str]:
    unit, k = str(price.unit_price_vnd), _decimal(f"{price.coefficient.normalize():f}")
    return {"unitPriceVnd": unit, "coefficient": k, "priceBeforeVnd": unit, "coefficientBefore": k}


def _said(use: str, price: LandPrice) -> str:
    where = ", ".join(
        filter(
            None,
            (
                gettext("position %(number)s", number=price.standing.place.position),
                price.segment.street if price.segment else "",
                gettext("confirmed by an officer")
                if price.confirmed
                else gettext("as the map says, not confirmed"),
            ),
        )
    )
    return gettext(
        "%(use)s: %(price)s for each m² by %(decision)s (%(where)s), K %(k)s",
        use=use,
        price=i18n.money(price.unit_price_vnd),
        decision=price.table.decision_no,
        where=where,
        k=_decimal(f"{price.coefficient.normalize():f}"),
    )


def _decimal(text: str) -> str:
    """Write a decimal number as the reader's language does, without marks between thousands."""
    return text if i18n.current_language() == "en" else text.replace(".", ",")
