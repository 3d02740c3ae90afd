"""Rights over HTTP: joint or by shares, in two times, carried by splits and merges, taken back by an undo."""

from __future__ import annotations

import psycopg
import pytest
from tests.factories import cadastre as make
from tests.factories.drafts import merge, split
from tests.factories.rights import PAPER, Registry, lay_land

from conftest import application, settings_for, sign_client_in


@pytest.fixture(scope="module")
def dsn(make_clone):
    with make_clone() as dsn:
        yield dsn


@pytest.fixture(scope="module")
def land(dsn):
    return lay_land(dsn, 16)


@pytest.fixture(scope="module")
def app(dsn, land):
    with application(settings_for(dsn)) as app:
        yield app


@pytest.fixture(scope="module")
def office(app):
    client = app.test_client()
    sign_client_in(client, "processor")
    return Registry(client)


@pytest.fixture(scope="module")
def people(office):
    return [office.party() for _ in range(4)]


def test_a_right_is_held_alone_jointly_or_by_shares_that_sum_to_one(office, people, land):
    a, b, c, _ = people
    assert office.right([land[0]], {a: None, b: None})["transaction"].startswith("GD-")
    assert office.held(land[0]) == [("use", {a: None, b: None})]
    shares = {a: "1/3", b: "2/6", c: "1/3"}
    code = office.right([land[1]], shares)["right"]
    assert office.held(land[1]) == [("use", dict.fromkeys((a, b, c), "1/3"))]
    change = {"mode": "shares", "grounds": PAPER, "since": "2026-02-01"}
    halves = [{"party": a, "share": "1/2"}, {"party": b, "share": "1/3"}]
    answer = office.post(f"/rights/{code}/changes", change | {"holders": halves}, 422)
    assert (answer["code"], answer["field"]) == ("shares-not-one", "holders")
    office.right([land[2]], {a: "1/2", b: "1/3"}, 422)
    assert office.on(land[2]) == []
    for holders, status, slug in [
        ({a: "1/2"}, 422, "holders-not-fit"),
        ({a: "1/2", b: None}, 422, "holders-not-fit"),
        ({a: "3/2", b: "1/2"}, 400, "share-malformed"),
        ({a: "1/3 ", "NSD-99999999": "2/3"}, 400, "party-unknown"),
    ]:
        assert office.right([land[2]], holders, status)["code"] == slug


def test_the_database_itself_refuses_shares_that_do_not_sum_to_one(dsn, people):
    with psycopg.connect(dsn) as conn:
        holding = make.one(conn, "INSERT INTO registry.holding (mode) VALUES ('shares') RETURNING id")
        conn.execute(
            "INSERT INTO registry.holding_party SELECT %s, p.id, p.id, 1, 3 FROM registry.party p LIMIT 2",
            [holding],
        )
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            conn.commit()
        assert (caught.value.diag.constraint_name, "2/3" in caught.value.diag.message_detail) == (
            "shares-not-one",
            True,
        )


def test_what_a_transfer_changes_answers_in_two_times(office, people, land):
    a, b, *_ = people
    ref = land[3]
    first = office.right([ref], {a: None})
    known = office.on(ref)[0]["knownFrom"]
    sold = office.right([ref], {b: None}, replaces=[first["right"]], since="2026-03-01")
    assert office.held(ref) == [("use", {b: None})]
    assert office.held(ref, validAt="2026-02-28") == [("use", {a: None})]
    assert office.held(ref, validAt="2026-03-01", knownAt=known) == [("use", {a: None})]
    assert office.held(ref, validAt="2026-01-04") == []
    assert office.get(f"/rights/{first['right']}", 404)["code"] == "right-not-found"
    assert office.get(f"/rights/{first['right']}", validAt="2026-02-28")["validTo"] == "2026-03-01"
    undone = office.post(f"/transactions/{sold['transaction']}/undo", {"reason": "Nhầm"})
    assert undone["kind"] == "HUY"
    assert office.held(ref) == [("use", {a: None})]
    assert office.right([ref], {b: None}, 409)["code"] == "right-twice"


