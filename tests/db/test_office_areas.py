"""Who writes the fabric where: an officer in the communes of their branch, noding anywhere, nobody without a name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.errors import OutsideTheOfficesArea
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.identity import offices, people, service
from landsvc.identity.actors import Actor
from landsvc.identity.errors import BranchNeeded
from landsvc.registry import service as registry
from psycopg.conninfo import make_conninfo
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import Conn, box, one
from tests.factories.drafts import FRAME, PAPER, Office, rules, sign_on, split

HERE, THERE = "25195", "25198"
ANH = Actor(11, "anh", "Lê Anh", frozenset({"processor"}))
BAO = Actor(12, "bao", "Trần Bảo", frozenset({"processor"}))


@pytest.fixture
def office(fresh_db: str) -> Iterator[Office]:
    """Two communes with a parcel each, side by side; An works in the western branch, Bao in the eastern one."""
    with psycopg.connect(fresh_db) as conn:
        west = make.series(conn, make.commune(conn, HERE, geom=box(-500, -500, 520, 1000)))
        east = make.series(
            conn, make.commune(conn, THERE, name="Phường Đồng Xoài", geom=box(20, -500, 500, 1000))
        )
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="1", series_id=west)
        make.parcel(conn, box(20, 0, 20, 30), number="70", series_id=east, commune_code=THERE)
    with opened(fresh_db) as database:
        with database.unit_of_work(IDENTITY_ROLE) as session:
            offices.create_branch(session, "west", "Chi nhánh Tây", "West", [HERE])
            offices.create_branch(session, "east", "Chi nhánh Đông", "East", [THERE])
        with psycopg.connect(fresh_db) as conn:
            sign_on(conn, ANH, "west")
            sign_on(conn, BAO, "east")
        yield Office(database)


@contextmanager
def acting(office: Office, who: str | None) -> Iterator[Conn]:
    """A connection as the officers' role that says who acts, or forgets to."""
    options = "" if who is None else f"-c landsvc.acting={who}"
    with psycopg.connect(make_conninfo(office.database.dsn, user=EDITOR_ROLE, options=options)) as conn:
        yield conn


def unit(office: Office, number: str) -> int:
    with psycopg.connect(office.database.dsn) as conn:
        return int(one(conn, "SELECT unit_id FROM cadastre.parcel WHERE number = %s", number))


def believed(office: Office) -> list[Any]:
    with psycopg.connect(office.database.dsn) as conn:
        return conn.execute(
            "SELECT id, closed_record_id, geom FROM cadastre.parcel_version ORDER BY id"
        ).fetchall()


WRITES = {
    "a version": "INSERT INTO cadastre.parcel_version (unit_id, record_id, valid, commune_code, geom, legal_area_m2)"
    " SELECT unit_id, {why}, '[2001-01-01,2002-01-01)', commune_code, geom, 600 FROM cadastre.parcel"
    " WHERE unit_id = {unit}",
    "the end of a version": "UPDATE cadastre.parcel_version SET recorded = recorded, closed_record_id = {why}"
    " WHERE unit_id = {unit} AND upper_inf(recorded)",
    "a use": "INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2)"
    " SELECT version_id, 9, 'CLN', 1 FROM cadastre.parcel WHERE unit_id = {unit}",
    "a number": "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, record_id)"
    " SELECT unit_id, series_id, '12', '900', {why} FROM cadastre.parcel WHERE unit_id = {unit}",
    "the end of a number": "UPDATE cadastre.parcel_number SET used = '[2012-01-01,2013-01-01)',"
    " changed_record_id = {why} WHERE unit_id = {unit}",
    "a code": "INSERT INTO cadastre.parcel_code (code, unit_id, x, y, srid, lon, lat, datum_shift, algorithm,"
    " tolerance_m) VALUES ('w6h185vu4rv5', {unit}, 0, 0, 9212, 0, 0, 'B', 'given', 0)",
    "an ancestry": "INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id)"
    " SELECT least({unit}, {other}), greatest({unit}, {other}), 'adjustment', {why}",
    "an end": "INSERT INTO cadastre.unit_end (unit_id, reason, record_id) VALUES ({unit}, 'gone', {why})",
    "a hold": "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
    " VALUES ('block', 'parcel', {unit}, 'Test', '1', {why})",
    "an extent": "INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom)"
    " SELECT commune_code, {why}, ST_Multi(geom) FROM cadastre.parcel WHERE unit_id = {unit}",
}


