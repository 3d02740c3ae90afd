"""The demo's office has rights, certificates and dossiers in every state a day shows, made as people make them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from landsvc.app import effects_of_rights
from landsvc.demo import office
from landsvc.demo.accounts import renew_accounts
from tests.conftest import opened, settings_for
from tests.factories.dossiers import lay


@pytest.fixture(scope="module")
def demo(module_db) -> Iterator[psycopg.Connection]:
    lay(module_db, parcels=64)
    settings = settings_for(module_db)
    with opened(module_db) as database:
        renew_accounts(database)
        handed_in = [office.lay(database, settings, effects_of_rights(settings), every=1) for _ in range(2)]
    assert handed_in == [len(office.STORIES), 0], "an office that has dossiers is left alone"
    with psycopg.connect(module_db) as conn:
        yield conn


def test_dossiers_stand_in_many_states_and_some_are_late(demo):
    states = dict(demo.execute("SELECT state, count(*) FROM registry.dossier GROUP BY 1").fetchall())
    assert set(states) >= {
        "RECEIVED",
        "VERIFYING",
        "SUPPLEMENT",
        "TAX_SENT",
        "DRAFTED",
        "SIGNED",
        "READY",
        "RETURNED",
    }
    late = demo.execute(
        "SELECT state, count(*) FROM registry.dossier WHERE due_at < now() AND ended_at IS NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert late == [("SIGNED", 1), ("VERIFYING", 3)]


def test_each_dossier_was_led_by_events_in_order(demo):
    (wrong,) = demo.execute("""
        SELECT count(*) FROM registry.dossier d JOIN registry.dossier_event e ON e.dossier_id = d.id
         WHERE e.at < d.made_at - interval '1 second' OR e.seq = 2 AND date_trunc('minute', e.at) <> d.registered_at
            OR e.seq = d.revision AND e.due_at IS DISTINCT FROM d.due_at""").fetchone()
    assert wrong == 0


def test_everybody_is_plainly_invented(demo):
    (plain,) = demo.execute(
        "SELECT count(*) FROM registry.party_version WHERE name NOT LIKE '%(demo)'"
    ).fetchone()
    rights, loans, papers = demo.execute("""
        SELECT count(*) FILTER (WHERE r.kind = 'use'), count(*) FILTER (WHERE r.kind = 'mortgage'),
               (SELECT count(*) FROM registry.certificate) FROM registry.rrr r""").fetchone()
    assert (plain, rights, papers) == (0, 128, 128)
    assert loans > 12


def test_what_was_done_is_kept_again_afterwards(demo):
    with pytest.raises(psycopg.errors.CheckViolation):
        demo.execute("UPDATE registry.dossier_event SET at = now()")
    demo.rollback()
