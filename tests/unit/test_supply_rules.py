"""Who may learn what of the register: every kind of asker, proved and not, by the rows of the data."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from landsvc.registry.supply import rules
from landsvc.registry.supply.rules import Asker, Fee

ROWS = Path(__file__).parents[2] / "gis_data" / "procedures" / "supply_askers.csv"
PERSONAL = {"rights", "holders", "numbers", "encumbrances", "blocks", "dossiers", "certificates"}
COUPLE = ["NSD-00000003", "NSD-00000001", "NSD-00000002"]
"""The code of a couple, then those of its members."""


def askers() -> dict[str, Asker]:
    with ROWS.open(encoding="utf-8") as lines:
        return {
            row["code"]: Asker(
                row["code"],
                row["name_vi"],
                row["name_en"],
                row["proof"],
                row["bare"].split(),
                row["sees"].split(),
                row["fee_free"] == "true",
                row["law"],
                row["certainty"],
            )
            for row in csv.DictReader(lines)
        }


@pytest.mark.parametrize("code", sorted(askers()))
def test_without_its_proof_nobody_learns_of_people(code):
    asker = askers()[code]
    told = rules.shown(asker, (), proven=False)
    assert not set(told.parts) & PERSONAL
    assert {part for part, _ in told.withheld} == set(asker.sees) - set(asker.bare)


@pytest.mark.parametrize("code", sorted(askers()))
def test_only_proceedings_learn_whole_numbers(code):
    told = rules.shown(askers()[code], rules.PARTS, proven=True)
    assert ("numbers" in told.parts) == (code in {"court", "enforcement", "investigation"})


def test_what_was_asked_for_is_all_that_is_told():
    told = rules.shown(askers()["court"], {"blocks", "land"}, proven=True)
    assert (told.parts, told.withheld) == (("land", "blocks"), ())


@pytest.mark.parametrize(
    ("consents", "enough"),
    [
        ({"NSD-00000003"}, True),
        ({"NSD-00000001", "NSD-00000002"}, True),
        ({"NSD-00000001"}, False),
        (set(), False),
    ],
)
def test_a_couple_consents_by_itself_or_by_both_members(consents, enough):
    bank = askers()["bank"]
    assert rules.proven(bank, [COUPLE], consents=consents) is enough
    assert not rules.proven(bank, [COUPLE, ["NSD-00000009"]], consents=consents)


@pytest.mark.parametrize("code", ["bank", "notary", "holder", "consented"])
def test_land_that_nobody_holds_proves_nothing(code):
    given = {"applicants": COUPLE, "consents": set(COUPLE), "giver": COUPLE[0], "document": True}
    assert not rules.proven(askers()[code], [], **given)


def test_a_fee_is_one_for_the_request_and_one_for_each_further_parcel():
    fees = [Fee("request", "", "", "request", 100, "", "?"), Fee("parcel", "", "", "parcel", 20, "", "?")]
    known = askers()
    for parcels, total in ((1, 100), (2, 120), (7, 220)):
        assert sum(each.total_vnd for each in rules.charges(fees, known["bank"], parcels)) == total
        assert rules.charges(fees, known["court"], parcels) == []
