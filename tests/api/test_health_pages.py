"""The pages of data health: shares by commune, the list of a commune, one defect and the draft it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.defects import looking
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import defects as wrong


@pytest.fixture(scope="module")
def app(make_clone: Any) -> Iterator[Any]:
    """The application over land that is wrong in known ways, counted on two days."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            wrong.lay(conn)
        with opened(dsn) as database:
            looking.look_at_all(database)
        with psycopg.connect(dsn) as conn:
            conn.execute(
                "INSERT INTO cadastre.defect_count (on_date, commune_code, kind, defects, parcels, of_parcels, area_m2)"
                " SELECT on_date - 30, commune_code, kind, defects, parcels + 1, of_parcels, area_m2"
                " FROM cadastre.defect_count"
            )
        with application(settings_for(dsn)) as app:
            yield app


@pytest.fixture
def officer(app: Any) -> Any:
    client = app.test_client()
    sign_client_in(client, "processor")
    return client


def number_of(client: Any, kind: str) -> int:
    return int(client.get(f"/api/v1/defects?kind={kind}").json["defects"][0]["defect"])


def test_health_tells_shares_with_units_and_draws_their_trend(officer):
    page = officer.get("/office/health?lang=en").text
    assert "33.3\N{NO-BREAK SPACE}%" in page, "two of six parcels overlap"
    assert "2 of 6 parcels" in page
    assert "12.0\N{NO-BREAK SPACE}m²" in page
    assert page.count('<path class="line ') == 10, "five lines and their keys"
    assert 'href="/office/health/25195"' in page


def test_without_a_look_the_page_says_so(settings):
    with application(settings) as empty:
        client = empty.test_client()
        sign_client_in(client, "leader")
        assert "No commune was looked at yet" in client.get("/office/health?lang=en").text


def test_a_commune_lists_its_defects_by_kind(officer):
    page = officer.get("/office/health/25195?lang=en").text
    assert page.count('href="/office/defects/') == 5
    assert "9.00\N{NO-BREAK SPACE}m²" in page
    only = officer.get("/office/health/25195?kind=gap&lang=en").text
    assert only.count('href="/office/defects/') == 1
    assert "Nobody looked at this commune yet" in officer.get("/office/health/99999?lang=en").text


def test_a_correction_begins_as_a_draft_of_the_officer(officer):
    address = f"/office/defects/{number_of(officer, 'overlap')}"
    page = officer.get(f"{address}?lang=en").text
    assert "12.00\N{NO-BREAK SPACE}m²" in page
    assert "keeps to the boundary of the other" in page
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    answer = officer.post(f"{address}/draft", data={"csrf": token.group(1)})
    assert answer.status_code == 303
    found = re.fullmatch(r"/office\?parcel=unit-[0-9]+&draft=([A-Za-z0-9-]+)", answer.location)
    assert found is not None, answer.location
    draft = officer.get(f"/api/v1/drafts/{found.group(1)}").json
    assert [each["op"] for each in draft["operations"]] == ["replace_geometry"]


def test_drift_is_sent_to_the_survey_and_who_may_not_edit_begins_nothing(officer, app):
    page = officer.get(f"/office/defects/{number_of(officer, 'drift')}?lang=en").text
    assert "Only a survey can tell" in page
    assert "630.0\N{NO-BREAK SPACE}m²" in page
    leader = app.test_client()
    sign_client_in(leader, "leader")
    gap = f"/office/defects/{number_of(leader, 'gap')}"
    assert "Begin a draft" not in leader.get(f"{gap}?lang=en").text
    assert leader.post(f"{gap}/draft").status_code == 403


def test_strangers_are_led_to_the_sign_in_and_back(app):
    for address in ("/office/health", "/office/health/25195", "/office/defects/1"):
        answer = app.test_client().get(address)
        assert (answer.status_code, "/office/sign-in?next=" in answer.location) == (303, True)
    assert app.test_client().post("/office/defects/1/draft").status_code in {401, 403}