NOBODY = (None, "", "0", "999", "11; SET ROLE landsvc", "-11", "landsvc")
OF_THE_OTHER_BRANCH = "11"


def test_the_policies_hold_whatever_the_program_says_or_forgets(office):
    there, here, before = unit(office, "70"), unit(office, "1"), believed(office)
    for who, (what, statement) in product((OF_THE_OTHER_BRANCH, *NOBODY), WRITES.items()):
        with acting(office, None) as conn:
            conn.execute("SELECT set_config('landsvc.acting', %s, false)", (who,))
            make.lock(conn, box(0, 0, 40, 30), HERE, THERE)
            why = make.record(conn)
            with pytest.raises(psycopg.errors.CheckViolation) as refused:
                conn.execute(statement.format(unit=there, other=here, why=why))
            assert refused.value.diag.constraint_name == "outside-the-offices-area", (who, what)
            conn.rollback()
    assert believed(office) == before


def test_who_covers_the_commune_writes(office):
    for who, what in product(("12", "operator"), WRITES.keys() - {"an ancestry"}):
        with acting(office, who) as conn:
            make.lock(conn, box(0, 0, 40, 30), HERE, THERE)
            statement = WRITES[what].format(
                unit=unit(office, "70"), other=unit(office, "1"), why=make.record(conn)
            )
            assert conn.execute(statement).rowcount == 1, (who, what)
            conn.rollback()


def test_an_ancestry_across_the_border_needs_both_communes(office):
    for who in ("11", "12"):
        with acting(office, who) as conn, pytest.raises(psycopg.errors.CheckViolation):
            why = make.record(conn)
            conn.execute(WRITES["an ancestry"].format(unit=unit(office, "70"), other=unit(office, "1"), why=why))


def test_everybody_reads_the_whole_province(office):
    for who in (None, "11", "12"):
        with acting(office, who) as conn:
            assert one(conn, "SELECT count(*) FROM cadastre.parcel_version") == 2
            assert one(conn, "SELECT count(*) FROM cadastre.parcel_number") == 2


def test_noding_a_neighbour_crosses_the_border_of_the_branch(office):
    """A cut that ends at the common boundary puts a corner into the neighbour of the other branch, and no more."""
    draft = office.draft(split(f"{HERE}-12-1", (-1, 11.23), (21, 12.34)), actor=ANH)
    done = office.commit(draft.code, actor=ANH)
    assert [each["ref"] for each in done["noded"]] == [f"{THERE}-12-70"]
    with psycopg.connect(office.database.dsn) as conn:
        row = "SELECT v.technical, v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = %s ORDER BY id DESC"
        assert conn.execute(row, (unit(office, "70"),)).fetchone() == (True, THERE)
    assert check_fabric(office.database).sound


def test_undoing_what_was_noded_elsewhere_is_allowed_and_undoing_elsewhere_is_not(office):
    draft = office.draft(split(f"{HERE}-12-1", (-1, 11.23), (21, 12.34)), actor=ANH)
    done = office.commit(draft.code, actor=ANH, after=(registry.register_draft,))
    with pytest.raises(OutsideTheOfficesArea), office.database.unit_of_work(EDITOR_ROLE, BAO) as session:
        registry.undo_transaction(session, done["transaction"], "wrong", actor=BAO)
    with office.database.unit_of_work(EDITOR_ROLE, ANH) as session:
        registry.undo_transaction(session, done["transaction"], "wrong", actor=ANH)
    assert check_fabric(office.database).sound


