"""What a slip would tell becomes what the calculator takes; what lacks is named, and what stands in for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from landsvc.finance.obligations.model import Gift, Transfer
from landsvc.finance.obligations.parameters import Exemption, Parameter, Parameters
from landsvc.finance.obligations.service import estimate
from landsvc.finance.slips.content import (
    AboutDossier,
    SlipContract,
    SlipFacts,
    SlipLand,
    SlipParty,
    SlipRelief,
    SlipUse,
)
from landsvc.registry.dossiers.tax_estimate import EstimateCase, case_of

TODAY = date(2026, 11, 23)
PRICES = {(0, "ODT"): (5_000_000, Decimal("1.2"))}
KIN = Exemption("siblings", ("transfer-tax", "gift-tax", "registration-fee-gift"), "", "", "", "S")
FARM = Exemption("farmland-recognised", ("registration-fee", "registration-fee-gift"), "", "", "", "S")
GROUNDS = {each.code: each for each in (KIN, FARM)}
FIGURES = Parameters.of(
    TODAY,
    [
        Parameter(code, Decimal(value), "share", "", "", "", "S")
        for code, value in (
            ("transfer-tax.rate", "0.02"),
            ("gift-tax.rate", "0.1"),
            ("gift-tax.threshold", "20000000"),
            ("registration-fee.rate", "0.005"),
            ("registration-fee.cap", "500000000"),
            ("registration-fee.with-coefficient", "0"),
        )
    ],
    GROUNDS.values(),
)


def party(role: Any, code: str, share: str | None = None) -> SlipParty:
    return SlipParty(
        role=role,
        party=code,
        kind="person",
        name=code,
        address=None,
        born_on=None,
        born_year=None,
        contact=None,
        share=share,
        identity=[],
    )


def contract(**said: Any) -> SlipContract:
    told = {"number": "1", "signed_on": date(2026, 3, 1), "notary": "A", "land_vnd": 1_200_000_000}
    return SlipContract(**{**told, "assets_vnd": None, "tax_payer": None, **said})


def facts(**said: Any) -> SlipFacts:
    land = SlipLand(
        ref="1-2",
        code=None,
        commune="25195",
        commune_name=None,
        sheet="1",
        parcel_no="2",
        address=None,
        area_m2=150,
        uses=[SlipUse(code="ODT", area_m2=150, origin=None, term_until=None)],
        certificates=[],
    )
    about = dict.fromkeys(("dossier", "procedure", "procedure_name", "case", "legal_basis", "sender"), "x")
    told: dict[str, Any] = {
        "dossier": AboutDossier(**about, received_at=None, taxes=["T", "B"], tax_office=None),
        "parties": [party("transferor", "S"), party("transferee", "B")],
        "land": [land],
        "assets": [],
        "contract": contract(),
        "relief": [],
        "deductions": [],
        "attachments": [],
    }
    return SlipFacts(**{**told, **said})


def of(kind: Any = "transfer", prices: Any = PRICES, **said: Any) -> EstimateCase:
    return case_of(kind, facts(**said), prices, GROUNDS, TODAY)


def amounts(case: EstimateCase) -> list[int]:
    assert case.facts is not None, case.lacking
    return [each.amount_vnd for each in estimate(case.facts, FIGURES)]


def test_a_sale_is_estimated_from_what_its_slip_would_tell():
    found = of()
    assert isinstance(found.facts, Transfer)
    assert (found.on, found.lacking, found.assumed) == (date(2026, 3, 1), (), ())
    assert amounts(found) == [24_000_000, 3_750_000]


def test_sellers_owe_by_their_shares():
    found = of(
        parties=[party("transferor", "S", "7/10"), party("transferor", "W", "3/10"), party("transferee", "B")]
    )
    assert amounts(found)[:2] == [16_800_000, 7_200_000]


def test_equal_shares_stand_in_where_none_was_entered_and_are_named():
    found = of(parties=[party("transferor", "S"), party("transferor", "W"), party("transferee", "B")])
    assert found.assumed == ("parties.transferor.share",)
    assert amounts(found)[:2] == [12_000_000, 12_000_000]


def test_a_gift_asks_for_no_price_of_a_contract():
    found = of("gift", contract=None)
    assert isinstance(found.facts, Gift)
    assert (found.on, found.assumed) == (TODAY, ("contract.effectiveOn",))
    assert amounts(found) == [88_000_000, 3_750_000]


def test_the_day_of_the_contract_counts_and_today_where_the_buyer_pays():
    assert of(contract=contract(effective_on=date(2026, 4, 1))).on == date(2026, 4, 1)
    assert of(contract=contract(tax_payer="buyer")).on == TODAY


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        ({"kind": None}, "dossier.procedure"),
        ({"contract": None}, "contract.landVnd"),
        ({"contract": contract(land_vnd=None)}, "contract.landVnd"),
        ({"prices": {}}, "land.0.price.ODT"),
        ({"land": []}, "land"),
        ({"parties": [party("transferor", "S")]}, "parties.transferee"),
        (
            {"parties": [party("transferor", "S", "1/2"), party("transferee", "B")]},
            "parties.transferor.share",
        ),
    ],
)
def test_what_lacks_is_named_and_nothing_is_guessed(said, lacking):
    found = of(**said)
    assert (found.facts, found.lacking) == (None, (lacking,))


def test_no_contract_said_is_the_value_by_the_table():
    assert amounts(of(contract=None, said_none=["contract"]))[0] == 18_000_000


def relief(code: str, **said: Any) -> SlipRelief:
    return SlipRelief(code=code, document=None, **{"who": None, "area_m2": None, **said})


def test_relief_of_everybody_frees_of_what_its_ground_is_for():
    found = of(relief=[relief("siblings", who="B"), relief("farmland-recognised", area_m2=150)])
    assert (amounts(found), found.assumed) == ([0, 0], ())


@pytest.mark.parametrize(
    "said",
    [
        relief("siblings", area_m2=149.9),
        relief("siblings", who="X"),
        relief("siblings", deferral=True),
        relief("unknown"),
    ],
)
def test_relief_of_a_part_is_named_and_not_taken_off(said):
    found = of(relief=[said])
    assert (amounts(found)[0], found.assumed) == (24_000_000, ("relief.0",))
