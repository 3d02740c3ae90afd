"""Fill the calculator from a parcel: its area, and what the table of land prices says, with where it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

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
    values, said = {}, []
    area = parcel["legalAreaM2"]
    if area is not None:
        values["areaM2"] = _decimal(str(area))
        said.append(gettext("Registered area: %(area)s", area=i18n.area(area)))
    codes = list(dict.fromkeys(use["code"] for use in parcel["uses"]))
    for at, code in enumerate(codes):
        price = price_of(session, found.unit_id, code, on)
        if isinstance(price, LandPrice):
            said.append(_said(code, price))
            if at == 0:
                values |= _values(price)
        else:
            said.append(_unpriced(code))
    if len(codes) > 1:
        said.append(
            gettext("Several uses: the fields have the price of the first; work out each by its own area.")
        )
    return LandKnown(str(ref), values, said)


def _unpriced(code: str) -> str:
    return gettext("%(use)s: the table of land prices has no price for this parcel; write it yourself.", use=code)


def _values(price: LandPrice) -> dict[str, str]:
    unit, k = str(price.unit_price_vnd), _decimal(f"{price.coefficient.normalize():f}")
    return {"unitPriceVnd": unit, "coefficient": k, "priceBeforeVnd": unit, "coefficientBefore": k}


def _said(code: str, price: LandPrice) -> str:
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
        use=code,
        price=i18n.money(price.unit_price_vnd),
        decision=price.table.decision_no,
        where=where,
        k=_decimal(f"{price.coefficient.normalize():f}"),
    )


def _decimal(text: str) -> str:
    """Write a decimal number as the reader's language does, without marks between thousands."""
    return text if i18n.current_language() == "en" else text.replace(".", ",")
