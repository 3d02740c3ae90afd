"""Links in answers begin with LANDSVC_BASE_URL where it is set, else with the address that was asked."""

from __future__ import annotations

import pytest

from conftest import application, settings_for


def test_links_begin_with_the_public_address(module_db: str):
    with application(settings_for(module_db, BASE_URL="https://land.example.org/register/")) as app:
        client = app.test_client()
        assert client.get("/tiles/parcels.json").json["tiles"] == [
            "https://land.example.org/register/tiles/parcels/{z}/{x}/{y}.mvt"
        ]
        problem = client.get("/api/v1/parcels/nothing").json
        assert problem["type"] == "https://land.example.org/register/problems/malformed-reference"


@pytest.mark.parametrize("host", ["localhost", "land.example.org:8443"])
def test_links_begin_with_the_address_asked(module_db: str, host: str):
    with application(settings_for(module_db)) as app:
        found = app.test_client().get("/tiles/parcels.json", headers={"Host": host}).json
    assert found["tiles"] == [f"http://{host}/tiles/parcels/{{z}}/{{x}}/{{y}}.mvt"]


@pytest.mark.parametrize("address", ["/api/v1/zones", "/api/v1/parcels?bbox=106,11,107,12", "/api/v1/units"])
def test_the_last_page_of_a_list_says_that_nothing_follows(module_db: str, address: str):
    with application(settings_for(module_db)) as app:
        assert app.test_client().get(address).json["next"] is None
