"""The forms of the calculator: which facts each kind of estimate asks for, and how people write numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from landsvc.core.errors import N_
from landsvc.finance.obligations.schemas import ChangeOfUseIn, GiftIn, LandTaxIn, RiceLandIn, TransferIn

GROUPED = {"vi": r"[0-9]{1,3}(\.[0-9]{3})+", "en": r"[0-9]{1,3}(,[0-9]{3})+"}
"""A number with marks between its thousands, as each language writes it."""


@dataclass(frozen=True)
class Ask:
    """One field: `kind` is area, money, coefficient, count, shares, day, tick, or the name of a list of choices."""

    name: str
    kind: str
    label: str
    help: str = ""
    required: bool = False


@dataclass(frozen=True)
class Form:
    """One kind of estimate."""

    kind: str
    title: str
    lead: str
    asks: tuple[Ask, ...]
    body: type[BaseModel]
    shape: Callable[[dict[str, Any]], dict[str, Any]]


ON = Ask("on", "day", N_("Day"), N_("The day of the contract or decision; today if left empty."))
AREA = Ask("areaM2", "area", N_("Area of the land"), N_("As the certificate says."), required=True)
PRICE = Ask(
    "unitPriceVnd",
    "money",
    N_("Price for each m² in the price table"),
    N_("From the land price table of the province, for this land, street and position."),
    required=True,
)
COEFFICIENT = Ask(
    "coefficient", "coefficient", N_("Coefficient K"), N_("Adjustment coefficient; 1 if none applies.")
)
HOUSE = Ask(
    "houseValueVnd",
    "money",
    N_("Value of the house"),
    N_("For the registration fee, by the province's table of houses; 0 if there is none."),
)
QUOTA = Ask("quotaM2", "area", N_("Quota of residential land"), N_("As the province sets it for the commune."))


FRACTIONS = N_("Fractions that sum to 1, such as 7/10, 3/10.")
SCHEME = N_(
    "Garden, pond or farmland in the parcel of a house or split from it: shares by the quota are paid, once."
)
NOW = N_("Price of the land as it is now, for each m²")


def _people(name: str, label: str) -> tuple[Ask, Ask]:
    return (
        Ask(f"{name}Count", "count", label, N_("Equal shares are assumed where none are given.")),
        Ask(
            f"{name}Shares",
            "shares",
            N_("Their shares, if known"),
            N_("Fractions that sum to 1, such as 7/10, 3/10."),
        ),
    )


def _shaped(*people: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what turns flat fields into a body: land apart, and each group of people apart."""

    def shape(given: dict[str, Any]) -> dict[str, Any]:
        names = ("areaM2", "unitPriceVnd", "coefficient")
        body = {name: value for name, value in given.items() if name not in names}
        body["land"] = [{name: given[name] for name in names if name in given}]
        for group in people:
            count, shares = body.pop(f"{group}Count", None), body.pop(f"{group}Shares", None)
            body[group] = {"shares": shares} if shares else {"count": 1 if count is None else count}
        return body

    return shape


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    return given


FORMS: Mapping[str, Form] = {
    form.kind: form
    for form in (
        Form(
            "transfer",
            N_("Sale"),
            N_("Income tax of the sellers and registration fee of the buyers."),
            (
                AREA,
                PRICE,
                COEFFICIENT,
                Ask("contractPriceVnd", "money", N_("Price in the contract"), required=True),
                HOUSE,
                Ask("onePriceForBoth", "tick", N_("The contract has one price for land and house")),
                *_people("sellers", N_("How many sellers")),
                *_people("buyers", N_("How many buyers")),
                Ask("exemption", "transfer-tax", N_("Why no income tax is owed")),
                Ask("registrationExemption", "registration-fee", N_("Why no registration fee is owed")),
                ON,
            ),
            TransferIn,
            _shaped("sellers", "buyers"),
        ),
        Form(
            "gift",
            N_("Inheritance or gift"),
            N_("Income tax and registration fee of those who receive."),
            (
                AREA,
                PRICE,
                COEFFICIENT,
                HOUSE,
                *_people("receivers", N_("How many receive")),
                Ask("exemption", "gift-tax", N_("How they are related"), N_("Close relatives owe nothing.")),
                ON,
            ),
            GiftIn,
            _shaped("receivers"),
        ),
        Form(
            "change-of-use",
            N_("Change to residential land"),
            N_("The land-use fee for garden, pond or farmland that becomes residential land."),
            (
                AREA,
                Ask(
                    "priceAfterVnd",
                    "money",
                    N_("Price of residential land for each m²"),
                    PRICE.help,
                    required=True,
                ),
                Ask(
                    "priceBeforeVnd",
                    "money",
                    N_("Price of the land as it is now, for each m²"),
                    PRICE.help,
                    required=True,
                ),
                Ask("coefficientAfter", "coefficient", N_("Coefficient K of residential land"), COEFFICIENT.help),
                Ask(
                    "coefficientBefore",
                    "coefficient",
                    N_("Coefficient K of the land as it is now"),
                    COEFFICIENT.help,
                ),
                Ask(
                    "besideHouse",
                    "tick",
                    N_("Same parcel as a house, chosen for the first time"),
                    SCHEME,
                ),
                QUOTA,
                Ask("leasedYearly", "tick", N_("Farmland leased with yearly rent")),
                ON,
            ),
            ChangeOfUseIn,
            _flat,
        ),
        Form(
            "land-tax",
            N_("Land tax for a year"),
            N_("The tax on non-agricultural land, by the quota of residential land."),
            (
                AREA,
                PRICE,
                Ask("use", "uses", N_("Kind of use")),
                QUOTA,
                Ask("quotaLeftM2", "area", N_("Quota that other plots leave"), N_("All of it if left empty.")),
                ON,
            ),
            LandTaxIn,
            _flat,
        ),
        Form(
            "rice-land",
            N_("Rice land converted"),
            N_("What is paid for the protection of rice land."),
            (AREA, PRICE, ON),
            RiceLandIn,
            _flat,
        ),
    )
}


def read(ask: Ask, text: str, language: str) -> Any:
    """Return what somebody typed as the body takes it; text that is no number stays text, and is refused there."""
    match ask.kind:
        case "tick":
            return True
        case "money" | "count":
            digits = re.sub(r"[\s.,_đ]", "", text)
            return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else text
        case "area" | "coefficient":
            return _decimal(text, language)
        case "shares":
            return [each.strip() for each in re.split(r"[,;\s]+", text) if each.strip()]
        case _:
            return text


def _decimal(text: str, language: str) -> str:
    """Return a decimal number with a point: marks between thousands go as the language writes them."""
    plain = re.sub(r"\s|m²|m2", "", text)
    mark = "." if language == "vi" else ","
    if re.fullmatch(GROUPED[language] + r"([.,][0-9]+)?", plain):
        plain = plain.replace(mark, "")
    return plain.replace(",", ".")
