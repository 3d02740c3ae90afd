"""A person decides what an unsure link of two maps is: by a record, undoable, over API and page, by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest
from landsvc.cadastre.annulment import RecordSuperseded, undo_record
from landsvc.cadastre.checking import check_fabric
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import two_maps
from tests.factories.two_maps import COMMUNE

LINKS = "/api/v1/resurvey-links"
EDGES = "SELECT parent_id, child_id, record_id FROM cadastre.lineage WHERE upper_inf(recorded) ORDER BY 1, 2"
ENDS = "SELECT unit_id, reason FROM cadastre.unit_end WHERE upper_inf(recorded) ORDER BY 1"


@pytest.fixture
def office(fresh_db, tmp_path) -> Iterator[SimpleNamespace]:
    with opened(fresh_db) as database:
        two_maps.lay_first(database, fresh_db, tmp_path)
        record = two_maps.lay_second(database, tmp_path)
        with application(settings_for(fresh_db)) as app:
            client = app.test_client()
            actor = sign_client_in(client, "processor")
            yield SimpleNamespace(
                client=client, app=app, dsn=fresh_db, database=database, record=record, login=actor.login
            )


def standing(dsn: str) -> tuple[list, list]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(EDGES).fetchall(), conn.execute(ENDS).fetchall()


def decide(client, link: int, verdict: str, reason: str = "Đã đi thực địa"):
    return client.post(f"{LINKS}/{link}/decision", json={"verdict": verdict, "reason": reason})


def waiting(client) -> list[dict]:
    return client.get(LINKS).json["links"]


def test_links_that_wait_are_listed_with_the_largest_doubt_first(office):
    found = waiting(office.client)
    assert len(found) == 4
    assert [each["doubt"] for each in found] == sorted((each["doubt"] for each in found), reverse=True)
    first = found[0]
    assert (first["commune"], first["record"], first["state"]) == (COMMUNE, office.record, "unsure")
    assert (first["kind"], first["old"]["share"], first["new"]["share"], first["sharedM2"]) == (
        "n-m",
        0.5,
        0.5,
        250.0,
    )
    page = office.client.get(f"{LINKS}?limit=3").json
    rest = office.client.get(page["next"]).json
    assert [each["link"] for each in page["links"] + rest["links"]] == [each["link"] for each in found]
    for query, many in ((f"commune={COMMUNE}", 4), ("commune=99999", 0), (f"record={office.record}", 4)):
        assert len(office.client.get(f"{LINKS}?{query}").json["links"]) == many
    detail = office.client.get(f"{LINKS}/{first['link']}").json
    assert detail["oldGeometry"]["type"] == detail["newGeometry"]["type"] == "Polygon"


def test_a_link_that_is_none_ends_its_descent_and_undoing_brings_it_back(office):
    before = standing(office.dsn)
    for each in waiting(office.client):
        done = decide(office.client, each["link"], "different")
        assert (done.status_code, done.json["state"]) == (201, "rejected")
        (decision,) = done.json["decisions"]
        assert (decision["by"], decision["reason"]) == (office.login, "Đã đi thực địa")
    edges, ends = standing(office.dsn)
    olds = {11, 12}
    assert {edge[:2] for edge in before[0]} - {edge[:2] for edge in edges} == {
        edge[:2] for edge in before[0] if edge[0] in olds
    }
    assert ends == [(11, "notInResurvey"), (12, "notInResurvey")]
    assert check_fabric(office.database).sound
    assert waiting(office.client) == []
    with pytest.raises(RecordSuperseded):
        undo_record(office.database, office.record, "Thử")
    for each in office.client.get(f"{LINKS}?decided=true").json["links"]:
        undone = office.client.post(f"{LINKS}/{each['link']}/undo", json={"reason": "Nhầm thửa"})
        assert (undone.status_code, undone.json["state"]) == (201, "unsure")
        assert undone.json["decisions"][0]["undoneReason"] == "Nhầm thửa"
    assert standing(office.dsn) == before
    assert check_fabric(office.database).sound
    undo_record(office.database, office.record, "Thử")
    assert standing(office.dsn) == ([], [])
    assert waiting(office.client) == []


def test_the_same_parcel_has_no_other_successor_and_descent_stays(office):
    before = standing(office.dsn)
    found = waiting(office.client)
    same = next(each for each in found if each["kind"] == "n-m")
    others = [each for each in found if each is not same]
    assert decide(office.client, same["link"], "same").json["state"] == "confirmed"
    assert standing(office.dsn) == before
    rival = next(each for each in others if each["new"]["unit"] == same["new"]["unit"])
    for verdict in ("same", "successor"):
        refused = decide(office.client, rival["link"], verdict)
        assert (refused.status_code, refused.json["code"]) == (409, "link-contradicts")
    assert decide(office.client, rival["link"], "different").status_code == 201
    again = decide(office.client, same["link"], "successor")
    assert (again.status_code, again.json["code"]) == (409, "link-closed")


def test_a_decision_is_refused_in_plain_words_and_nothing_is_written(office):
    link = waiting(office.client)[0]["link"]
    before = standing(office.dsn)
    for body, field in (
        ({"verdict": "perhaps", "reason": "x"}, "verdict"),
        ({"verdict": "same"}, "reason"),
        ({"verdict": "same", "reason": "  "}, "reason"),
    ):
        refused = office.client.post(f"{LINKS}/{link}/decision", json=body)
        assert (refused.status_code, refused.content_type, refused.json["field"]) == (
            400,
            "application/problem+json",
            field,
        )
    assert office.client.get(f"{LINKS}/999999").json["code"] == "link-not-found"
    assert office.client.post(f"{LINKS}/{link}/undo", json={"reason": "x"}).json["code"] == "link-undecided"
    assert standing(office.dsn) == before


def test_only_editors_decide_and_only_officers_look(office):
    link = waiting(office.client)[0]["link"]
    stranger = office.app.test_client()
    assert stranger.get(LINKS).status_code == 401
    assert stranger.get("/office/links").status_code == 303
    archivist = office.app.test_client()
    sign_client_in(archivist, "archivist")
    assert archivist.get(f"{LINKS}/{link}").status_code == 200
    assert 'name="verdict"' not in archivist.get(f"/office/links/{link}").text
    assert decide(archivist, link, "same").status_code == 403
    office.client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    assert decide(office.client, link, "same").status_code == 403
    with psycopg.connect(office.dsn) as conn:
        conn.execute("SET ROLE landsvc_editor")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("UPDATE cadastre.resurvey_link SET state = 'confirmed'")


def test_the_page_shows_both_outlines_and_takes_a_decision_and_its_undoing(office):
    page = office.client.get("/office/links?lang=en").text
    assert "50.0 %" in page
    assert "250.0" in page
    path = re.findall(r'href="(/office/links/[0-9]+)"', page)[0]
    shown = office.client.get(path).text
    assert shown.count("<path class=") == 3
    csrf = re.search(r'name="csrf" value="([^"]+)"', shown)[1]
    form = {"csrf": csrf, "reason": "Đã đi thực địa", "docNo": "5/BB"}
    assert office.client.post(f"{path}/decide", data=form).status_code == 400
    done = office.client.post(f"{path}/decide", data=form | {"verdict": "successor"}, follow_redirects=True)
    assert "5/BB" in done.text
    assert "Undo this decision" in done.text
    undone = office.client.post(f"{path}/undo", data={"csrf": csrf, "reason": "Nhầm"}, follow_redirects=True)
    assert "undone: " in undone.text
    assert 'name="verdict"' in undone.text
