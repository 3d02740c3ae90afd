"""Known defects over HTTP: officers only, one page after the other, and what bad parameters get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.defects import looking
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import defects as wrong

ADDRESS = "/api/v1/defects"


@pytest.fixture(scope="module")
def app(make_clone: Any) -> Iterator[Any]:
    """The application over land that is wrong in known ways."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            wrong.lay(conn)
        with opened(dsn) as database:
            looking.look_at_all(database)
        with application(settings_for(dsn)) as app:
            yield app


@pytest.fixture
def officer(app: Any) -> Any:
    client = app.test_client()
    sign_client_in(client, "processor")
    return client


def test_an_officer_reads_what_is_wrong_where_and_how_much(officer):
    answer = officer.get(f"{ADDRESS}?commune=25195&kind=overlap")
    assert answer.status_code == 200
    assert (answer.json["behind"], answer.json["mapped"], answer.json["next"]) == (False, True, None)
    (found,) = answer.json["defects"]
    assert (found["size"], found["unit"], found["commune"]) == (12.0, "m²", "25195")
    assert [each["ref"] for each in found["parcels"]] == ["25195-12-1", "25195-12-2"]
    assert found["workspace"].startswith("/office?parcel=unit-")
    west, south = found["geometry"]["coordinates"][0][0]
    assert 106 < west < 108
    assert 11 < south < 12


def test_next_links_lead_through_all_defects(officer):
    address, kinds = f"{ADDRESS}?commune=25195&limit=2", []
    while address:
        page = officer.get(address.removeprefix("http://localhost")).json
        assert page["numberReturned"] == len(page["defects"])
        kinds += [each["kind"] for each in page["defects"]]
        address = page["next"]
    assert kinds == ["drift", "gap", "overlap", "sliver", "spike"]


def test_a_commune_nobody_looked_at_has_no_defects_and_no_time(officer):
    answer = officer.get(f"{ADDRESS}?commune=99999").json
    assert answer["defects"] == []
    assert answer["lookedAt"] is None


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("kind=hole", "kind"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("cursor=z1", "cursor"),
        ("cursor=zgap_0x1.8p+9999_1", "cursor"),
        ("cursor=znone_0x1.8p+3_1", "cursor"),
        ("commune=%00", "commune"),
        ("comune=25195", "comune"),
    ],
)
def test_a_bad_parameter_is_named(officer, asked, field):
    answer = officer.get(f"{ADDRESS}?{asked}")
    assert answer.status_code == 400, answer.json
    assert answer.content_type == "application/problem+json"
    assert answer.json["field"] == field


def test_one_defect_comes_with_the_operation_that_mends_it(officer):
    (gap,) = officer.get(f"{ADDRESS}?kind=gap").json["defects"]
    answer = officer.get(f"{ADDRESS}/{gap['defect']}")
    assert answer.status_code == 200, answer.json
    assert answer.json["advice"] == "extend"
    draft = officer.post("/api/v1/drafts", json={"title": "Khép hở"}).json["draft"]
    added = officer.post(f"/api/v1/drafts/{draft}/operations", json=answer.json["suggestion"])
    assert added.status_code == 201, added.json
    assert officer.get(f"/api/v1/drafts/{draft}/preview").json["committable"] is True
    assert officer.get(f"{ADDRESS}/999999").status_code == 404


def test_who_is_not_signed_in_learns_nothing(app):
    answer = app.test_client().get(ADDRESS)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
