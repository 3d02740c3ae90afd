"""Planners change what may be done on land with four eyes, and see before what people would be told."""

from __future__ import annotations

import csv
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from landsvc.cadastre.reference import SQL, use_types
from landsvc.core import clock
from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, driver_connection
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from landsvc.planning.activities import queries
from landsvc.planning.activities.errors import UnfitActivityLine
from landsvc.planning.activities.lines import COLUMNS, Known, read_line
from landsvc.planning.activities.service import ensure_activities
from landsvc.planning.reference import ensure_themes
from tests.conftest import as_role, opened, settings_for
from tests.factories import cadastre as land
from tests.factories.dossiers import HERE, lay, office

CODE = "w6h185vu4rv8"
FENCE = {
    "activity": "fence",
    "land": "NNP",
    "verdict": "not-allowed",
    "condition_vi": "tường rào trên đất nông nghiệp phải xin phép",
    "condition_en": "a wall on farmland needs a permit",
    "law": "QĐ 12/2026/QĐ-UBND Điều 3",
    "certainty": "S",
}


class Planners:
    def __init__(self, dsn: str, person) -> None:
        self.dsn, self._person, self._known = dsn, person, {}
        self.app = person("lan").client.application
        self.home = self.app.test_client()
        database = self.app.extensions[EXTENSION].database
        with database.unit_of_work(IDENTITY_ROLE) as session:
            for login in ("plan1", "plan2"):
                people.create_account(session, login, login, ["planner"], password=None, branches=["west"])

    def person(self, login: str):
        if login not in self._known:
            self._known[login] = self._person(login).client
            self._known[login].set_cookie("lang", "en")
        return self._known[login]

    def rows(self, statement: str, *params: object) -> list[tuple]:
        with psycopg.connect(self.dsn) as conn:
            found = conn.execute(statement, params)
            return found.fetchall() if found.description else []

    def answer(self, activity: str) -> tuple[str, set[str]]:
        told = self.home.get(f"/api/v1/parcels/{CODE}/activities").json["activities"]
        (found,) = [each for each in told if each["code"] == activity]
        return found["answer"], {each["law"] for each in found["lines"]}

    def propose(self, login: str = "plan1", ok: int = 303, **line: str) -> str:
        body = {"reason": "Theo quyết định mới", "fromDay": clock.today().isoformat()} | line
        sent = self.person(login).post("/office/activities/new", data=body)
        assert sent.status_code == ok, sent.text
        return sent.location.rsplit("/", 1)[-1] if ok == 303 else sent.text

    def decide(self, login: str, number: str, action: str, ok: int = 303, **more: str) -> str:
        sent = self.person(login).post(f"/office/activities/changes/{number}", data={"action": action, **more})
        assert sent.status_code == ok, sent.text
        return sent.text


@pytest.fixture(scope="module")
def house(module_db):
    settings = settings_for(module_db)
    with opened(module_db) as database:
        with database.unit_of_work(IMPORT_ROLE) as session:
            uses = json.dumps(use_types(settings.gis_data_dir))
            driver_connection(session).execute(SQL["reference_use_types"].text, {"rows": uses})
        ensure_themes(settings, database)
        ensure_activities(settings, database)
    lay(module_db)
    with office(module_db) as person:
        planners = Planners(module_db, person)
        with psycopg.connect(module_db) as conn:
            garden = land.box(300, 0, 20, 10)
            land.parcel(conn, garden, commune_code=HERE, uses={"CLN": 200.0}, code=CODE)
        yield planners


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    monkeypatch.setattr("landsvc.core.throttle.Throttle.check", lambda self, address: None)


