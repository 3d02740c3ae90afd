"""What is wrong in old land is found, counted and forgotten again when it is mended: exact counts, exact sizes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.defects import looking, service, trying
from landsvc.core import clock, outbox
from landsvc.core.db import EDITOR_ROLE, Database
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories import defects as wrong
from tests.factories.cadastre import box
from tests.factories.drafts import FRAME, LAN, Office

LAND = "25195"


@pytest.fixture(scope="module")
def looked(make_clone: Any) -> Iterator[Database]:
    """The land of the factory, looked at once."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            wrong.lay(conn)
        with opened(dsn) as database:
            assert looking.look_at_all(database) == [LAND]
            yield database


@pytest.fixture
def fresh(database: Database) -> Database:
    """The same land, not looked at yet, in a database of one test."""
    with psycopg.connect(database.dsn) as conn:
        wrong.lay(conn)
    return database


def known(database: Database, **asked: Any) -> list[service.Defect]:
    asked = {"commune": LAND, "kind": None, "cursor": None, "page": 50} | asked
    with database.read_only(EDITOR_ROLE) as session:
        return service.list_defects(session, **asked)[0]


def hand_out(database: Database) -> None:
    for _ in range(3):  # the first round only joins
        outbox.run_batch(database, looking.CONSUMER)


def test_each_defect_is_found_once_with_its_size(looked):
    sizes = {
        each.kind: (each.measure, each.unit, [party.name for party in each.parties]) for each in known(looked)
    }
    assert len(known(looked)) == 5
    assert sizes["overlap"][0] == pytest.approx(12.0)
    assert sizes["overlap"][1:] == ("m²", ["25195-12-1", "25195-12-2"])
    assert sizes["gap"][0] == pytest.approx(9.0)
    assert sizes["gap"][2][:2] == ["25195-12-2", "25195-12-3"]
    assert sizes["drift"] == (pytest.approx(100 * 30 / 630), "%", ["25195-12-5"])
    assert sizes["sliver"] == (pytest.approx(12 / 60.4), "m", ["25195-12-4"])
    assert sizes["spike"][0] == pytest.approx(1.146, abs=0.001)
    assert sizes["spike"][2] == ["25195-12-6"]


def test_shares_count_parcels_not_defects(looked):
    with looked.read_only(EDITOR_ROLE) as session:
        (commune,) = service.health(session)
        trend = {each.kind: each.days for each in service.trend(session)}
    told = {kind: (share.defects, share.parcels, share.of_parcels) for kind, share in commune.shares.items()}
    assert told == {
        "overlap": (1, 2, 6),
        "gap": (1, 2, 6),
        "drift": (1, 1, 6),
        "sliver": (1, 1, 6),
        "spike": (1, 1, 6),
    }
    assert commune.shares["overlap"].area_m2 == pytest.approx(12.0)
    assert [on for on, _ in trend["gap"]] == [clock.today()]


def test_pages_follow_each_other_without_gap_or_repetition(looked):
    seen, cursor = [], None
    for _ in range(5):
        (found,) = known(looked, cursor=cursor, page=1)
        seen.append(found.id)
        cursor = found.cursor
    assert known(looked, cursor=cursor) == []
    assert seen == [each.id for each in known(looked)]
    assert [each.kind for each in known(looked, kind="gap")] == ["gap"]
    assert seen == [each.id for each in known(looked, commune=None)]


def test_a_second_look_keeps_the_number_of_what_it_finds_again(fresh):
    looking.look_at_all(fresh)
    before = {each.id for each in known(fresh)}
    with fresh.read_only(EDITOR_ROLE) as session:
        figures = looking.figures_in_force(session, clock.today())
    looking.look_at(fresh, LAND, 1, figures)
    assert {each.id for each in known(fresh)} == before
    assert looking.look_at_next(fresh, again_s=0.0) is None


def test_what_is_mended_leaves_the_list_at_once_and_the_counts_at_the_next_look(fresh):
    looking.look_at_all(fresh)
    hand_out(fresh)
    looking.look_at_all(fresh)
    with psycopg.connect(fresh.dsn) as conn:
        unit = make.one(conn, "SELECT unit_id FROM cadastre.parcel WHERE number = '5'")
        why = make.record(conn)
        make.lock(conn, box(0, 0, 120, 30))
        make.close(conn, unit, why)
        make.version(conn, unit, why, box(60.2, 0, 20, 30), area=600)
    assert "drift" not in {each.kind for each in known(fresh)}
    with fresh.read_only(EDITOR_ROLE) as session:
        assert service.looked(session, LAND).behind is False
    hand_out(fresh)
    with fresh.read_only(EDITOR_ROLE) as session:
        assert service.looked(session, LAND).behind is True
        assert service.health(session)[0].shares["drift"].parcels == 1
    assert looking.look_at_next(fresh) is None, "a commune is not looked at twice in a minute"
    assert looking.look_at_next(fresh, again_s=0.0) == LAND
    with fresh.read_only(EDITOR_ROLE) as session:
        assert service.health(session)[0].shares["drift"].parcels == 0


