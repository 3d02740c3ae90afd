"""What a dossier's time limit does when its slip comes back: by each reason, by several, until it is sent again."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from landsvc.core import clock
from landsvc.core.outbox import run_batch
from landsvc.core.signing import make_trial_key
from landsvc.core.web import EXTENSION
from landsvc.finance.slips.queries import ReasonLine
from landsvc.registry.dossiers.tax_answers import CONSUMER, clock_of
from tests.conftest import application, settings_for
from tests.factories import machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office

REPOSITORY = Path(__file__).parents[2]
SLIPS = "/api/v1/tax/slips"
REASONS = "/api/v1/tax/catalogues/return-reasons"
RULES = {
    "price-missing": "runs",
    "taxpayer-unknown": "runs",
    "land-unclear": "runs",
    "origin-unclear": "runs",
    "relief-unproven": "paused",
    "attachment-missing": "runs",
    "wrong-office": "runs",
    "other": "runs",
}
"""What each reason of the file does, by hand."""


class Tax:
    """The machine of the tax office, and the worker that hears it."""

    def __init__(self, app) -> None:
        self.client, self.database = app.test_client(), app.extensions[EXTENSION].database
        self.headers = machines.bearer(machines.token(self.database))

    def get(self, path: str):
        answer = self.client.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    def return_slip(self, code: str, *reasons: str) -> None:
        slips = [each for each in self.get(f"{SLIPS}?after=0&limit=100")["slips"] if each["dossier"] == code]
        path = f"{SLIPS}/{slips[-1]['slipNo']}/returns"
        answer = self.client.post(
            path, json={"reasons": list(reasons)}, headers=self.headers | {"Idempotency-Key": path}
        )
        assert answer.status_code == 201, answer.json
        self.hear()

    def hear(self) -> None:
        """Do what the worker does with events; its first round only joins."""
        while run_batch(self.database, CONSUMER):
            pass


@pytest.fixture(scope="module")
def place(module_db, tmp_path_factory):
    lay(module_db, parcels=14)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known = {}
        world = World(module_db, lambda login: known.setdefault(login, person(login)))
        tax = Tax(world.person("lan").client.application)
        tax.hear()
        yield world, tax


def sent(world: World) -> str:
    """Return a sale whose slip was just sent."""
    ref, right = world.held_by(world.registry.party())
    code = world.submit("CN", [ref])
    world.go(code, "lan", "take")
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(world.registry.party())]}]}
    world.go(code, "lan", "enter_facts", facts=facts)
    world.go(code, "lan", "send_slip")
    return code


def standing(world: World, code: str) -> tuple[str, str | None, str | None, list[str]]:
    """Return where a dossier is: state, clock told last, whether it is due, and the pauses that last."""
    found = world.person("lan").read(code)
    lasting = [each["kind"] for each in found["pauses"] if each["end"] is None]
    return found["state"], found["events"][-1]["details"].get("clock"), found["dueAt"], lasting


def test_every_reason_of_the_file_is_in_the_table_by_hand(place):
    _, tax = place
    with (REPOSITORY / "gis_data/finance/return_reasons.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["code"]: row["clock"] for row in csv.DictReader(lines)} == RULES
    told = tax.get(REASONS)["entries"]
    assert {each["code"]: each["clock"] for each in told} == RULES
    assert {each["clock"] for each in tax.get("/api/v1/tax/catalogues/errors")["entries"]} == {None}


@pytest.mark.parametrize("reason", RULES)
def test_the_clock_follows_the_reason_and_the_event_tells_it(place, reason):
    world, tax = place
    code = sent(world)
    assert standing(world, code)[2:] == (None, ["tax"])
    tax.return_slip(code, reason)
    state, told, due, lasting = standing(world, code)
    assert (state, told) == ("VERIFYING", RULES[reason])
    assert (due is None, lasting) == ((True, ["slip"]) if told == "paused" else (False, []))


def test_what_waits_for_the_applicant_runs_again_when_the_slip_leaves_again(place):
    world, tax = place
    code = sent(world)
    tax.return_slip(code, "relief-unproven")
    page = world.person("lan").client.get(f"/office/dossiers/{code}").text
    assert "đến khi phiếu được gửi lại" in page
    world.go(code, "lan", "hand_over", to="binh")
    assert standing(world, code)[2:] == (None, ["slip"])
    world.go(code, "binh", "send_slip")
    assert standing(world, code)[3] == ["tax"]
    tax.return_slip(code, "relief-unproven")
    assert standing(world, code)[3] == ["slip"]
    world.go(code, "binh", "send_slip")
    tax.return_slip(code, "price-missing")
    state, told, due, lasting = standing(world, code)
    assert (state, told, lasting) == ("VERIFYING", "runs", [])
    assert due is not None
    kinds = world.rows(
        "SELECT p.kind FROM registry.dossier_pause p JOIN registry.dossier d ON d.id = p.dossier_id"
        " WHERE d.code = %s ORDER BY lower(p.held)",
        code,
    )
    assert [kind for (kind,) in kinds] == ["tax", "slip", "tax", "slip", "tax"]


def test_of_several_reasons_the_strictest_holds(place):
    world, tax = place
    code = sent(world)
    tax.return_slip(code, "relief-unproven", "price-missing")
    assert standing(world, code)[1] == "runs"
    page = world.person("lan").client.get(f"/office/dossiers/{code}").text
    assert "Thời hạn tiếp tục tính" in page


@pytest.mark.parametrize(
    ("codes", "rule"),
    [
        (["a"], "paused"),
        (["b"], "runs"),
        (["a", "c"], "paused"),
        (["a", "b"], "runs"),
        (["a", "gone"], "runs"),
        ([], "runs"),
    ],
)
def test_the_clock_stands_only_where_every_reason_says_so(codes, rule):
    line = ReasonLine("a", "", "", None, None, "", "?", "paused")
    known = {"a": line, "b": replace(line, code="b", clock="runs"), "c": replace(line, code="c")}
    assert clock_of(codes, known) == rule


def test_a_rule_is_dated_and_what_a_province_says_of_a_day_stays(place):
    world, tax = place
    with psycopg.connect(world.dsn) as conn:
        conn.execute(
            "UPDATE finance.return_reason SET valid = '[2024-08-01,2026-01-01)' WHERE code = 'wrong-office'"
        )
        conn.execute(
            "INSERT INTO finance.return_reason SELECT code, name_vi, name_en, '[2026-01-01,)', source, certainty, sort,"
            " 'paused' FROM finance.return_reason WHERE code = 'wrong-office'"
        )
        with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
            conn.execute(
                "INSERT INTO finance.return_reason SELECT code, name_vi, name_en, '[2026-06-01,)', source, certainty,"
                " sort, 'runs' FROM finance.return_reason WHERE code = 'other'"
            )
    rules = {
        day: [
            each["clock"] for each in tax.get(f"{REASONS}?on={day}")["entries"] if each["code"] == "wrong-office"
        ]
        for day in ("2025-06-01", clock.today().isoformat())
    }
    assert list(rules.values()) == [["runs"], ["paused"]]
    code = sent(world)
    tax.return_slip(code, "wrong-office")
    assert standing(world, code)[1] == "paused"


def test_an_officer_stops_no_clock_so(place):
    world, _ = place
    code = sent(world)
    world.go(code, "lan", "slip_returned", reason="Trả lại theo công văn")
    assert standing(world, code)[1] is None
    assert standing(world, code)[3] == []
    refused = world.person("lan").move(code, "pause", pause="slip")
    assert refused.status_code == 400
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "SELECT set_config('landsvc.acting', e.account_id::text, true) FROM registry.dossier_event e"
            " JOIN registry.dossier d ON d.id = e.dossier_id WHERE d.code = %s",
            [code],
        )
        conn.execute(
            "INSERT INTO registry.dossier_event (dossier_id, seq, action, from_state, to_state, account_id,"
            " account_name, spent_days, pauses, fingerprint) SELECT d.id, d.revision + 1, 'identify', d.state, d.state,"
            " e.account_id, 'x', 0, 'slip', '' FROM registry.dossier d"
            " JOIN registry.dossier_event e ON e.dossier_id = d.id AND e.seq = d.revision WHERE d.code = %s",
            [code],
        )


def test_a_published_key_says_from_when_until_when_it_signed(place, tmp_path):
    world, tax = place
    sent(world)
    answer = tax.client.get("/api/v1/tax/keys")
    (today,) = answer.json["keys"]
    assert (today["firstSignedAt"] is None, today["lastSignedAt"]) == (False, None)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    tag = answer.headers["ETag"]
    sent(world)
    again = tax.client.get("/api/v1/tax/keys", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "public, max-age=300")
    other = str(tmp_path / "other.p12")
    assert make_trial_key(settings_for(world.dsn, SIGNING_FILE=other))
    with application(settings_for(world.dsn, SIGNING_FILE=other)) as app:
        newer, older = app.test_client().get("/api/v1/tax/keys").json["keys"]
    assert (newer["firstSignedAt"], newer["lastSignedAt"]) == (None, None)
    assert (older["kid"], older["firstSignedAt"]) == (today["kid"], today["firstSignedAt"])
    ((last,),) = world.rows("SELECT max(issued_at) FROM finance.slip")
    assert datetime.fromisoformat(older["lastSignedAt"]) == last
