"""What may be done on land follows the decision table, and says no more than it knows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.planning.activities.rules import (
    ALLOWED,
    IF,
    NOT,
    STRICTNESS,
    UNKNOWN,
    Activity,
    Rule,
    Table,
    decide,
    uncovered,
)

DATA = Path(__file__).parents[2] / "gis_data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


RULE = tuple(Rule.__dataclass_fields__)
TABLE = Table(
    [Activity(**each) for each in rows("planning/activities.csv")],
    [Rule(**{name: each[name] for name in RULE}) for each in rows("planning/activity_rules.csv")],
    {each["code"]: each["parent"] or None for each in rows("codelists/land_use_types.csv")},
)
THEMES = [each["code"] for each in rows("codelists/planning_themes.csv")]
LEAVES = [code for code in TABLE.parents if code not in set(TABLE.parents.values())]


def zone(code: str, share: float = 20.0, **more: Any) -> dict[str, Any]:
    return {"code": code, "useCode": code, "areaM2": share, "sharePct": share, "status": "inForce"} | more


def theme(code: str, *zones: dict[str, Any], state: str = "affected") -> dict[str, Any]:
    return {"code": code, "name": code, "state": state, "zones": list(zones)}


def verdicts(uses: list[str], *themes: dict[str, Any]) -> dict[str, str]:
    told = decide(TABLE, [{"code": each, "areaM2": 100.0} for each in uses], themes)
    return {each.activity.code: each.verdict for each in told}


def test_every_activity_has_an_answer_on_every_land_use():
    assert uncovered(TABLE) == []


def test_every_line_names_a_law_or_the_fact_that_is_missing_and_known_codes_alone():
    for each in TABLE.rules:
        assert bool(each.law) != bool(each.missing_vi), each
        assert bool(each.missing_vi) == bool(each.missing_en)
        assert (each.verdict == UNKNOWN) == bool(each.missing_vi)
        assert each.land == "*" or each.land in TABLE.parents
        assert each.zone in {"", "*"} or each.zone in TABLE.parents
        assert not each.theme or each.theme in THEMES
        assert each.activity in {known.code for known in TABLE.activities}


@pytest.mark.parametrize(
    ("uses", "themes", "expected"),
    [
        (["CLN"], [], {"build_house": NOT, "plant_perennial": ALLOWED, "convert_residential": IF}),
        (["ODT"], [], {"build_house": IF, "convert_residential": ALLOWED, "plant_annual": ALLOWED}),
        (["ODT", "CLN"], [], {"build_house": IF, "plant_perennial": ALLOWED}),
        (["LUC"], [], {"plant_perennial": IF, "plant_annual": ALLOWED}),
        (["ODT"], [theme("annual_plan", zone("DGT", 100.0))], {"build_house": NOT, "transfer": IF}),
        (["ODT"], [theme("annual_plan", zone("DGT", 20.0))], {"build_house": IF}),
        (["ODT"], [theme("land_use_plan", zone("DGT", 100.0))], {"build_house": IF}),
        (["CLN"], [theme("land_use_plan", zone("DGT", 100.0))], {"convert_residential": NOT}),
        (["CLN"], [theme("land_use_plan", zone("ONT", 100.0))], {"convert_residential": IF}),
        (["CLN"], [theme("annual_plan", zone("DGT", 100.0, status="pending"))], {"plant_perennial": ALLOWED}),
        (["CLN"], [theme("annual_plan", state="withoutData")], {"plant_perennial": IF, "build_house": NOT}),
        (["CLN"], [theme("annual_plan", state="notAffected")], {"plant_perennial": ALLOWED}),
        (["SON"], [], {"build_house": NOT}),
        (["ODT"], [theme("annual_plan", zone("DGT", 100.0))], {"convert_residential": ALLOWED}),
        (["BCS"], [], {"build_house": UNKNOWN}),
        ([], [], {"build_house": UNKNOWN}),
    ],
)
def test_what_people_ask_first(uses, themes, expected):
    found = verdicts(uses, *themes)
    assert {code: found[code] for code in expected} == expected


USES = st.lists(st.sampled_from(LEAVES), min_size=1, max_size=3, unique=True)
ZONES = st.builds(zone, st.sampled_from(LEAVES), st.sampled_from([0.1, 20.0, 99.9, 100.0]))
MAPS = st.lists(
    st.builds(lambda code, zones: theme(code, *zones), st.sampled_from(THEMES), st.lists(ZONES, max_size=2)),
    max_size=3,
)


@given(USES, MAPS)
def test_a_zone_never_makes_an_answer_more_generous(uses, maps):
    bare, drawn = verdicts(uses), verdicts(uses, *maps)
    for code, found in drawn.items():
        assert STRICTNESS.index(found) >= STRICTNESS.index(bare[code])


@given(USES, MAPS)
def test_an_answer_is_borne_by_a_line(uses, maps):
    for each in decide(TABLE, [{"code": use, "areaM2": 1.0} for use in uses], maps):
        told = {line.rule.verdict for line in each.lines}
        assert each.verdict in told or (each.verdict in {IF, UNKNOWN} and len(told) > 1)
        if each.verdict == ALLOWED:
            assert told <= {ALLOWED, IF, UNKNOWN, NOT}
            assert all(line.rule.verdict == ALLOWED for line in each.lines if line.use is not None)