def test_a_change_that_holds_from_an_earlier_day_takes_over_what_was_said_of_the_days_since(office, people, land):
    a, b, c, _ = people
    right = office.right([land[2]], {a: None})["right"]
    change = {"mode": "sole", "grounds": PAPER}
    office.post(f"/rights/{right}/changes", change | {"holders": [{"party": b}], "since": "2026-03-01"})
    known = office.on(land[2])[0]["knownFrom"]
    office.post(f"/rights/{right}/changes", change | {"holders": [{"party": c}], "since": "2026-02-01"})
    assert office.held(land[2], validAt="2026-02-15") == office.held(land[2]) == [("use", {c: None})]
    assert office.held(land[2], validAt="2026-02-15", knownAt=known) == [("use", {a: None})]
    assert office.held(land[2], validAt="2026-01-31") == [("use", {a: None})]


def test_mortgages_rank_by_the_minute_and_an_easement_has_two_sides(office, people, land):
    owner, neighbour, bank, other = people
    ref, beside = land[4], land[5]
    office.right([ref], {owner: None})
    late = office.right([ref], {bank: None}, kind="mortgage", registeredAt="2026-01-10T09:31:00+07:00")
    early = office.right(
        [ref],
        {other: None},
        kind="mortgage",
        registeredAt="2026-01-10T09:30:59+07:00",
        terms={"amountVnd": 10**9},
    )
    ranks = {each["right"]: each["rank"] for each in office.on(ref) if each["kind"] == "mortgage"}
    assert ranks == {early["right"]: 1, late["right"]: 2}
    office.post(f"/rights/{early['right']}/end", {"grounds": PAPER, "since": "2026-02-01"})
    assert [each["rank"] for each in office.on(ref) if each["kind"] == "mortgage"] == [1]
    way = office.right([ref], {neighbour: None}, kind="easement", served=[beside])
    for side in (ref, beside):
        (found,) = [each for each in office.on(side) if each["kind"] == "easement"]
        assert (found["right"], found["parcels"], found["served"]) == (way["right"], [ref], [beside])
    assert office.right([ref], {neighbour: None}, 400, kind="easement")["code"] == "served-land-missing"
    assert (
        office.right([ref], {neighbour: None}, 400, kind="limit", served=[beside])["code"]
        == "served-land-missing"
    )


def test_a_split_carries_what_bears_on_the_parcel_and_its_undo_takes_it_back(office, people, land):
    owner, bank, buyer, _ = people
    ref = land[6]
    right = office.right([ref], {owner: None})["right"]
    loan = office.right([ref], {bank: None}, kind="mortgage")["right"]
    before = office.held(ref)
    done = office.commit(split(ref, (120, 15), (140, 15)))
    pieces = [unit["ref"] for unit in done["after"]]
    assert [office.held(piece) for piece in pieces] == [before, before]
    assert office.on(ref) == []
    assert sorted(office.get(f"/rights/{right}")["parcels"]) == sorted(pieces)
    assert office.right([pieces[0]], {buyer: None}, 409, replaces=[right])["code"] == "land-encumbered"
    office.post(f"/rights/{loan}/end", {"grounds": PAPER})
    sold = office.right([pieces[0]], {buyer: None}, replaces=[right], since=None)
    assert [office.held(piece) for piece in pieces] == [[("use", {buyer: None})], [("use", {owner: None})]]
    undo = f"/transactions/{done['transaction']}/undo"
    assert office.post(undo, {"reason": "Nhầm"}, 409)["code"] == "registry-superseded"
    office.post(f"/transactions/{sold['transaction']}/undo", {"reason": "Nhầm"})
    office.post(undo, {"reason": "Nhầm"})
    assert office.held(ref) == [("use", {owner: None})]


def test_parcels_of_different_holders_do_not_merge(office, people, land):
    a, b, *_ = people
    office.right([land[7]], {a: None})
    office.right([land[8]], {b: None})
    report = office.commit(merge(land[7], land[8]), ok=422)["report"]
    (found,) = [each for each in report if each["rule"] == "SUB-RIGHT"]
    assert (found["result"], found["inputs"]["parcels"]) == ("fail", [land[7], land[8]])


def test_parcels_of_the_same_holders_merge_into_one_right_and_come_apart_by_an_undo(office, people, land):
    a, b, bank, _ = people
    kept = office.right([land[9]], {a: "1/2", b: "1/2"})["right"]
    office.right([land[10]], {b: "1/2", a: "1/2"})
    loan = office.right([land[10]], {bank: None}, kind="mortgage")["right"]
    done = office.commit(merge(land[9], land[10]))
    (made,) = done["after"]
    assert [each["right"] for each in office.on(made["ref"])] == [kept, loan]
    office.post(f"/transactions/{done['transaction']}/undo", {"reason": "Nhầm"})
    assert office.held(land[9]) == [("use", {a: "1/2", b: "1/2"})]
    assert [kind for kind, _ in office.held(land[10])] == ["use", "mortgage"]


