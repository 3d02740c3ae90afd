"""The change feed: without gaps, in the order of commits, and a state rebuilt from it equals a fresh export."""

from __future__ import annotations

import json
import random
import threading
import time
from itertools import pairwise

import psycopg
import pytest
from landsvc.core import outbox
from landsvc.core.web import EXTENSION
from landsvc.finance.feed import service as feed
from landsvc.registry import feeding
from psycopg.types.json import Jsonb
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories import machines
from tests.factories.drafts import merge, split
from tests.factories.rights import PAPER, SINCE, Registry, lay_land

CONSUMERS = (feed.CONSUMER, feeding.CONSUMER)
PARCELS = 12


@pytest.fixture
def place(make_clone):
    with make_clone() as dsn:
        refs = lay_land(dsn, PARCELS)
        with application(settings_for(dsn)) as app:
            yield app, dsn, refs


class Reader:
    """The tax office's machine, following the feed."""

    def __init__(self, app) -> None:
        self.client, self.database = app.test_client(), app.extensions[EXTENSION].database
        self.token = machines.token(self.database)

    def get(self, path: str, ok: int = 200):
        answer = self.client.get(f"/api/v1/changes{path}", headers=machines.bearer(self.token))
        assert answer.status_code == ok, answer.text
        return answer

    def export(self, commune: str = "") -> tuple[int, dict]:
        head, *lines, end = self.get(f"/export{commune}").text.splitlines()
        held = [json.loads(each) for each in lines]
        assert json.loads(end) == {"end": True, "count": len(lines)}
        return json.loads(head)["seq"], {(each["kind"], each["key"]): each["state"] for each in held}

    def follow(self, after: int, state: dict, limit: int = 7) -> tuple[int, dict]:
        state = dict(state)
        while True:
            page = self.get(f"?after={after}&limit={limit}").json
            for each in page["changes"]:
                assert each["seq"] == after + 1
                after += 1
                if each["op"] == "put":
                    state[each["kind"], each["key"]] = each["state"]
                else:
                    del state[each["kind"], each["key"]]
            if page["next"] is None:
                return after, state

    def work(self) -> None:
        """Do what the worker does for the feed, until nothing is left."""
        for consumer in CONSUMERS:
            outbox.run_batch(self.database, consumer)
        while any(outbox.run_batch(self.database, each) for each in CONSUMERS) or walk(self.database):
            pass


def walk(database) -> int:
    return feed.walk(database, most=5) or feeding.walk(database, most=5)


def written(state: dict) -> bytes:
    lines = [json.dumps([*key, value], sort_keys=True, ensure_ascii=False) for key, value in state.items()]
    return "\n".join(sorted(lines)).encode()


def truth(dsn: str) -> bytes:
    """What the register itself says of all there is, asked of it directly."""
    with psycopg.connect(dsn) as conn:
        found = conn.execute(
            "SELECT 'parcel', s.key, s.state FROM finance.parcel_states(ARRAY(SELECT id FROM cadastre.parcel_unit)) s"
            " WHERE s.state IS NOT NULL UNION ALL"
            " SELECT 'right', s.key, s.state FROM registry.right_states(ARRAY(SELECT id FROM cadastre.parcel_unit)) s"
            " WHERE s.state IS NOT NULL"
        ).fetchall()
    return written({(kind, key): state for kind, key, state in found})


def officer(app) -> Registry:
    client = app.test_client()
    sign_client_in(client, "processor")
    return Registry(client)


def test_what_was_there_before_is_told_once_and_the_export_waits_for_it(place):
    app, dsn, refs = place
    office, reader = officer(app), Reader(app)
    party = office.party()
    office.right([refs[0], refs[1]], {party: None})
    with psycopg.connect(dsn) as conn:
        conn.execute("DELETE FROM core.outbox")  # an upgrade: nothing was told of what is there
    for consumer in CONSUMERS:
        outbox.run_batch(reader.database, consumer)
    answer = reader.get("/export", 503).json
    assert answer["code"] == "feed-starting"
    assert reader.get("").json["complete"] is False
    reader.work()
    seq, state = reader.export()
    assert written(state) == truth(dsn)
    assert seq == len(state) == PARCELS + 2
    assert sorted(kind for kind, _ in state) == ["parcel"] * PARCELS + ["right"] * 2
    held = [each for (kind, _), each in state.items() if kind == "right"]
    assert [each["holders"] for each in held] == [[{"party": party, "num": None, "den": None}]] * 2
    assert reader.follow(0, {}) == (seq, state)
    assert reader.get("").json["complete"] is True
    # Told again, nothing is new.
    with reader.database.unit_of_work("landsvc_import") as session:
        feed.told("parcel", session, [outbox.Event(0, "parcel.changed", "1", {})])
    assert reader.export()[0] == seq


