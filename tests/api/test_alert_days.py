"""Days of plans are told to whoever follows a place they touch: on the day, once, however long nobody looked."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

import psycopg
import pytest
from landsvc.core import clock, migrate
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import people
from landsvc.registry.alerts import hearing
from tests.conftest import settings_for
from tests.factories import planning as plans
from tests.factories.alerts import HOME, following
from tests.factories.cadastre import box

TODAY = clock.today()
PLACES = count(5_000, 1_000)


def after(days: int):
    return TODAY + timedelta(days)


@pytest.fixture(scope="module")
def house(module_db):
    with following(module_db) as found:
        with found.database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(session, "plan1", "plan1", ["planner"], password=None, branches=["west"])
        yield found


@pytest.fixture(autouse=True)
def alone(house):
    yield
    house.end_all()


def look(house, ahead: int, before: int = 3) -> list[str]:
    """Let the worker look on a day; what arrived: each line that tells something."""
    settings = settings_for(house.world.dsn, DISPLAY_REMINDER_DAYS=str(before))
    hearing.days_heard(house.database, settings, after(ahead))
    house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL")
    return [
        line.removeprefix("- ")
        for _, _, told in house.work()
        for line in told.get_content().splitlines()
        if line.startswith("- ")
    ]


def followed(house) -> int:
    """Follow a place of its own, far from those of other tests; where it begins."""
    x = next(PLACES)
    house.follow(area=house.ring(x, 0, 20, 30))
    return x


def laid(house, code: str, x: float, status: str, valid: str = "[2022-03-01,)") -> int:
    with psycopg.connect(house.world.dsn) as conn:
        plan = plans.plan(conn, code, status=status, valid=valid)
        plans.zone(conn, plan, box(x, 5, 10, 10), valid=valid)
    return plan


def shown(house, code: str, first: int, last: int) -> None:
    body = {"plan": code, "noticeNo": "12/TB-UBND", "place": "UBND phường", "reason": "Thử"}
    days = {"firstDay": after(first).isoformat(), "lastDay": after(last).isoformat()}
    answer = house.world.person("plan1").client.post("/office/displays", data=body | days)
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("looks", [(10,), (9, 10, 10, 11), (14,)])
def test_a_plan_in_force_from_a_day_foreseen_is_told_on_that_day_once(house, looks):
    x = followed(house)
    laid(house, f"QH-A{len(looks)}{looks[0]}", x, "approved", f"[{after(10)},)")
    assert ["adopted" in line for line in look(house, 0)] == [True]
    told = [line for ahead in looks for line in look(house, ahead)]
    assert told == [f"Plan “Quy hoạch thử” is in force from {after(10):%d/%m/%Y} where you follow."]
    assert look(house, 12) == []


def test_a_cancellation_to_come_is_told_on_its_day_and_what_began_long_ago_is_not(house):
    x = followed(house)
    laid(house, "QH-C", x, "cancelled", f"[{after(5)},)")
    laid(house, "QH-D", x, "approved")
    laid(house, "QH-E", x, "approved", f"[{after(3)},)")
    look(house, 0)
    assert look(house, 36) == []
    assert look(house, 35) == [f"Plan “Quy hoạch thử” is cancelled from {after(5):%d/%m/%Y} where you follow."]


def test_who_follows_only_afterwards_is_not_told_that_a_plan_came_into_force(house):
    x = next(PLACES)
    laid(house, "QH-F", x, "approved", f"[{after(1)},)")
    look(house, 0)
    house.follow(area=house.ring(x, 0, 20, 30))
    with psycopg.connect(house.world.dsn) as conn:
        conn.execute("ALTER TABLE registry.alert DISABLE TRIGGER t10_check")
        conn.execute("UPDATE registry.alert SET confirmed_at = now() + interval '3 days' WHERE ended_at IS NULL")
        conn.execute("ALTER TABLE registry.alert ENABLE TRIGGER t10_check")
    assert look(house, 4) == []


def test_a_display_is_told_on_its_first_day_and_before_its_last_one(house):
    x = followed(house)
    laid(house, "QH-G", x, "consultation")
    assert len(look(house, 0)) == 1
    shown(house, "QH-G", 2, 30)
    until = f"{after(30):%d/%m/%Y}"
    begun = f"Opinions on plan “Quy hoạch thử” are taken until {until} where you follow."
    ending = f"Soon over: opinions on plan “Quy hoạch thử” are taken until {until}."
    told = {ahead: look(house, ahead) for ahead in (1, 2, 3, 26, 27, 28, 30, 31)}
    assert {ahead: lines for ahead, lines in told.items() if lines} == {2: [begun], 27: [ending]}
    shown(house, "QH-G", 2, 40)
    assert look(house, 36) == []
    assert look(house, 37) == [ending.replace(until, f"{after(40):%d/%m/%Y}")]


def test_a_message_about_a_display_leads_to_the_page_of_its_plan(house):
    x = followed(house)
    laid(house, "QH 1/2026", x, "consultation")
    look(house, 0)
    shown(house, "QH 1/2026", 0, 30)
    settings = settings_for(house.world.dsn)
    hearing.days_heard(house.database, settings, TODAY)
    house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL")
    ((_, _, told),) = house.work()
    link = re.search(rf"{HOME}(/plans/display/\S+)", told.get_content())[1]
    page = house.stranger.get(link)
    assert page.status_code == 200
    assert f"{after(30):%d/%m/%Y}" in page.text


def test_displays_are_told_late_rather_than_twice_and_not_once_they_are_over(house):
    x = followed(house)
    late, short, over, none = (f"QH-H{n}" for n in range(4))
    made = {code: laid(house, code, x, "consultation") for code in (late, short, over, none)}
    look(house, 0)
    shown(house, late, 0, 30)
    shown(house, short, 28, 30)
    shown(house, over, 1, 27)
    shown(house, none, 0, 31)
    with psycopg.connect(house.world.dsn) as conn:
        conn.execute("UPDATE planning.plan_version SET recorded = recorded WHERE plan_id = %s", (made[none],))
        plans.plan_version(conn, made[none], status="approved", valid="[2022-03-01,)")
    lines = look(house, 29)
    assert sorted(line.partition(":")[0] for line in lines if "until" in line) == [
        f"Opinions on plan “Quy hoạch thử” are taken until {after(30):%d/%m/%Y} where you follow.",
        "Soon over",
    ]
    assert look(house, 30) == []


def test_a_reminder_of_no_days_is_none(house):
    x = followed(house)
    laid(house, "QH-I", x, "consultation")
    look(house, 0)
    shown(house, "QH-I", -5, 1)
    assert ["Opinions" in line for line in look(house, 0, before=0)] == [True]
    assert look(house, 1, before=0) == []


def test_a_display_elsewhere_and_a_draft_are_not_told(house):
    x = followed(house)
    look(house, 0)
    laid(house, "QH-J", x + 300, "consultation")
    shown(house, "QH-J", 0, 30)
    laid(house, "QH-L", x, "draft", f"[{after(1)},)")
    assert look(house, 1) == []


def test_days_told_are_kept(house):
    x = followed(house)
    laid(house, "QH-M", x, "approved", f"[{after(1)},)")
    look(house, 1)
    for statement in ("DELETE FROM registry.alert_day", "UPDATE registry.alert_day SET on_day = '2020-01-01'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            house.rows(statement)


def test_going_back_a_release_forgets_days_and_forward_again_tells_the_next_ones(house):
    x = followed(house)
    laid(house, "QH-N", x, "approved", f"[{after(1)},)")
    laid(house, "QH-O", x, "approved", f"[{after(3)},)")
    look(house, 0)
    assert len(look(house, 1)) == 1
    migrate.migrate(house.world.dsn, "0138_hear_on_time")
    assert house.rows("SELECT count(*) FROM registry.alert_news WHERE kind = 'plan.in_force'") == [(0,)]
    migrate.migrate(house.world.dsn)
    assert f"{after(3):%d/%m/%Y}" in "".join(look(house, 3))