def test_a_line_counts_once_another_planner_confirmed_it(house):
    before = house.answer("fence")
    assert before[0] == "allowed-if"
    number = house.propose(**FENCE)
    page = house.person("plan1").get(f"/office/activities/changes/{number}").text
    assert "Another planner confirms or rejects it." in page
    assert "it stands on your boundary" in page
    assert "a wall on farmland needs a permit" in page
    assert house.answer("fence") == before
    told = house.person("plan2").get(f"/office/activities/changes/{number}?parcel={CODE}").text
    assert "1 activity would be answered otherwise." in told
    assert "Allowed if → Not allowed" in told
    assert "Another planner decides this" in house.decide("plan1", number, "confirm", ok=403)
    assert house.answer("fence") == before
    house.decide("plan2", number, "confirm")
    assert house.answer("fence") == ("not-allowed", {"QĐ 12/2026/QĐ-UBND Điều 3"})
    house.decide("plan2", number, "confirm", ok=409)
    days = house.rows(
        "SELECT verdict, lower(valid), upper(valid) FROM planning.activity_rule"
        " WHERE activity = 'fence' AND land = 'NNP' AND theme = '' AND upper_inf(recorded) ORDER BY valid"
    )
    assert [(verdict, until) for verdict, _, until in days] == [
        ("allowed-if", clock.today()),
        ("not-allowed", None),
    ]
    actions = house.rows("SELECT action FROM identity.audit WHERE object = %s", f"activity-change:{number}")
    assert {action for (action,) in actions} == {"activity-change.proposed", "activity-change.confirmed"}
    yesterday = (clock.today() - timedelta(1)).isoformat()
    told = house.home.get(f"/api/v1/parcels/{CODE}/activities?validAt={yesterday}")
    assert told.status_code in {200, 404}


def test_what_is_confirmed_later_never_reaches_into_the_past(house):
    first = house.propose(**FENCE | {"land": "LUA", "fromDay": (clock.today() + timedelta(9)).isoformat()})
    house.rows("UPDATE planning.activity_change SET from_day = from_day - 20 WHERE id = %s", first)
    house.decide("plan2", first, "confirm")
    ((since,),) = house.rows(
        "SELECT lower(valid) FROM planning.activity_rule WHERE activity = 'fence' AND land = 'LUA'"
    )
    assert since == clock.today()
    past = house.propose(**FENCE | {"land": "LNP", "fromDay": "2026-01-01"}, ok=422)
    assert "What was answered before stays as it was" in past


def test_a_line_that_changed_meanwhile_is_not_confirmed(house):
    pond = FENCE | {"activity": "dig_pond", "land": "CLN"}
    one, two = house.propose(**pond), house.propose(login="plan2", **pond | {"law": "Luật khác"})
    house.decide("plan2", one, "confirm")
    assert "changed since it was proposed" in house.decide("plan1", two, "confirm", ok=409)
    house.decide("plan1", two, "reject", ok=400)
    house.decide("plan1", two, "reject", words="Đã có dòng mới")
    assert "Đã có dòng mới" in house.person("plan2").get(f"/office/activities/changes/{two}").text
    planned = house.propose(**pond | {"land": "HNK", "fromDay": (clock.today() + timedelta(5)).isoformat()})
    house.decide("plan2", planned, "confirm")
    sooner = house.propose(**pond | {"land": "HNK"})
    house.decide("plan2", sooner, "confirm", ok=409)


def test_of_two_proposals_for_one_case_confirmed_at_once_one_counts(house):
    case = FENCE | {"activity": "mortgage", "land": "SON"}
    numbers = [house.propose(**case | {"law": law}) for law in ("Luật A", "Luật B")]
    house.person("plan2")

    def confirm(number: str) -> int:
        sent = house.person("plan2").post(f"/office/activities/changes/{number}", data={"action": "confirm"})
        return sent.status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, numbers)) == [303, 409]
    rows = house.rows("SELECT 1 FROM planning.activity_rule WHERE activity = 'mortgage' AND land = 'SON'")
    assert len(rows) == 1


def test_an_end_that_was_confirmed_is_undone_by_nobody(house):
    case = {"activity": "mortgage", "land": "*"}
    replacement = house.propose(**FENCE | case)
    later = house.propose(**case, verdict="end", fromDay=(clock.today() + timedelta(30)).isoformat())
    house.decide("plan2", later, "confirm")
    assert "changed since it was proposed" in house.decide("plan2", replacement, "confirm", ok=409)
    ((until,),) = house.rows(
        "SELECT upper(valid) FROM planning.activity_rule"
        " WHERE activity = 'mortgage' AND land = '*' AND theme = '' AND upper_inf(recorded)"
    )
    assert until == clock.today() + timedelta(30)