def test_a_split_and_its_undoing_are_told_with_successors(place):
    app, dsn, refs = place
    office, reader = officer(app), Reader(app)
    office.right([refs[2]], {office.party(): None})
    reader.work()
    before, state = reader.export()
    office.commit(split(refs[2], (50, -5), (50, 35)))
    reader.work()
    after, told = reader.follow(before, state)
    assert written(told) == truth(dsn)
    gone = next(each for (kind, _), each in told.items() if kind == "parcel" and each["retiredOn"])
    assert gone["ref"] == refs[2]
    assert len(gone["successors"]) == 2
    for key in gone["successors"]:
        assert told["parcel", key]["retiredOn"] is None
        assert float(told["parcel", key]["areaM2"]) == 300.0
        assert sum(1 for kind, each in told if kind == "right" and each.endswith(f"/{key}")) == 1
    with psycopg.connect(dsn) as conn:
        code = make.one(conn, "SELECT code FROM registry.transaction ORDER BY id DESC LIMIT 1")
    office.post(f"/transactions/{code}/undo", {"reason": "nhầm"})
    reader.work()
    undone = reader.follow(after, told)[1]
    assert written(undone) == truth(dsn) == written(state)


def test_a_commune_is_exported_alone(place):
    app, dsn, _ = place
    reader = Reader(app)
    reader.work()
    _, whole = reader.export()
    assert reader.export("?commune=25195")[1] == whole
    assert reader.export("?commune=25196")[1] == {}
    assert reader.get("/export?commune=" + "1" * 6, 400).json["code"] == "invalid-input"
    answer = reader.client.get("/api/v1/changes")
    assert answer.status_code == 401


def test_money_is_told_without_who_pays(place):
    app, dsn, refs = place
    reader = Reader(app)
    reader.work()
    before, state = reader.export()
    line = {"lineNo": 1, "subItem": "1006", "amountVnd": 1000, "dues": [{"on": "2026-12-01", "amountVnd": 1000}]}
    notice = {"taxOfficeCode": "7101234", "noticeNo": "TB-1", "issuedOn": "2026-11-01", "payerRef": "8001234567"}
    payment = {
        "parcel": refs[0],
        "channel": "ETAX",
        "referenceNo": "R1",
        "subItem": "1006",
        "amountVnd": 400,
        "paidAt": "2026-11-02T08:00:00+07:00",
        "noticeNo": "TB-1",
        "taxOfficeCode": "7101234",
        "payerRef": "8001234567",
    }
    for path, body in (("notices", notice | {"lines": [line]}), ("payments", payment)):
        answer = reader.client.post(
            f"/api/v1/tax/{path}",
            json=body,
            headers=machines.bearer(reader.token, **{"Idempotency-Key": path}),
        )
        assert answer.status_code == 201, answer.text
    reader.work()
    _, told = reader.follow(before, state)
    [owed] = told["notice", "7101234/TB-1"]["lines"]
    assert (owed["paidVnd"], owed["state"]) == (400, "PARTIAL")
    assert told["payment", "ETAX/R1/1"]["onLines"] == [
        {"notice": told["notice", "7101234/TB-1"]["id"], "lineNo": 1, "amountVnd": 400}
    ]
    assert "8001234567" not in json.dumps(list(told.values()))


def test_the_feed_is_only_added_to(place):
    app, dsn, _ = place
    Reader(app).work()
    with psycopg.connect(dsn, autocommit=True) as conn:
        for attempt in (
            "UPDATE finance.change SET key = 'x'",
            "DELETE FROM finance.change",
            "TRUNCATE finance.change",
        ):
            with pytest.raises(psycopg.Error):
                conn.execute(attempt)
        for role in ("landsvc_import", "landsvc_tax", "landsvc_editor"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"SET LOCAL ROLE {role}")
                conn.execute(
                    "INSERT INTO finance.change (seq, kind, key, op, state) VALUES (%s, 'slip', 'x', 'put', %s)",
                    [10**9, Jsonb({})],
                )