def test_a_day_has_one_row_for_each_kind_however_often_it_is_counted(fresh):
    looking.look_at_all(fresh)
    for day in (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 2)):
        looking.count_day(fresh, day)
    with psycopg.connect(fresh.dsn) as conn:
        rows = conn.execute(
            "SELECT on_date, count(*) FROM cadastre.defect_count GROUP BY 1 ORDER BY 1 LIMIT 2"
        ).fetchall()
    assert rows == [(date(2026, 1, 1), 5), (date(2026, 1, 2), 5)]


def test_other_figures_make_the_worker_look_again(fresh):
    looking.look_at_all(fresh)
    with psycopg.connect(fresh.dsn) as conn:
        conn.execute("UPDATE cadastre.rule SET parameters = '{\"widthM\": 0.1}' WHERE code = 'FAB-SLIVER'")
    assert looking.look_at_all(fresh) == [LAND]
    assert "sliver" not in {each.kind for each in known(fresh)}


def test_without_a_mapped_extent_no_gap_is_told_and_none_is_counted(fresh):
    with psycopg.connect(fresh.dsn) as conn:
        conn.execute("UPDATE cadastre.mapped_extent SET recorded = tstzrange(lower(recorded), clock_timestamp())")
    looking.look_at_all(fresh)
    with fresh.read_only(EDITOR_ROLE) as session:
        assert service.looked(session, LAND).mapped is False
        assert "gap" not in service.health(session)[0].shares


def mended(database: Database, kind: str) -> tuple[service.Defect, dict[str, Any]]:
    """Return a defect and the correction that is suggested for it."""
    (found,) = known(database, kind=kind)
    office = Office(database)
    defect, body = trying.mend(database, found.id, find=office.find, frame=FRAME, actor=LAN)
    assert body is not None, kind
    return defect, body


def overlap_m2(database: Database) -> float:
    with psycopg.connect(database.dsn) as conn:
        return float(
            make.one(
                conn,
                "SELECT coalesce(sum(ST_Area(geom)), 0) FROM cadastre.known_overlap WHERE upper_inf(recorded)",
            )
        )


def test_a_suggestion_is_what_a_preview_accepts_and_leaves_nothing_behind(looked):
    before = overlap_m2(looked)
    found = {kind: mended(looked, kind)[1]["op"] for kind in ("overlap", "gap", "sliver", "spike")}
    assert found == {
        "overlap": "replace_geometry",
        "gap": "replace_geometry",
        "sliver": "merge",
        "spike": "remove_point",
    }
    assert overlap_m2(looked) == before
    with psycopg.connect(looked.dsn) as conn:
        assert make.one(conn, "SELECT count(*) FROM cadastre.draft") == 0
    (drift,) = known(looked, kind="drift")
    assert trying.mend(looked, drift.id, find=Office(looked).find, frame=FRAME, actor=LAN)[1] is None


def test_committed_corrections_close_what_they_are_about_and_open_nothing(fresh):
    looking.look_at_all(fresh)
    office = Office(fresh)
    left = {each.kind for each in known(fresh)}
    overlap = overlap_m2(fresh)
    assert overlap == pytest.approx(12.0)
    for kind in ("overlap", "gap", "spike"):
        _, body = mended(fresh, kind)
        code = office.draft(body).code
        assert office.preview(code)["committable"] is True
        office.commit(code)
        assert kind not in {each.kind for each in known(fresh)}, "mended, it leaves the list at once"
        assert overlap_m2(fresh) <= overlap
        overlap = overlap_m2(fresh)
        left.remove(kind)
    assert overlap == pytest.approx(0.0, abs=1e-6)
    hand_out(fresh)
    looking.look_at_next(fresh, again_s=0.0)
    assert {each.kind for each in known(fresh)} - left <= {"drift"}, "a re-drawn parcel may differ from its paper"


def test_a_defect_that_was_mended_or_never_was_is_not_found(looked):
    with looked.read_only(EDITOR_ROLE) as session, pytest.raises(service.DefectNotFound):
        service.get_defect(session, 2**60)