def test_of_an_end_and_a_replacement_confirmed_at_once_one_counts(house):
    case = {"activity": "dig_pond", "land": "*"}
    numbers = [house.propose(**case, verdict="end"), house.propose(**FENCE | case)]
    house.person("plan2")

    def confirm(number: str) -> int:
        sent = house.person("plan2").post(f"/office/activities/changes/{number}", data={"action": "confirm"})
        return sent.status_code

    with psycopg.connect(house.dsn) as conn, ThreadPoolExecutor(2) as pool:
        # Both wait for the line, and go on at the same moment.
        conn.execute(
            "SELECT FROM planning.activity_rule WHERE (activity, land, theme) = ('dig_pond', '*', '') FOR UPDATE"
        )
        found = pool.map(confirm, numbers)
        wait_for_locks(house, 2)
        conn.rollback()
        assert sorted(found) == [303, 409]


def wait_for_locks(house: Planners, many: int) -> None:
    for _ in range(200):
        ((waiting,),) = house.rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        if waiting >= many:
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_what_was_answered_in_the_morning_stays_known(house):
    case = FENCE | {"land": "RSX"}
    for law in ("Luật buổi sáng", "Luật buổi chiều"):
        number = house.propose(**case | {"law": law})
        house.decide("plan2", number, "confirm")
    rows = house.rows(
        "SELECT law, lower(recorded), upper(recorded), valid FROM planning.activity_rule"
        " WHERE activity = 'fence' AND land = 'RSX' AND theme = '' ORDER BY recorded"
    )
    (morning, since, until, days), (afternoon, begun, _, same) = rows
    assert (morning, afternoon, days) == ("Luật buổi sáng", "Luật buổi chiều", same)
    assert until == begun
    with opened(house.dsn) as database:
        for at, law in ((since, morning), (until, afternoon)):
            table = queries.table(database, clock.today(), at)
            assert [each.law for each in table.rules if (each.activity, each.land) == ("fence", "RSX")] == [law]


def test_two_proposals_of_the_same_cases_in_another_order_do_not_lock_each_other_out(house):
    cases = [{"land": "SON"}, {"land": "MNC"}]
    made = []
    for law, order in (("Luật A", cases), ("Luật B", cases[::-1])):
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows([FENCE | {"activity": "fence", "law": law} | case for case in order])
        body = {"csv": out.getvalue(), "enter": "true", "reason": "Cùng các dòng", "fromDay": str(clock.today())}
        sent = house.person("plan1").post("/office/activities/table", data=body)
        assert sent.status_code == 303, sent.text
        made.append(int(sent.location.rsplit("/", 1)[-1]))
    lines = house.rows(
        "SELECT change_id, array_agg(land ORDER BY id) FROM planning.activity_change_line"
        " WHERE change_id = ANY (%s) GROUP BY 1 ORDER BY 1",
        made,
    )
    assert [each for _, each in lines] == [["SON", "MNC"], ["MNC", "SON"]]
    house.person("plan2")

    def confirm(number: int) -> int:
        sent = house.person("plan2").post(f"/office/activities/changes/{number}", data={"action": "confirm"})
        return sent.status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, made)) == [303, 409]


def test_who_proposed_takes_back_and_a_line_can_end(house):
    number = house.propose(**FENCE | {"activity": "merge", "land": "CLN"})
    house.decide("plan2", number, "withdraw", ok=403)
    house.decide("plan1", number, "withdraw")
    assert house.answer("merge")[0] == "allowed-if"
    end = house.propose(activity="livestock", land="*", verdict="end")
    house.decide("plan2", end, "confirm")
    assert house.answer("livestock") == ("unknown", set())
    page = house.person("plan1").get("/office/activities?activity=livestock").text
    assert "No line answers on these uses:" in page
    assert "This changes nothing" in house.propose(activity="livestock", land="*", verdict="end", ok=400)


