"""Following land: asked for, proved, confirmed, told once an hour without a name, ended with one click."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from random import Random

import psycopg
import pytest
import shapely
from landsvc.core import outbox, processes
from landsvc.core.db import IMPORT_ROLE, TRACKER_ROLE
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault
from landsvc.core.sending import service as sending
from landsvc.core.sending.addresses import address_of
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.registry.alerts import hearing, sealing, service
from landsvc.registry.alerts.service import Wish
from landsvc.sim.messages import MessagingService, Telephone
from tests.conftest import SECRET_KEYS, as_role, settings_for
from tests.factories import planning as plans
from tests.factories.alerts import HOME, OWNER, following
from tests.factories.cadastre import box, parcel, polygon
from tests.factories.completion import holder
from tests.factories.dossiers import HERE


@pytest.fixture(scope="module")
def house(module_db):
    with following(module_db) as found:
        yield found


@pytest.fixture(autouse=True)
def alone(house):
    """Nobody follows anything from the test before, and nothing waits."""
    yield
    house.end_all()


def test_a_plan_shown_around_a_parcel_is_told_to_who_confirmed_and_to_nobody_else(house):
    ref, x = house.world.parcel()
    mine = house.follow(parcel=ref)
    house.ask(parcel=ref)
    house.send()
    far = house.world.parcel()[0]
    house.plan("QH-A", x)
    ((to, _, told),) = house.work()
    assert to == mine["to"]
    text = told.get_content()
    assert told["Subject"] == "Plan “Quy hoạch thử” is under consultation where you follow."
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{HOME}/alerts/stop?t=" in told["List-Unsubscribe"]
    assert f"{HOME}/maps/planning?lang=en" in text
    assert "is under consultation" in house.stranger.get(mine["mine"]).text
    assert house.work() == []
    assert far not in text


def test_drafts_are_not_told_and_what_becomes_of_a_plan_is(house):
    ref, x = house.world.parcel()
    house.follow(parcel=ref)
    with psycopg.connect(house.world.dsn) as conn:
        plan = plans.plan(conn, "QH-B", status="draft")
        zone = plans.zone(conn, plan, box(x, 5, 10, 10))
    assert house.work() == []
    with psycopg.connect(house.world.dsn) as conn:
        conn.execute("UPDATE planning.plan_version SET recorded = recorded WHERE plan_id = %s", (plan,))
        plans.plan_version(conn, plan, status="approved")
    assert ["adopted" in told["Subject"] for _, _, told in house.work()] == [True]
    house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL")
    with psycopg.connect(house.world.dsn) as conn:
        plans.end_zone(conn, zone)
    assert [told["Subject"] for _, _, told in house.work()] == [
        "Plan “Quy hoạch thử”: zones were changed where you follow."
    ]


def test_at_most_one_message_an_hour_and_it_tells_all(house):
    ref, x = house.world.parcel()
    house.follow(parcel=ref)
    house.plan("QH-C", x)
    assert len(house.work()) == 1
    house.plan("QH-D", x, status="approved")
    house.plan("QH-E", x, status="cancelled")
    assert house.work() == []
    house.rows("UPDATE registry.alert SET told_at = told_at - interval '61 minutes' WHERE ended_at IS NULL")
    ((_, _, told),) = house.work()
    assert "was adopted" in told.get_content()
    assert "was cancelled" in told.get_content()


def test_an_area_drawn_is_followed_and_one_that_is_none_is_refused(house):
    _, x = house.world.parcel()
    ring = house.rows(
        "SELECT ST_AsGeoJSON(ST_Transform(ST_SetSRID(ST_GeomFromText(%s), geo.srid()), 4326), 9)",
        box(x, 0, 20, 30),
    )[0][0]
    house.follow(area=ring)
    house.plan("QH-F", x)
    assert len(house.work()) == 1
    corners = json.loads(ring)["coordinates"][0]
    for bad in (
        "nonsense",
        '{"type": "Point", "coordinates": [106, 11]}',
        json.dumps({"type": "Polygon", "coordinates": [corners[:3]]}),
        json.dumps({"type": "Polygon", "coordinates": [[[106, 11], [109, 11], [109, 14], [106, 11]]]}),
        json.dumps({"type": "Polygon", "coordinates": [[[106, 11], [106, 11], [106, 11], [106, 11]]]}),
        json.dumps({"type": "Polygon", "coordinates": [[*corners[:-1] * 30, corners[0]]]}),
    ):
        assert "cannot be followed" in house.ask(400, area=bad).text


def test_a_holder_hears_of_land_and_rights_and_no_more_once_it_is_another_s(house):
    ref, code, proof = house.own()
    house.work()
    mine = house.follow(**proof)
    world = house.world
    buyer = world.registry.party("Trần Văn Mua")
    assert house.work() == []
    world.go(code, "lan", "take")
    facts = {"right.transfer": [{"right": house.right, "mode": "sole", "holders": [holder(buyer)]}]}
    world.signed(code, facts)
    world.go(code, "lan", "record")
    ((to, _, told),) = house.work()
    text = told.get_content()
    assert to == mine["to"]
    assert told["Subject"] == f"Parcel {ref}: an entry about rights was changed."
    assert "last message" in text
    assert f"{HOME}/?parcel={ref}" in text
    assert not any(name in text for name in (OWNER, "Nguyễn", "Trần", "Mua", code))
    assert "you hold the parcel no more" in house.stranger.get(mine["mine"]).text
    assert house.rows(
        "SELECT ended_by, address FROM registry.alert WHERE unit_id IS NOT NULL AND ended_by = 'left'"
    ) == [("left", None)]


@pytest.mark.parametrize(
    ("number", "corners", "size", "told"), [("901", 2400, 300, 1), ("902", 4, 8000, 0)], ids=["corners", "vast"]
)
def test_land_of_very_many_corners_or_vast_land_is_followed_too(house, number, corners, size, told):
    turns = [2 * math.pi * each / corners for each in range(corners)]
    x, y = 2500, 2500 + 20_000 * (size > 1000)
    ring = polygon(*((x + size * math.cos(turn), y + size * math.sin(turn)) for turn in turns))
    with psycopg.connect(house.world.dsn) as conn:
        series_id = conn.execute("SELECT min(id) FROM cadastre.map_series").fetchone()[0]
        parcel(conn, ring, number=number, series_id=series_id)
    ref = f"{HERE}-12-{number}"
    _, _, proof = house.own(ref)
    house.work()
    mine = house.follow(**proof)
    with psycopg.connect(house.world.dsn) as conn:
        plans.zone(conn, plans.plan(conn, f"QH-{number}", status="consultation"), box(x, y, 10, 10))
    assert ["under consultation" in note["Subject"] for _, _, note in house.work()] == [True] * told
    assert "You follow a parcel of yours" in house.stranger.get(mine["mine"]).text


def test_plans_around_land_of_very_many_corners_are_followed(house):
    turns = [2 * math.pi * each / 2400 for each in range(2400)]
    teeth = [(300 + 20 * (each % 2), turn) for each, turn in enumerate(turns)]
    ring = polygon(*((1000 + far * math.cos(turn), 2500 + far * math.sin(turn)) for far, turn in teeth))
    with psycopg.connect(house.world.dsn) as conn:
        series_id = conn.execute("SELECT min(id) FROM cadastre.map_series").fetchone()[0]
        parcel(conn, ring, number="903", series_id=series_id)
    house.follow(parcel=f"{HERE}-12-903")
    with psycopg.connect(house.world.dsn) as conn:
        plans.zone(conn, plans.plan(conn, "QH-903", status="consultation"), box(1300, 2700, 10, 10))
    assert len(house.work()) == 1


def test_who_does_not_hold_the_parcel_follows_it_not_whatever_is_missing(house):
    ref, _, proof = house.own()
    other, _, others = house.own()
    stranger_code = house.world.submit("CN", [ref], applicants=[{"name": "Người Lạ"}])
    secret = house.rows(
        "SELECT k.secret FROM registry.dossier_secret k JOIN registry.dossier d ON d.id = k.dossier_id"
        " WHERE d.code = %s",
        stranger_code,
    )[0][0]
    told = {
        re.sub(
            r"\d", "", house.ask(422, **(proof | bad)).text.partition('role="alert"')[2].partition("</div>")[0]
        )
        for bad in (
            {"key": "AAAA-AAAA-AAAA"},
            {"key": ""},
            {"code": "HS-2026-999999-01"},
            {"parcel": other},
            {"code": others["code"], "key": others["key"]},
            {"code": stranger_code, "key": secret},
        )
    }
    assert len(told) == 1
    assert "does not show that the parcel is yours" in told.pop()


def test_a_code_is_tried_five_times_and_a_wrong_link_opens_nothing(house):
    ref, _ = house.world.parcel()
    page = house.ask(parcel=ref).text
    alert = re.search(r'name="alert" value="([^"]+)"', page)[1]
    ((_, _, told),) = house.send()
    code = re.search(r"\b\d{6}\b", told.get_content())[0]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(4):
        assert house.stranger.post("/alerts/code", data={"alert": alert, "code": wrong}).status_code == 422
    assert house.stranger.post("/alerts/code", data={"alert": alert, "code": code}).status_code == 303
    for what in (code, wrong):
        again = house.stranger.post("/alerts/code", data={"alert": alert, "code": what})
        assert again.status_code == (303 if what == code else 422)

    page = house.ask(parcel=ref).text
    alert = re.search(r'name="alert" value="([^"]+)"', page)[1]
    ((_, _, told),) = house.send()
    code = re.search(r"\b\d{6}\b", told.get_content())[0]
    for _ in range(5):
        house.stranger.post("/alerts/code", data={"alert": alert, "code": "x"})
    assert house.stranger.post("/alerts/code", data={"alert": alert, "code": code}).status_code == 422
    stop = sealing.token(house.vault, alert, sealing.STOP)
    for way in ("confirm", "mine"):
        for bad in (stop, stop[:-1], "", "x" * 99, "é", sealing.token(house.vault, alert, way)[:32] + "0" * 32):
            assert house.stranger.get(f"/alerts/{way}", query_string={"t": bad}).status_code == 404
    assert house.stranger.post("/alerts/confirm", query_string={"t": stop}).status_code == 404


def test_one_click_ends_it_forgets_the_address_and_drops_what_waits(house):
    ref, x = house.world.parcel()
    mine = house.follow(parcel=ref)
    house.plan("QH-G", x)
    outbox.run_batch(house.database, hearing.CONSUMER)
    service.tell(house.database, house.vault, house.settings)
    page = house.stranger.get(mine["mine"])
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    stop = re.search(r'action="(/alerts/stop[^"]+)"', page.text)[1]
    assert "Press the button" in house.stranger.get(stop).text
    machine = house.app.test_client()
    for _ in range(2):
        done = machine.post(stop, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert "Set-Cookie" not in done.headers
    assert house.send() == []
    house.plan("QH-H", x)
    assert house.work() == []
    alert = sealing.alert_of(house.vault, stop.partition("t=")[2], sealing.STOP)
    told = house.rows(
        "SELECT a.ended_by, a.address, a.address_index, r.alert_id FROM registry.alert a"
        " LEFT JOIN registry.alert_area r ON r.alert_id = a.id WHERE a.id = %s",
        alert,
    )
    assert told == [("stopped", None, None, None)]


def test_an_inbox_on_the_page_needs_no_address(house):
    ref, x = house.world.parcel()
    found = house.ask(303, parcel=ref, channel="page", address="ignored@example.org")
    mine = found.headers["Location"]
    assert "Nothing has changed since" in house.stranger.get(mine + "&lang=en").text
    house.plan("QH-I", x)
    assert house.work() == []
    assert "is under consultation" in house.stranger.get(mine).text
    assert house.rows("SELECT count(*) FROM registry.alert WHERE channel = 'page' AND address IS NOT NULL") == [
        (0,)
    ]


def test_an_address_and_a_place_are_limited(house):
    ref, _ = house.world.parcel()
    for _ in range(3):
        house.ask(parcel=ref, address="same@example.org")
    assert "Too many alerts" in house.ask(429, parcel=ref, address="same@example.org").text
    statuses = [
        house.stranger.post(
            "/alerts?lang=en", data={"about": "area", "parcel": ref, "channel": "page"},
            environ_base={"REMOTE_ADDR": "10.9.9.9"},
        ).status_code
        for _ in range(21)
    ]  # fmt: skip
    assert statuses == [303] * 20 + [429]


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"address": "nobody"}, 400, "Nothing can be sent"),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, 400, "Nothing can be sent"),
        ({"channel": "sms"}, 400, "not sent this way"),
        ({"channel": "pigeon"}, 400, "not sent this way"),
        ({"parcel": ""}, 400, "Write the number of the parcel"),
        ({"parcel": "25195-12-99999"}, 404, "There is no"),
        ({"parcel": "\x00'; --"}, 400, ""),
    ],
)
def test_what_cannot_be_followed_is_told(house, given, status, words):
    answer = house.ask(status, **({"parcel": "25195-12-345"} | given))
    assert words in answer.text


def test_telephone_numbers_are_those_of_vietnam():
    assert address_of("sms", "0912 345 678") == address_of("sms", "+84 (912) 345-678") == "+84912345678"
    assert [address_of("sms", each) for each in ("0123456789", "912", "+1 202 555 0100", "٠٩١٢٣٤٥٦٧٨")] == [
        None
    ] * 4


def test_addresses_nobody_confirmed_are_forgotten_and_newer_keys_seal_the_rest(house, tmp_path):
    ref, _ = house.world.parcel()
    house.ask(parcel=ref)
    house.send()
    kept = house.follow(parcel=ref)
    house.rows("ALTER TABLE registry.alert DISABLE TRIGGER t10_check")
    house.rows("UPDATE registry.alert SET asked_at = asked_at - interval '3 days' WHERE confirmed_at IS NULL")
    house.rows("ALTER TABLE registry.alert ENABLE TRIGGER t10_check")
    assert service.expire(house.database) > 0
    assert house.rows(
        "SELECT count(*) FROM registry.alert WHERE address IS NOT NULL AND confirmed_at IS NULL"
    ) == [(0,)]
    sealed = b"".join(
        bytes(each) for (each,) in house.rows("SELECT address FROM registry.alert WHERE address IS NOT NULL")
    )
    assert kept["to"].encode() not in sealed

    file = tmp_path / "keys"
    file.write_text(SECRET_KEYS + "\n")
    own = settings_for(house.world.dsn, SECRET_KEYS="", SECRET_FILE=str(file))
    old = Vault(own)
    assert old.newest == 1
    add_key(own)
    new = Vault(own)
    assert sealing.seal_stored(house.world.dsn, new) > 0
    assert sealing.seal_stored(house.world.dsn, new) == 0
    token = kept["mine"].partition("t=")[2]
    alert = sealing.alert_of(new, token, sealing.MINE)
    assert alert is not None
    ((address, index),) = house.rows("SELECT address, address_index FROM registry.alert WHERE id = %s", alert)
    assert sealing.opened(new, alert, address) == kept["to"]
    assert bytes(index) == new.index(kept["to"], sealing.ADDRESS)


def test_strangers_read_no_table_of_alerts_and_nothing_of_them_is_undone(house, module_db):
    ref, x = house.world.parcel()
    house.follow(parcel=ref)
    house.plan("QH-KEPT", x)
    assert len(house.work()) == 1
    house.end_all()
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        for table in ("alert", "alert_area", "alert_news"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM registry.{table}")
    for statement in (
        "UPDATE registry.alert SET language = 'en', channel = 'page'",
        "DELETE FROM registry.alert",
        "DELETE FROM registry.alert_news",
        "UPDATE registry.alert_news SET subject = 'x'",
        "UPDATE registry.alert SET confirmed_at = now() WHERE ended_at IS NOT NULL",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            house.rows(statement)


def test_short_messages_ask_tell_and_name_nobody(house):
    _, x = house.world.parcel()
    telephone = MessagingService(0, "token", Telephone())
    try:
        own = settings_for(
            house.world.dsn, MESSAGING_URL=telephone.address, MESSAGING_TOKEN="token", BASE_URL=HOME
        )
        carrier = Carrier(house.database, house.vault, senders_of(own))
        ring = house.ring(x, 0, 20, 30)
        with house.database.unit_of_work(TRACKER_ROLE) as session:
            alert = service.ask(
                session, house.vault, own, Wish("area", "sms", "0912 345 678", "vi", drawn=ring), "10.7.7.7"
            )
        carrier.round()
        ((told,),) = [[each["text"] for each in telephone.telephone.messages.values()]]
        code = re.search(r"\d{6}", told)[0]
        with house.database.unit_of_work(TRACKER_ROLE) as session:
            assert service.confirm_by_code(session, house.vault, alert, f" {code[:3]} {code[3:]}")
        house.plan("QH-S", x)
        outbox.run_batch(house.database, hearing.CONSUMER)
        service.tell(house.database, house.vault, own)
        carrier.round()
        assert {each["to"] for each in telephone.telephone.messages.values()} == {"+84912345678"}
        last = list(telephone.telephone.messages.values())[-1]["text"]
        assert last.startswith("Quy hoạch “Quy hoạch thử” đang lấy ý kiến ở nơi ông/bà theo dõi.")
        assert f"{HOME}/alerts/mine?t=" in last
    finally:
        telephone.close()


@pytest.mark.parametrize("seed", [3, 4])
def test_exactly_the_areas_that_meet_a_zone_are_told(house, seed):
    dice, far = Random(seed), 3000 * seed

    def some(size: int) -> tuple[int, int, int, int]:
        return (
            far + dice.randrange(300),
            100 + dice.randrange(300),
            dice.randrange(5, size),
            dice.randrange(5, size),
        )

    wanted = {}
    for _ in range(12):
        place = some(80)
        mine = house.ask(303, area=house.ring(*place), channel="page").headers["Location"]
        wanted[sealing.alert_of(house.vault, mine.partition("t=")[2], sealing.MINE)] = shapely.from_wkt(
            box(*place)
        )
    zones = [some(40) for _ in range(8)]
    with psycopg.connect(house.world.dsn) as conn:
        plan = plans.plan(conn, f"QH-R{seed}")
        for each in zones:
            plans.zone(conn, plan, box(*each))
    while outbox.run_batch(house.database, hearing.CONSUMER):
        pass
    shapes = [shapely.from_wkt(box(*each)) for each in zones]
    # What only touches may go either way: corners were written down with nine digits of a degree.
    sure = {
        alert for alert, place in wanted.items() if any(place.buffer(-0.01).intersects(one) for one in shapes)
    }
    may = {alert for alert, place in wanted.items() if any(place.buffer(0.01).intersects(one) for one in shapes)}
    heard = {
        str(alert)
        for (alert,) in house.rows(
            "SELECT alert_id FROM registry.alert_news WHERE alert_id = ANY (%s)", [*wanted]
        )
    }
    assert sure <= heard <= may
    assert 0 < len(heard) < len(wanted)


def test_an_event_handed_out_twice_is_news_once(house):
    ref, x = house.world.parcel()
    house.follow(parcel=ref)
    plan = house.plan("QH-J", x)
    ((number, payload),) = house.rows(
        "SELECT id, payload FROM core.outbox WHERE topic = 'plan.changed' AND key = %s", str(plan)
    )
    event = outbox.Event(number, "plan.changed", str(plan), payload)
    with house.database.unit_of_work(IMPORT_ROLE) as session:
        hearing.plan_heard(session, [event])
        hearing.plan_heard(session, [event])
    assert len(house.work()) == 1
    assert house.rows("SELECT count(*) FROM registry.alert_news WHERE event_id = %s", number) == [(1,)]


def test_an_import_that_brings_a_parcel_anew_is_news_of_it(house):
    ref, _, proof = house.own()
    house.work()
    house.follow(**proof)
    ((record,),) = house.rows(
        "SELECT v.record_id FROM registry.alert a JOIN cadastre.parcel_version v ON v.unit_id = a.unit_id"
        " WHERE a.ended_at IS NULL AND a.about = 'parcel'"
    )
    house.rows("INSERT INTO core.outbox (topic, key) VALUES ('fabric.loaded', %s)", str(record))
    assert [told["Subject"] for _, _, told in house.work()] == [
        f"Parcel {ref}: its land, number or uses were changed."
    ]


def test_the_worker_asks_hears_and_tells_by_itself(house):
    ref, x = house.world.parcel()
    given = {
        "DATABASE_URL": house.world.dsn,
        "MAIL_SERVER": f"127.0.0.1:{house.mail.port}",
        "MAIL_SECURITY": "none",
        "MAIL_FROM": "land@example.org",
        "BASE_URL": HOME,
    }
    environ = os.environ | {f"LANDSVC_{name}": value for name, value in given.items()}
    child = subprocess.Popen(
        [sys.executable, "-m", "landsvc.worker"],
        env=environ | {processes.SUPERVISED: str(os.getpid())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def arrived(count: int) -> list:
        deadline = time.monotonic() + 30
        while len(house.mail.got) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return house.mail.got[count - 1 : count]

    try:
        before = len(house.mail.got)
        house.ask(parcel=ref)
        ((_, _, asked),) = arrived(before + 1)
        house.stranger.post(re.search(r"(/alerts/confirm\S+)", asked.get_content())[1])
        house.plan("QH-K", x)
        ((_, _, told),) = arrived(before + 2)
        assert "is under consultation" in told["Subject"]
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)


def test_events_and_messages_hold_no_address(house):
    payloads = house.rows("SELECT payload::text FROM core.outbox WHERE topic = 'plan.changed'")
    assert all(re.fullmatch(r'\{"at": "[^"]+"\}', each) for (each,) in payloads)
    with house.database.read_only(TRACKER_ROLE) as session:
        assert sending.inbox(session, house.vault, "5a3c0000-0000-4000-8000-000000000009") == []


def test_a_name_with_line_breaks_forges_neither_a_head_nor_a_line(house):
    ref, x = house.world.parcel()
    mine = house.follow(parcel=ref)
    plan = house.plan("QH-N", x)
    house.work()
    house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL")
    with psycopg.connect(house.world.dsn) as conn:
        conn.execute("UPDATE planning.plan_version SET recorded = recorded WHERE plan_id = %s", (plan,))
        conn.execute(
            "INSERT INTO planning.plan_version (plan_id, level, name, decision, decided_on, authority, status, valid)"
            " VALUES (%s, 'province', %s, '1/QD', '2022-03-01', 'UBND', 'approved', '[2022-03-01,)')",
            (plan, "Quy hoạch\r\nBcc: x@example.org\n- Parcel 1-1-1: pay at http://bad.example.org\x85\x0bnow"),
        )
    ((to, _, told),) = house.work()
    assert to == mine["to"]
    assert told["Bcc"] is None
    assert "Quy hoạch Bcc: x@example.org - Parcel" in told["Subject"]
    assert sum(line.startswith("- ") for line in told.get_content().splitlines()) == 1


def test_a_code_is_no_oracle_after_it_was_used_either(house):
    ref, _ = house.world.parcel()
    page = house.ask(parcel=ref).text
    alert = re.search(r'name="alert" value="([^"]+)"', page)[1]
    ((_, _, told),) = house.send()
    code = re.search(r"\b\d{6}\b", told.get_content())[0]
    assert house.stranger.post("/alerts/code", data={"alert": alert, "code": code}).status_code == 303
    for _ in range(5):
        assert house.stranger.post("/alerts/code", data={"alert": alert, "code": "1"}).status_code == 422
    assert house.stranger.post("/alerts/code", data={"alert": alert, "code": code}).status_code == 422


def test_who_stops_is_not_sent_the_last_message_that_still_waits(house):
    ref, code, proof = house.own()
    house.work()
    mine = house.follow(**proof)["mine"]
    alert = sealing.alert_of(house.vault, mine.partition("t=")[2], sealing.MINE)
    buyer = house.world.registry.party()
    house.world.registry.right([ref], {buyer: None}, replaces=[house.right], since=None)
    while outbox.run_batch(house.database, hearing.CONSUMER):
        pass
    assert service.tell(house.database, house.vault, house.settings) == 1
    stop = sealing.token(house.vault, alert, sealing.STOP)
    assert house.stranger.post(f"/alerts/stop?t={stop}").status_code == 200
    assert house.send() == []
    assert code