def test_a_commit_elsewhere_is_refused_by_name_while_its_preview_shows_it(office):
    draft = office.draft(split(f"{THERE}-12-70", (19, 11.23), (41, 12.34)), actor=ANH)
    seen = office.preview(draft.code, actor=ANH)
    assert len(seen["after"]) == 2
    told = [each for each in seen["report"] if each["rule"] == "OFF-AREA"]
    assert [(each["result"], each["inputs"]["commune"], each["inputs"]["branches"]) for each in told] == [
        ("fail", THERE, "Chi nhánh Tây")
    ]
    assert not seen["committable"]
    before = believed(office)
    with pytest.raises(OutsideTheOfficesArea) as refused:
        office.commit(draft.code, actor=ANH)
    assert refused.value.facts == {"commune": THERE, "name": "Phường Đồng Xoài", "branches": "Chi nhánh Tây"}
    assert refused.value.members["rule"] == "outside-the-offices-area"
    assert believed(office) == before


def test_a_program_that_forgets_who_acts_commits_nothing(office):
    draft = office.draft(split(f"{HERE}-12-1", (-1, 11.23), (21, 12.34)), actor=ANH)
    with pytest.raises(OutsideTheOfficesArea), office.database.unit_of_work(EDITOR_ROLE) as session:
        drafts.commit(session, draft.code, PAPER, frame=FRAME, actor=ANH, seen=None)


def test_the_database_tells_which_communes_are_outside(office):
    asked = [unit(office, "1"), unit(office, "70")]
    with acting(office, "11") as conn:
        found = conn.execute("SELECT * FROM cadastre.outside_area(%s)", (asked,)).fetchall()
        assert found == [(THERE, "Phường Đồng Xoài", [asked[1]])]


def test_what_an_account_may_is_looked_up_at_every_write(office):
    changes = (
        "UPDATE identity.account SET disabled_at = now() WHERE id = 12",
        "UPDATE identity.branch SET closed_at = now() WHERE code = 'east'",
        "DELETE FROM identity.branch_commune",
        "DELETE FROM identity.account_branch WHERE account_id = 12",
        "UPDATE identity.account_branch SET roles = '{archivist}' WHERE account_id = 12",
        "UPDATE identity.account_role SET role_code = 'planner' WHERE account_id = 12",
    )
    for change in changes:
        with psycopg.connect(office.database.dsn, options="-c landsvc.acting=12") as conn:
            assert one(conn, "SELECT identity.covers(%s)", THERE)
            conn.execute(change)
            assert not one(conn, "SELECT identity.covers(%s)", THERE), change
            conn.rollback()


def test_an_officer_makes_no_unit_of_which_nothing_is_known(office):
    with acting(office, "11") as conn:
        why = make.record(conn)
        conn.execute("INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s)", (why,))
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert refused.value.diag.constraint_name == "unit-without-version"


def test_no_function_with_its_owners_rights_but_these_lets_an_officer_write_land(office):
    """A new function that crosses the policies is added on purpose: with `require_area` in it, or to this list."""
    crossing = {"node_neighbour", "node_neighbours", "annul_as_officer", "decide_link", "undo_link_decisions"}
    writing_no_land = {
        "lock_fabric",
        "begin_preview",
        "claim_units",
        "known_overlap_of",
        "gather_statistics",
        "gather_key_statistics",
    }
    with psycopg.connect(office.database.dsn) as conn:
        found = conn.execute(
            "SELECT p.proname FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'cadastre'::regnamespace"
            " AND p.prorettype <> 'trigger'::regtype AND p.provolatile = 'v'"
            " AND has_function_privilege('landsvc_editor', p.oid, 'EXECUTE')"
        ).fetchall()
    assert {name for (name,) in found} <= crossing | writing_no_land


def test_an_account_joins_the_only_branch_there_is_and_must_choose_among_several(office):
    with (
        pytest.raises(BranchNeeded, match="province, west, east"),
        office.database.unit_of_work(IDENTITY_ROLE) as session,
    ):
        people.create_account(session, "new", "New", ["processor"], password=None)
    with office.database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_account(session, "citizen", "Citizen", ["citizen"], password=None)
        account = people.create_account(
            session, "new", "New", ["processor", "signer"], password=None, branches=["west:signer", "east"]
        )
        offices.sign_for(session, "new", ["branch:west", "department", f"commune-chairman:{HERE}"])
        actor = service.open_session(session, account, None).actor
    assert [branch.code for branch in actor.branches] == ["west", "east"]
    assert [(each.kind, each.code) for each in actor.authorities] == [
        ("branch", "west"),
        ("department", None),
        ("commune-chairman", HERE),
    ]