def test_what_does_not_fit_is_refused_by_field_and_the_form_keeps_what_was_typed(house):
    for wrong, told in (
        ({"law": ""}, "law"),
        ({"condition_en": ""}, "condition_en"),
        ({"activity": "fly"}, "activity"),
        ({"land": "QQQ"}, "land"),
        ({"zone": "*"}, "zone"),
        ({"theme": "heritage", "zone": "GHOST"}, "zone"),
        ({"theme": "heritage", "zone": "*", "beside": "OTC"}, "beside"),
        ({"lapse_years": "2"}, "lapse_years"),
        ({"missing_vi": "ai", "missing_en": "who"}, "missing_vi"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"certainty": "Z"}, "certainty"),
        ({"reason": ""}, "reason"),
        ({"fromDay": ""}, "fromDay"),
    ):
        body = {"reason": "Theo quyết định mới", "fromDay": clock.today().isoformat()} | FENCE | wrong
        refused = house.person("plan1").post("/office/activities/new", data=body)
        assert refused.status_code == 400, told
        assert 'role="alert"' in refused.text
        if told != "condition_en":
            assert "a wall on farmland needs a permit" in refused.text


def test_a_table_is_taken_away_changed_and_proposed(house):
    client, today = house.person("plan1"), clock.today().isoformat()
    table = client.get("/office/activities/table.csv").data.decode("utf-8-sig")
    same = client.post(
        "/office/activities/table", data={"file": (io.BytesIO(table.encode()), "a.csv"), "fromDay": today}
    )
    assert "0 lines would change" in same.text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert tuple(rows[0]) == COLUMNS
    (line,) = [each for each in rows if (each["activity"], each["land"], each["theme"]) == ("split", "*", "")]
    line["law"] += "; QĐ 99/2026"
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    text = "\ufeff" + out.getvalue()
    seen = client.post(
        "/office/activities/table", data={"file": (io.BytesIO(text.encode()), "a.csv"), "fromDay": today}
    )
    assert "1 line would change" in seen.text
    assert "QĐ 99/2026" not in json.dumps(house.rows("SELECT law FROM planning.activity_change_line"))
    body = {"csv": out.getvalue(), "enter": "true", "reason": "Cập nhật", "fromDay": clock.today().isoformat()}
    made = client.post("/office/activities/table", data=body).location.rsplit("/", 1)[-1]
    house.decide("plan2", made, "confirm")
    assert any("QĐ 99/2026" in law for law in house.answer("split")[1])
    twice_named = ",".join((*COLUMNS, "law")).encode() + b"\n"
    for wrong in (
        b"",
        b"\n",
        b'"activity\n',
        twice_named,
        b"a,b\n1,2\n",
        b"\xff\xfe\x00",
        ",".join(COLUMNS).encode() + b"\nfence,NNP\n",
    ):
        answer = client.post("/office/activities/table", data={"file": (io.BytesIO(wrong), "a.csv")})
        assert answer.status_code == 400, wrong
    twice = ",".join(COLUMNS) + "\n" + 2 * "fence,CLN,,,,end,,,,,,,\n"
    assert client.post("/office/activities/table", data={"csv": twice}).status_code == 400


def test_a_table_is_looked_at_for_the_day_it_would_begin_and_kept_when_it_is_refused(house):
    later = (clock.today() + timedelta(3)).isoformat()
    number = house.propose(**FENCE | {"activity": "merge", "land": "PNN", "fromDay": later})
    house.decide("plan2", number, "confirm")
    client = house.person("plan1")
    line = ",".join(FENCE.get(name, "") for name in COLUMNS).replace("fence,NNP", "merge,PNN")
    table = f"{','.join(COLUMNS)}\n{line}\n"
    for day, told in ((str(clock.today()), "1 line would change"), (later, "0 lines would change")):
        assert told in client.post("/office/activities/table", data={"csv": table, "fromDay": day}).text
    body = {"csv": table, "fromDay": str(clock.today()), "enter": "true", "reason": ""}
    refused = client.post("/office/activities/table", data=body)
    assert refused.status_code == 400
    assert "a wall on farmland needs a permit" in refused.text
    assert "1 line would change" in refused.text


