"""The worker keeps the times of dossiers: apologies are proposed in time, a changed calendar moves due moments."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from landsvc.core.clock import today
from landsvc.registry.dossiers import timekeeping
from landsvc.worker import Work
from tests.conftest import opened
from tests.factories.dossiers import HERE, lay, office


@pytest.fixture(scope="module")
def laid(module_db):
    lay(module_db)
    return module_db


@pytest.fixture(scope="module")
def person(laid):
    with office(laid) as found:
        yield found


def rows(laid: str, query: str, *values: object) -> list[tuple]:
    with psycopg.connect(laid) as conn:
        cursor = conn.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def test_an_apology_is_proposed_once_before_the_due_moment_and_a_person_sends_it(person, laid):
    hoa, lan = person("hoa"), person("lan")
    late, fresh = (hoa.submit(parcels=[f"{HERE}-12-{n}"]).json["dossier"] for n in (345, 346))
    assert lan.move(late, "take").status_code == 200
    with opened(laid) as database:
        timekeeping.count_anew(database)
    # As if the time were nearly spent.
    rows(
        laid,
        "UPDATE registry.dossier SET due_at = now() + interval '5 minutes',"
        " appointment_at = now() + interval '5 minutes' WHERE code = %s",
        late,
    )
    with opened(laid) as database:
        assert [Work(database).keep_appointments() > 0, timekeeping.propose_apologies(database)] == [True, 0]
    found = rows(
        laid,
        "SELECT d.code, a.appointment_at > d.due_at FROM registry.apology_proposal a"
        " JOIN registry.dossier d ON d.id = a.dossier_id",
    )
    assert found == [(late, True)]
    assert rows(laid, "SELECT key FROM core.outbox WHERE topic = 'dossier.apology-proposed'") == [(late,)]
    page = lan.client.get("/office/dossiers?lang=vi").text
    assert page.count("Xin lỗi, đề xuất hẹn lại") == 1
    assert fresh in person("binh").client.get("/office/dossiers").text
    day = (today() + timedelta(days=60)).isoformat()
    for number in range(7):  # one of seven days in a row is worked
        day = (today() + timedelta(days=60 + number)).isoformat()
        if lan.move(late, "apologise", reason="Thiếu người", appointmentOn=day).status_code == 200:
            break
    assert "Xin lỗi, đề xuất" not in lan.client.get("/office/dossiers").text


def test_a_changed_calendar_moves_due_moments_with_a_trace_and_only_once(person, laid):
    code = person("hoa").submit(parcels=[f"{HERE}-12-347"]).json["dossier"]
    with opened(laid) as database:
        timekeeping.count_anew(database)
        before = person("hoa").read(code)
        assert timekeeping.count_anew(database) == 0
        rows(
            laid,
            "INSERT INTO registry.calendar_day (day, kind, name_vi, name_en, source, certainty, counts)"
            " SELECT CAST(g AS date), 'holiday', 'x', 'x', 'x', 'S', true"
            "   FROM generate_series(current_date + 1, current_date + 21, interval '1 day') g"
            " ON CONFLICT (day) DO UPDATE SET kind = 'holiday', counts = true",
        )
        moved = timekeeping.count_anew(database)
        assert moved >= 1
        assert timekeeping.count_anew(database) == 0
    after = person("hoa").read(code)
    assert after["dueAt"] > before["dueAt"]
    assert after["appointmentAt"] == after["dueAt"]
    assert after["revision"] == before["revision"]
    assert rows(laid, "SELECT count(*) FROM registry.dossier_retiming r JOIN registry.dossier d ON d.id = r.dossier_id"
                      " WHERE d.code = %s AND r.due_after = d.due_at", code) == [(1,)]  # fmt: skip
    assert rows(
        laid,
        "SELECT count(*) FROM identity.audit WHERE action = 'dossier.retimed' AND object = %s",
        f"dossier:{code}",
    ) == [(1,)]
