"""Whatever is lost, doubled, late or in another order: each đồng counts once, and every difference is listed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.reconciliation import service as reconciliation
from landsvc.finance.reconciliation.entries import Day
from landsvc.identity.actors import SERVICE
from tests.factories import channels as banks
from tests.factories import machines
from tests.factories.dice import dice
from tests.factories.ledgers import CHANNEL, Message, Story, draw

from conftest import application, settings_for

FIRST_DAY = date(2001, 1, 1)
PARTIES = {"notices": "tax", "payments": "tax", "channel": "bank", "channel-tax": "bank", "refunds": "bank"}
_numbers, _stories = count(1), count(1)


class Doors:
    """The two doors by which money is told, and what stands behind them."""

    def __init__(self, dsn: str, app: Any) -> None:
        self.dsn, self.client, self.parts = dsn, app.test_client(), app.extensions[EXTENSION]
        banks.add_channels(self.parts.database)
        self.bank = banks.signer(self.parts.database, self.parts.vault, CHANNEL)
        self.token = machines.token(self.parts.database)

    def tell(self, message: Message) -> bool:
        """Deliver a message under a new key; return False where it must be sent again later."""
        door, _, told = message
        if door == "bank":
            body = banks.written(told)
            answer = self.client.post(
                self.bank.path, data=body, headers=self.bank.headers("POST", self.bank.path, body)
            )
        else:
            answer = self.post(f"/api/v1/tax/{door}", told)
        if answer.status_code == 422 and answer.json["code"] == "superseded-notice-unknown":
            return False
        assert answer.status_code in {200, 201}, answer.json
        return True

    def post(self, path: str, told: dict[str, Any]) -> Any:
        headers = machines.bearer(self.token, **{"Idempotency-Key": f"ledger-{next(_numbers)}"})
        return self.client.post(path, json=told, headers=headers)

    def pay_back(self, story: Story) -> None:
        """Let the office take fees and pay them back on the day of the story, in a branch of its own."""
        at = f"{story.day.isoformat()} 09:00+07"
        with psycopg.connect(self.dsn) as conn:
            for each in story.returned:
                (order,) = conn.execute(
                    "INSERT INTO finance.fee_order (dossier_code, purpose, branch, account_id)"
                    " VALUES (%s, 'registration', %s, 0) RETURNING id",
                    [f"HS-{story.office}-{each.number}", f"B{story.office}"],
                ).fetchone()
                for account, kind, sign in ((0, "charge", 1), (1, "payment", -1), (2, "refund", 1)):
                    conn.execute(
                        "INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, reason, account_id, at)"
                        " VALUES (%s, %s, %s, %s, 'nộp nhầm', %s, %s)",
                        [order, kind, sign * each.our_vnd, None if kind == "charge" else CHANNEL, account, at],
                    )

    def close_of_day(self, story: Story, version: int) -> None:
        """Let the bank and the tax office send their own lists of the day."""
        path, body = f"/api/v1/channels/{CHANNEL}/statements/{story.day}", json.dumps(story.statement()).encode()
        answer = self.client.put(path, data=body, headers=self.bank.headers("PUT", path, body))
        assert answer.status_code in {200, 201}, answer.json
        answer = self.post("/api/v1/tax/reconciliations", story.tax_list(version))
        assert answer.status_code == 201, answer.json

    def listed(self, story: Story) -> dict[str, Counter[tuple[str, str]]]:
        """Compare each stream of the day as the worker does at night; return what is not matched."""
        found: dict[str, Counter[tuple[str, str]]] = {}
        for stream, party in PARTIES.items():
            day = Day(stream, story.office if party == "tax" else CHANNEL, story.day)
            with self.parts.database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
                reconciliation.compare(session, day, account_id=0)
                items, more = reconciliation.items_of(session, day, after=0, page=1000)
            assert not more
            found[stream] = Counter((each.kind, each.key) for each in items)
        return found

    def rows(self, statement: str, *params: Any) -> list[Any]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(statement, params).fetchall()


@pytest.fixture(scope="module")
def doors(module_db) -> Iterator[Doors]:
    with application(settings_for(module_db)) as app:
        yield Doors(module_db, app)


def hold_to_the_books(doors: Doors, story: Story) -> None:
    """Hold what is kept against the story: every payment once, every đồng on one line or on none."""
    kept = dict(
        doors.rows(
            "SELECT reference_no, amount_vnd FROM finance.tax_payment WHERE tax_office_code = %s", story.office
        )
    )
    assert kept == {
        each.reference: each.posted_vnd for each in story.paid if each.reference in story.arrived("payments")
    }
    took = doors.rows(
        "SELECT reference_no, amount_vnd FROM finance.channel_payment WHERE reference_no LIKE %s",
        f"S{int(story.office[1:])}-%",
    )
    assert sorted(took) == sorted(
        (each.reference, each.amount_vnd) for each in story.paid if each.reference in story.arrived("bank")
    )
    standing = dict(
        doors.rows(
            "SELECT n.notice_no, s.paid_vnd FROM finance.notice n JOIN finance.notice_standing s ON s.notice_id = n.id"
            " WHERE n.tax_office_code = %s AND s.paid_vnd <> 0",
            story.office,
        )
    )
    lines, nowhere = story.on_lines()
    assert standing == lines
    assert sum(kept.values()) == sum(standing.values()) + nowhere


@pytest.mark.parametrize("runs", [25, pytest.param(2000, marks=pytest.mark.long)])
def test_in_whatever_order_messages_come_each_dong_counts_once_and_differences_are_listed(doors, runs):
    chance = dice(f"ledgers-{runs}")
    for _ in range(runs):
        number = next(_stories)
        one = Random(chance.getrandbits(64))
        story = draw(one, number, FIRST_DAY + timedelta(days=number))
        waiting = [each for each in story.sent if not doors.tell(each)]
        while waiting:
            again = [each for each in waiting if not doors.tell(each)]
            if len(again) == len(waiting):
                break
            waiting = again
        story.sent = [each for each in story.sent if each not in waiting]
        story.lost += waiting
        for each in one.sample(story.sent, len(story.sent) // 2):
            assert doors.tell(each), "what came is known when it comes again"
        hold_to_the_books(doors, story)
        doors.pay_back(story)
        doors.close_of_day(story, 1)
        assert doors.listed(story) == story.expected(), story

        while story.lost:
            one.shuffle(story.lost)
            came = [each for each in story.lost if doors.tell(each)]
            assert came, story.lost
            story.sent += came
            story.lost = [each for each in story.lost if each not in came]
        hold_to_the_books(doors, story)
        left = doors.listed(story)
        assert left == story.expected(), story
        wrong = {
            ("different", f"{each.reference}/1") for each in story.paid if each.posted_vnd != each.amount_vnd
        }
        assert left == {
            "notices": {},
            "payments": {},
            "channel": {},
            "channel-tax": dict.fromkeys(wrong, 1),
            "refunds": story.expected()["refunds"],
        }