def test_nobody_else_proposes_and_strangers_read_no_proposal(house):
    number = house.propose(**FENCE | {"land": "CSD"})
    assert house.person("hoa").get("/office/activities").status_code == 403
    assert house.person("lan").get(f"/office/activities/changes/{number}").status_code == 200
    assert house.person("lan").post("/office/activities/new", data=FENCE).status_code == 403
    assert house.person("lan").post(f"/office/activities/changes/{number}", data={}).status_code == 403
    assert house.home.get(f"/office/activities/changes/{number}").status_code in {303, 401}
    assert house.person("plan2").get("/office/activities/changes/99999").status_code == 404
    assert house.person("plan2").get("/office/activities/changes/x").status_code == 404
    with psycopg.connect(as_role(house.dsn, "landsvc_public")) as conn:
        for table in ("activity_change", "activity_change_line"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"SELECT FROM planning.{table}")


def test_the_database_takes_no_line_but_through_two_planners(house):
    number = int(house.propose(**FENCE | {"land": "PNN"}))
    one, lan = (
        house.rows("SELECT id::text FROM identity.account WHERE login = %s", login)[0][0]
        for login in ("plan1", "lan")
    )
    decide = "SELECT planning.decide_activity_change(%s, 'confirmed', '')"
    with psycopg.connect(as_role(house.dsn, "landsvc_editor")) as conn:
        for who, wrong in (
            (one, psycopg.errors.CheckViolation),
            (lan, psycopg.errors.CheckViolation),
            ("operator", psycopg.errors.InvalidTextRepresentation),
        ):
            with pytest.raises(wrong), conn.transaction():
                conn.execute("SELECT set_config('landsvc.acting', %s, true)", [who])
                conn.execute(decide, [number])
        for forbidden in (
            "INSERT INTO planning.activity_rule (activity) VALUES ('fence')",
            "UPDATE planning.activity_rule SET law = ''",
            "UPDATE planning.activity_change SET state = 'confirmed'",
            "INSERT INTO planning.activity_change_line (change_id) VALUES (1)",
            "SELECT planning.put_activity_lines(1, cadastre.today())",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(forbidden)


KNOWN = Known({"fence": ("", "")}, {"NNP": ("", ""), "OTC": ("", "")}, {"heritage": ("", "")}, {})
CELLS = st.fixed_dictionaries(
    {name: st.sampled_from(["", "x"]) for name in COLUMNS}
    | {
        "activity": st.just("fence"),
        "land": st.sampled_from(["*", "NNP"]),
        "beside": st.sampled_from(["", "OTC"]),
        "theme": st.sampled_from(["", "heritage"]),
        "zone": st.sampled_from(["", "*"]),
        "verdict": st.sampled_from(["allowed", "allowed-if", "not-allowed", "unknown", "end"]),
        "certainty": st.sampled_from(["S", "K", "?"]),
        "lapse_years": st.sampled_from(["", "2", "0", "51"]),
    }
)
PUT = (
    "INSERT INTO planning.activity_rule (activity, land, beside, theme, zone, verdict, condition_vi, condition_en,"
    " missing_vi, missing_en, law, certainty, lapse_years, valid)"
    f" VALUES ({', '.join(f'%({name})s' for name in COLUMNS)}, '[1900-01-01,1900-01-02)')"
)


@given(CELLS)
def test_the_reader_lets_through_what_the_database_takes(house, cells):
    """Nothing that was read is refused by a constraint, and nothing the table would take is refused by the reader."""
    assume(cells["verdict"] != "end")
    try:
        read = read_line(cells, KNOWN)
    except UnfitActivityLine:
        read = None
    with psycopg.connect(house.dsn) as conn:
        try:
            conn.execute(PUT, cells | {"lapse_years": cells["lapse_years"] or None})
            taken = True
        except psycopg.errors.CheckViolation:
            taken = False
        conn.rollback()
    # Stricter than the database in two things: both languages, and a fact of what is not asked.
    one_sided = bool(cells["condition_vi"]) != bool(cells["condition_en"])
    assert taken if read else not taken or one_sided