def play(app, office: Registry, refs: list[str], seed: int, stopped: threading.Event) -> None:
    """Register, change and undo at random, as officers at once do: what is refused is refused."""
    dice = random.Random(seed)
    people = [office.party() for _ in range(3)]
    while not stopped.is_set():
        ref = dice.choice(refs)
        x = 20 * (int(ref.rsplit("-", 1)[1]) - 1)
        kind = dice.random()
        if kind < 0.35:
            holders = dice.sample(people, dice.choice([1, 2]))
            shares = {each: f"1/{len(holders)}" if len(holders) > 1 else None for each in holders}
            body = {"kind": "use", "parcels": [ref], "mode": "shares" if len(holders) > 1 else "sole"}
            body |= {"holders": [{"party": p, "share": s} for p, s in shares.items()], "since": SINCE}
            office.client.post("/api/v1/rights", json=body | {"grounds": PAPER})
        elif kind < 0.8:
            made = office.client.post("/api/v1/drafts", json={})
            if made.status_code != 201:
                continue  # refused while another writes, as on a busy day
            draft = made.json["draft"]
            at = x + dice.randint(3, 17)
            body = (
                split(ref, (at, -5), (at, 35))
                if dice.random() < 0.6
                else merge(ref, f"25195-12-{int(ref.rsplit('-', 1)[1]) % PARCELS + 1}")
            )
            office.client.post(f"/api/v1/drafts/{draft}/operations", json=body)
            office.client.post(f"/api/v1/drafts/{draft}/commit", json={"docNo": "9/QĐ"})
        else:
            with psycopg.connect(app.extensions[EXTENSION].database.dsn) as conn:
                found = conn.execute("SELECT code FROM registry.transaction ORDER BY random() LIMIT 1").fetchone()
            if found:
                office.client.post(f"/api/v1/transactions/{found[0]}/undo", json={"reason": "nhầm"})


def test_a_state_rebuilt_at_any_cut_equals_a_fresh_export_with_many_writing(place):
    app, dsn, refs = place
    reader, seed = Reader(app), random.randrange(10**6)
    print("seed", seed)
    reader.work()
    stopped, halves = threading.Event(), (refs[: PARCELS // 2], refs[PARCELS // 2 :])
    writers = [
        threading.Thread(target=play, args=(app, officer(app), half, seed + at, stopped))
        for at, half in enumerate(halves)
    ]
    cuts, until, dice = [], time.monotonic() + 40, random.Random(seed)
    for each in writers:
        each.start()
    try:
        while time.monotonic() < until and (len(cuts) < 5 or cuts[-1][0] < 80):
            outbox.run_batch(reader.database, dice.choice(CONSUMERS), most=dice.choice([1, 3, 50]))
            if dice.random() < 0.1:
                cuts.append(reader.export())
    finally:
        stopped.set()
        for each in writers:
            each.join()
    reader.work()
    seq, fresh = reader.export()
    assert written(fresh) == truth(dsn)
    assert seq > 60, "the writers made too little"
    assert len(cuts) > 3
    for at, state in [(0, {}), *cuts]:
        end, rebuilt = reader.follow(at, state, dice.choice([3, 50, 5000]))
        assert end == seq
        assert written(rebuilt) == written(fresh)
    with psycopg.connect(dsn) as conn:
        numbers = [row[0] for row in conn.execute("SELECT seq FROM finance.change ORDER BY seq")]
        assert all(later == earlier + 1 for earlier, later in pairwise([0, *numbers]))
        current = conn.execute("SELECT unit_id::text, legal_area_m2 FROM cadastre.parcel WHERE kind = 'parcel'")
        told = {
            key: state["areaM2"]
            for (kind, key), state in fresh.items()
            if kind == "parcel" and not state["retiredOn"]
        }
        assert {key: float(area) for key, area in current} == {key: float(area) for key, area in told.items()}