def test_parts_that_do_not_touch_merge_under_one_and_the_same_right_only(office, people, land):
    a, b, *_ = people
    draft = office.post("/drafts", {})["draft"]
    parts = f"/drafts/{draft}/operations"
    assert office.post(parts, merge(land[11], land[13]), 422)["code"] == "parcels-do-not-touch"
    office.right([land[11], land[13]], {a: None, b: None})
    done = office.commit(merge(land[11], land[13]))
    (made,) = done["after"]
    assert made["legalAreaM2"] == 1200
    assert office.held(made["ref"]) == [("use", {a: None, b: None})]


def test_land_without_a_map_bears_rights_and_what_ends_takes_them_along(office, people, land, dsn):
    a, *_ = people
    with psycopg.connect(dsn) as conn:
        sheet = make.one(conn, "SELECT id FROM cadastre.map_series")
        make.parcel(conn, None, number="99", series_id=sheet, area=500)
    right = office.right(["25195-12-99"], {a: None})["right"]
    assert office.held("25195-12-99") == [("use", {a: None})]
    assert office.get(f"/rights/{right}")["parcels"] == ["25195-12-99"]
    office.right([land[14]], {a: None})
    office.commit({"op": "retire", "parcels": [land[14]], "reason": "erosion"})
    assert office.on(land[14]) == []
    assert office.held(land[14], validAt="2026-02-01") == [("use", {a: None})]


def test_rights_are_written_where_a_branch_covers_the_land(app, dsn, people, land):
    elsewhere = app.test_client()
    actor = sign_client_in(elsewhere, "processor", "surveyor")
    with psycopg.connect(dsn) as conn:
        branch = make.one(
            conn,
            "INSERT INTO identity.branch (code, name_vi, name_en) VALUES ('far', 'Chi nhánh xa', 'Far') RETURNING id",
        )
        conn.execute(
            "UPDATE identity.account_branch SET branch_id = %s WHERE account_id = %s", [branch, actor.account_id]
        )
    answer = Registry(elsewhere).right([land[15]], {people[0]: None}, 403)
    assert answer["code"] == "outside-the-offices-area"


def test_reading_holders_leaves_a_trace_and_not_everybody_may(app, office, people, land):
    a, *_ = people
    office.on(land[0])
    told = app.test_client()
    sign_client_in(told, "auditor")
    readings = told.get(f"/api/v1/parties/{a}/readings").json["readings"]
    assert ("right.read", "processor") in {(each["action"], each["login"]) for each in readings}
    planner = app.test_client()
    sign_client_in(planner, "planner")
    assert planner.get(f"/api/v1/parcels/{land[0]}/rights").status_code == 403
    assert app.test_client().get(f"/api/v1/parcels/{land[0]}/rights").status_code == 401
    name = office.get(f"/parties/{a}")["name"]
    panel = office.client.get(f"/office/inspector?parcel={land[0]}&lang=en").text
    assert ("held jointly, without shares" in panel, f"<span>{name}</span>" in panel) == (True, True)
    panel = planner.get(f"/office/inspector?parcel={land[0]}&lang=en").text
    assert ("Rights and holders" in panel, name in panel) == (False, False)
    shown = app.test_client().get(f"/parcels/{land[0]}").text
    assert (a in shown, f">{name}<" in shown) == (False, False)


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"kind": "gift"}, 400, "kind"),
        ({"parcels": []}, 400, "parcels"),
        ({"parcels": ["25195-12-77777"]}, 404, "parcels.0"),
        ({"replaces": ["QSD-99999999"]}, 404, "replaces.0"),
        ({"variation": "ZZZZ"}, 400, "variation"),
        ({"terms": {"origin": "none"}}, 400, "terms.origin"),
        ({"since": "2199-01-01"}, 400, "since"),
    ],
)
def test_bad_input_names_the_field(office, people, land, wrong, status, field):
    body = {"kind": "use", "parcels": [land[15]], "mode": "sole", "grounds": PAPER}
    answer = office.post("/rights", body | {"holders": [{"party": people[0]}]} | wrong, status)
    assert answer["field"] == field
