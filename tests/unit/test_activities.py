"""What may be done on land follows the decision table, and says no more than it knows."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
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
    ZoneKey,
    decide,
    uncovered,
    unjudged_themes,
    zone_key,
)

DATA = Path(__file__).parents[2] / "gis_data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


RULE = tuple(Rule.__dataclass_fields__)
TABLE = Table(
    [Activity(**each) for each in rows("planning/activities.csv")],
    [
        Rule(**{name: each[name] for name in RULE} | {"lapse_years": int(each["lapse_years"] or 0) or None})
        for each in rows("planning/activity_rules.csv")
    ],
    {each["code"]: each["parent"] or None for each in rows("codelists/land_use_types.csv")},
)
THEMES = [each["code"] for each in rows("codelists/planning_themes.csv")]
LEAVES = [code for code in TABLE.parents if code not in set(TABLE.parents.values())]


def zone(code: str, share: float = 20.0, **more: Any) -> dict[str, Any]:
    return {"code": code, "useCode": code, "areaM2": share, "sharePct": share, "status": "inForce"} | more


OLD = {"code": "KH-2024", "decidedOn": "2024-11-23"}
NEW = {"code": "KH-2025", "decidedOn": "2024-11-24"}
BARE = {"code": "KH-X", "decidedOn": None, "periodFrom": None}
YEAR = {"code": "KH-Y", "decidedOn": None, "periodFrom": 2024}
"""A plan of which the first year is known alone: it may have been decided on the last day of that year."""


def half(whole: dict[str, Any]) -> dict[str, Any]:
    return whole | {"areaM2": whole["areaM2"] / 2, "sharePct": whole["sharePct"] / 2}


def theme(code: str, *zones: dict[str, Any], state: str = "affected", covered: float = 100.0) -> dict[str, Any]:
    return {"code": code, "name": code, "state": state, "coveredPct": covered, "zones": list(zones)}


def apart(themes: tuple[dict[str, Any], ...]) -> Callable[[frozenset[ZoneKey]], float]:
    """Measure zones that do not overlap."""

    def together(keys: frozenset[ZoneKey]) -> float:
        zones = [(zone_key(each["code"], zone), zone) for each in themes for zone in each["zones"]]
        return min(100.0, sum(zone["sharePct"] for key, zone in zones if key in keys))

    return together


def verdicts(uses: list[str], *themes: dict[str, Any], on: date = date(2026, 11, 23)) -> dict[str, str]:
    told = decide(TABLE, [{"code": each, "areaM2": 100.0} for each in uses], themes, on, apart(themes))
    return {each.activity.code: each.verdict for each in told}


def test_every_activity_has_an_answer_on_every_land_use():
    assert uncovered(TABLE) == []


def test_every_line_names_a_law_or_the_fact_that_is_missing_and_known_codes_alone():
    for each in TABLE.rules:
        assert bool(each.law) != (each.verdict == UNKNOWN), each
        assert bool(each.missing_vi) == bool(each.missing_en)
        assert bool(each.missing_vi) == (each.verdict == UNKNOWN or each.lapse_years is not None)
        assert each.land == "*" or each.land in TABLE.parents
        assert each.zone in {"", "*"} or each.zone in TABLE.parents
        assert not each.beside or each.beside in TABLE.parents
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
        (["ODT", "QQQ"], [], {"plant_annual": IF}),
        (["CLN", "QQQ"], [], {"build_house": UNKNOWN}),
        ([], [], {"build_house": UNKNOWN}),
        (["ODT"], [theme("annual_plan", zone("DGT", 60.0), zone("DTL", 40.0))], {"build_house": NOT}),
        (["ODT"], [theme("annual_plan", zone("DGT", 60.0), zone("DTL", 39.0))], {"build_house": IF}),
        (
            ["ODT"],
            [theme("annual_plan", zone("DGT", 60.0)), theme("military", zone("CQP", 40.0))],
            {"build_house": UNKNOWN},
        ),
        (["CLN"], [theme("heritage", zone("DDL", 20.0))], {"plant_perennial": IF}),
        (["CLN"], [theme("land_use_plan", zone("CLN", 100.0))], {"plant_perennial": ALLOWED, "split": IF}),
        (["ODT"], [theme("annual_plan", zone("DGT", 100.0, plan=OLD))], {"build_house": UNKNOWN, "split": IF}),
        (["ODT"], [theme("annual_plan", zone("DGT", 100.0, plan=NEW))], {"build_house": NOT}),
        (["ODT"], [theme("annual_plan", zone("DGT", 100.0, plan=BARE))], {"build_house": NOT}),
        (["ODT"], [theme("annual_plan", zone("DGT", 100.0, plan=YEAR))], {"build_house": NOT}),
        (
            ["ODT"],
            [theme("annual_plan", zone("DGT", 100.0, plan=YEAR | {"periodFrom": 2023}))],
            {"build_house": UNKNOWN},
        ),
        # A zone to come says nothing of today, and a plan that speaks about a part says nothing of the rest.
        (
            ["CLN"],
            [theme("annual_plan", zone("DGT", 100.0, status="pending"), covered=0.0)],
            {"plant_perennial": IF},
        ),
        (["CLN"], [theme("land_use_plan", zone("CLN", 40.0), covered=40.0)], {"plant_perennial": IF}),
        (["CLN"], [theme("land_use_plan", zone("CLN", 100.0), covered=0.0)], {"plant_perennial": IF}),
        # Of these the table has no line; of roads' corridors it has lines, and all of them allow to split.
        (["ODT"], [theme("heritage", state="withoutData")], {"plant_annual": IF}),
        (["ODT"], [theme("heritage", state="notAffected")], {"plant_annual": ALLOWED}),
        (
            ["ODT"],
            [theme("annual_plan", zone("DGT", 60.0, plan=OLD), zone("DGT", 40.0, plan=NEW))],
            {"build_house": UNKNOWN},
        ),
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
    found = decide(
        TABLE, [{"code": use, "areaM2": 1.0} for use in uses], maps, date(2026, 1, 1), apart(tuple(maps))
    )
    for each in found:
        told = {line.verdict for line in each.lines}
        assert each.verdict in told or each.unjudged or (each.verdict in {IF, UNKNOWN} and len(told) > 1)
        if each.verdict == ALLOWED:
            assert not each.unjudged
            assert all(line.verdict == ALLOWED for line in each.lines if line.use is not None)


@given(USES, MAPS)
def test_every_zone_in_force_has_a_line_or_is_told_as_unjudged(uses, maps):
    """Nothing that lies on a parcel is passed over in silence."""
    found = decide(
        TABLE, [{"code": use, "areaM2": 1.0} for use in uses], maps, date(2026, 1, 1), apart(tuple(maps))
    )
    for each in found:
        answered = {line.theme["code"] for line in each.lines if line.theme}
        named = {told["code"] for told in each.unjudged}
        assert {told["code"] for told in maps if told["zones"]} == answered | named


@given(USES, MAPS)
def test_zones_cut_in_pieces_answer_as_the_whole_does(uses, maps):
    """Where a boundary between two pieces of one zone runs says nothing."""
    cut = [each | {"zones": [half(zone) for zone in each["zones"] for _ in range(2)]} for each in maps]
    assert verdicts(uses, *maps) == verdicts(uses, *cut)


def test_a_garden_beside_a_house_is_told_apart_from_farmland_elsewhere():
    def line(uses: list[str], activity: str) -> str:
        told = decide(TABLE, [{"code": each, "areaM2": 1.0} for each in uses], [], date(2026, 1, 1), apart(()))
        lines = next(each.lines for each in told if each.activity.code == activity)
        return next(each.rule.condition_en for each in lines if each.use and each.use["code"] == "CLN")

    assert "garden and pond in the parcel of a house pay less" in line(["ODT", "CLN"], "convert_residential")
    assert "garden" not in line(["CLN"], "convert_residential")
    assert "on the residential part of the parcel only" in line(["CLN", "ONT"], "build_house")
    assert "farmland" in line(["CLN", "HNK"], "build_house")


def test_themes_without_a_line_are_counted():
    holes = unjudged_themes(TABLE, THEMES)
    assert set(holes) == {each.code for each in TABLE.activities}
    assert "road_corridor" in holes["plant_annual"]
    assert all("land_use_plan" not in each and "annual_plan" not in each for each in holes.values())


def a_rule(verdict: str = ALLOWED, **told: str) -> Rule:
    blank = dict.fromkeys(RULE, "") | {"activity": "fly", "land": "*", "verdict": verdict, "lapse_years": None}
    return Rule(**blank | told)


def one_answer(rules: list[Rule], uses: list[str], *maps: dict[str, Any]) -> Any:
    table = Table(
        [Activity("fly", "bay", "fly")], rules, {"ODT": "OTC", "OTC": "PNN", "PNN": None, "CLN": None, "X": None}
    )
    (told,) = decide(table, [{"code": each} for each in uses], maps, date(2026, 1, 1), apart(maps))
    return told


def test_a_theme_that_has_no_line_for_one_of_the_uses_is_told():
    rules = [a_rule(), a_rule(land="CLN", theme="heritage", zone="*")]
    heritage = theme("heritage", zone("DDL", 10.0))
    assert one_answer(rules, ["CLN"], heritage).verdict == ALLOWED
    mixed = one_answer(rules, ["CLN", "X"], heritage)
    assert (mixed.verdict, [each["code"] for each in mixed.unjudged]) == (IF, ["heritage"])


def test_a_use_without_a_line_is_told_and_never_allowed():
    told = one_answer([a_rule(land="CLN")], ["CLN", "X"])
    assert (told.verdict, [each["code"] for each in told.unanswered]) == (IF, ["X"])
    assert one_answer([a_rule(land="CLN")], ["X"]).verdict == UNKNOWN


def test_a_theme_without_a_line_may_say_otherwise_where_it_has_no_data():
    dark = theme("heritage", state="withoutData", covered=0.0)
    assert one_answer([a_rule()], ["CLN"], dark).verdict == IF
    harmless = [a_rule(), a_rule(theme="heritage", zone="*")]
    assert one_answer(harmless, ["CLN"], dark).verdict == ALLOWED


def test_what_only_missing_data_make_conditional_is_told_apart():
    dark = theme("heritage", state="withoutData", covered=0.0)
    assert one_answer([a_rule()], ["CLN"], dark).lacks_data_alone
    assert not one_answer([a_rule()], ["CLN"]).lacks_data_alone
    assert not one_answer([a_rule(IF)], ["CLN"], dark).lacks_data_alone
    assert not one_answer([a_rule(land="CLN")], ["CLN", "X"], dark).lacks_data_alone
    # A zone that lies there and that no line judges is known, and may forbid.
    assert not one_answer([a_rule()], ["CLN"], theme("heritage", zone("DDL", 100.0))).lacks_data_alone


def test_of_lines_beside_other_uses_the_nearest_decides_and_of_equals_the_strictest():
    far, near = a_rule(land="CLN", beside="PNN"), a_rule(NOT, land="CLN", beside="OTC")
    beside = [a_rule(land="ODT"), a_rule(land="X"), far, near]
    for rules in (beside, beside[::-1]):
        assert one_answer(rules, ["CLN", "ODT"]).lines[0].rule is near
    equal = [a_rule(), a_rule(land="CLN", beside="ODT"), a_rule(NOT, land="CLN", beside="X")]
    for rules in (equal, equal[::-1]):
        assert one_answer(rules, ["CLN", "ODT", "X"]).lines[0].verdict == NOT
