"""Where parcels stand in a table of land prices, who confirmed it, and what land costs on a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.finance.prices import service
from landsvc.finance.prices.entries import LandPrice, NoPrice
from landsvc.finance.prices.errors import PlaceNotKnown, ReasonWanted
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import cadastre as land
from tests.factories import prices
from tests.factories.cadastre import box

DAY = date(2026, 11, 20)


@dataclass
class Town:
    """Parcels beside two streets and an alley, under the table of `factories.prices`."""

    dsn: str
    database: Database
    units: dict[str, int]
    actor: Any
    client: Any

    def price(self, name: str, use: str = "ODT", on: date = DAY) -> LandPrice | NoPrice:
        with self.database.read_only(EDITOR_ROLE) as session:
            return service.price_of(session, self.units[name], use, on)

    def ask(self, name: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/parcels/unit-{self.units[name]}/price", query_string=query)

    def place(self, name: str, use: str = "ODT"):
        return self.price(name, use).standing.place


SHAPES = {
    "front": box(20, 5, 10, 30),  # 10 m along D1, all within 50 m
    "deep": box(40, 5, 10, 120),  # three bands: 50, 50 and 20 m
    "corner": box(5, 5, 12, 8),
    "alley": box(102, 40, 10, 20),
    "near": box(140, 20, 10, 10),
    "far": box(1000, 1000, 10, 10),
    "narrow": box(60, 5, 2, 20),
    "farm": box(150, 40, 20, 20),
}


@pytest.fixture(scope="module")
def town(module_db) -> Iterator[Town]:
    with psycopg.connect(module_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        prices.farm_uses(conn)
        units = {}
        for number, (name, shape) in enumerate(SHAPES.items(), 1):
            uses = {"CLN": 400} if name == "farm" else {"ODT": 300 if name == "front" else 100}
            units[name] = land.parcel(
                conn, shape, number=str(number), series_id=sheet, uses=uses, area=sum(uses.values())
            )
        units["unmapped"] = land.parcel(conn, None, number="99", series_id=sheet, area=100)
        prices.table(conn)
    with application(settings_for(module_db)) as app:
        client = app.test_client()
        actor = sign_client_in(client, "processor")
        with opened(module_db) as database:
            yield Town(module_db, database, units, actor, client)


def test_frontage_is_the_stretch_along_the_street(town):
    place = town.place("front")
    assert (place.position, round(place.frontage_m, 3), place.distance_m) == (1, 10.0, 0)
    assert (list(place.doubts), place.corner) == ([], False)


def test_depth_bands_are_measured_from_the_edge_of_the_street(town):
    place = town.place("deep")
    assert [(part["band"], float(part["areaM2"])) for part in place.parts] == [(1, 500), (2, 500), (3, 200)]


def test_a_corner_takes_the_dearer_street_and_waits_for_an_officer(town):
    found = town.price("corner")
    assert (found.segment.code, found.standing.place.corner) == ("D2", True)
    assert found.standing.place.doubts == ["corner"]


def test_an_alley_counts_by_its_width_and_the_way_from_its_mouth(town):
    found = town.price("alley")
    place = found.standing.place
    assert (found.segment.code, found.alley.code, place.position) == ("D1", "H1", 2)
    assert (place.alley_width_m, round(place.alley_along_m, 3)) == (4, 35.0)
    assert found.unit_price_vnd == 6_000_000


def test_land_without_a_front_stands_by_its_distance(town):
    assert (town.place("near").position, town.place("near").distance_m) == (3, 15)
    assert town.place("far").position == 4
    assert town.place("far").segment_id is None


def test_a_short_front_is_doubted(town):
    assert town.place("narrow").doubts == ["short-frontage"]


def test_value_is_the_sum_of_the_parts(town):
    found = town.price("deep")
    assert [part.unit_price_vnd for part in found.parts] == [10_000_000, 7_000_000, 5_000_000]
    assert sum(part.area_m2 for part in found.parts) == 100
    assert found.value_vnd == sum(part.unit_price_vnd * part.area_m2 for part in found.parts)


def test_farmland_costs_what_its_zone_says_under_the_narrowest_name(town):
    found = town.price("farm", "CLN")
    assert (found.zone, found.unit_price_vnd, found.value_vnd) == ("KV1", 100_000, 40_000_000)


def test_no_price_says_why(town):
    assert town.price("front", on=date(2025, 6, 1)).why == "no-table"
    assert town.price("front", "XXX").why == "no-use"
    assert town.price("unmapped").why == "no-land"
    assert town.price("front", "DGT").why == "no-row"
    assert town.price("far").why == "no-row"


def test_the_api_tells_price_working_and_shapes_and_nobody(town):
    answer = town.ask("deep", landUse="ODT", on="2026-11-20")
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert told["price"]["valueVnd"] == 791_700_000
    assert [part["geometry"]["type"] for part in told["price"]["parts"]] == ["Polygon"] * 3
    assert told["price"]["working"][0]["vi"].startswith("Bảng giá đất theo Quyết định 01/2025/QĐ")
    assert told["place"]["confirmed"] is False
    assert "account" not in answer.text
    assert town.actor.name not in answer.text


def test_the_api_refuses_what_it_does_not_know(town):
    assert town.ask("front", landUse="XXX").json["code"] == "unknown-price-use"
    assert town.ask("front").status_code == 400
    said = town.ask("front", landUse="ODT", on="2020-01-01").json
    assert (said["why"], said["price"]) == ("no-table", None)
    assert said["note"]


def test_clear_places_are_confirmed_together_once_and_a_decision_outweighs_the_map(town):
    with town.database.unit_of_work(EDITOR_ROLE, town.actor) as session:
        table = service.get_table(session, DAY)
        assert service.propose(session, table, "25195") == len(SHAPES) + 1
        assert service.confirm_clear(session, table, "25195", actor=town.actor) == 6
        assert service.confirm_clear(session, table, "25195", actor=town.actor) == 0
        waiting, more = service.list_waiting(session, table, "25195", decided=False, after=(0, ""), page=50)
        assert ({each.place.unit_id for each in waiting}, more) == (
            {town.units[name] for name in ("corner", "narrow", "unmapped")},
            False,
        )
        assert [(each.proposed, each.clear, each.waiting) for each in service.list_communes(session, table)] == [
            (9, 0, 3)
        ]
    assert town.price("front").confirmed
    assert not town.price("corner").confirmed
    with town.database.unit_of_work(EDITOR_ROLE, town.actor) as session:
        asked = {"on": DAY, "actor": town.actor}
        unit = town.units["corner"]
        with pytest.raises(ReasonWanted):
            service.decide(session, table, unit, "other", position=1, street=None, reason="", **asked)
        with pytest.raises(PlaceNotKnown):
            service.decide(session, table, unit, "other", position=9, street=None, reason="why", **asked)
        with pytest.raises(PlaceNotKnown):
            service.decide(session, table, unit, "other", position=1, street="D9", reason="why", **asked)
        service.decide(session, table, unit, "other", position=1, street="D1", reason="Lối vào từ D1", **asked)
    found = town.price("corner")
    assert (found.confirmed, found.segment.code, found.unit_price_vnd) == (True, "D1", 10_000_000)
    with psycopg.connect(town.dsn) as conn, pytest.raises(psycopg.Error, match="only ever added"):
        conn.execute("DELETE FROM finance.price_decision")


def test_officers_confirm_on_pages_and_are_told_what_is_wanted(town):
    place = f"/office/prices/{town.units['narrow']}"
    sent = {"csrf": town.client.environ_base["HTTP_X_CSRF_TOKEN"], "landGroup": "other", "position": "3"}
    assert 'data-code="price-reason-wanted"' in town.client.post(f"{place}/decide", data=sent).text
    assert town.client.post(f"{place}/decide", data=sent | {"position": "x"}).status_code == 400
    assert town.client.post(f"{place}/decide", data=sent | {"street": "D9"}).status_code == 422
    assert town.client.post(f"{place}/decide", data=sent | {"reason": "Cống chắn lối"}).status_code == 303
    assert "Cống chắn lối" in town.client.get(place).text
    assert town.client.get(f"/office/prices/{town.units['unmapped']}").status_code == 200
    assert town.client.get("/office/prices/999999999").status_code == 422
    assert town.client.get(f"{place}?landGroup=x").status_code == 400
    code = town.client.post("/office/prices/propose", data=sent | {"commune": "25195"}).status_code
    assert (code, town.client.post("/office/prices/propose", data=sent | {"commune": "1"}).status_code) == (
        303,
        400,
    )
    assert town.client.post("/office/prices/confirm", data=sent | {"commune": "25195"}).status_code == 303
    listed = town.client.get("/office/prices?commune=25195&lang=en").text
    assert "no shape on the map" in listed
    assert town.client.get("/office/prices?commune=25195&decided=true").text.count("landGroup=") >= 6


def test_the_map_shows_streets_in_words_too_and_their_names_end_no_script(town):
    hostile = "</script><img src=x>"
    with psycopg.connect(town.dsn) as conn:
        table_id = land.one(conn, "SELECT id FROM finance.price_table")
        prices.street(conn, table_id, hostile, [(300, 300), (300, 400)])
    shown = town.client.get("/maps/prices?commune=25195&lang=en")
    assert (shown.status_code, hostile in shown.text) == (200, False)
    assert "ODT 20,000,000\N{NO-BREAK SPACE}đồng" in shown.text
    assert "as street D1, by its position" in shown.text
    assert town.client.get("/maps/prices?commune=1").status_code == 404


def test_coefficients_multiply_and_that_of_corners_counts_at_corners_only(town):
    with psycopg.connect(town.dsn) as conn:
        table_id = land.one(conn, "SELECT id FROM finance.price_table")
        prices.factor(conn, table_id, "market", "1.2")
        prices.factor(conn, table_id, "market", "1.5", use="ODT", valid="[2026-06-01,)")
        prices.factor(conn, table_id, "corner", "1.1")
    assert str(town.price("front").coefficient) == "1.5000"
    assert str(town.price("front", on=date(2026, 2, 1)).coefficient) == "1.2000"
    assert float(town.price("corner").coefficient) == pytest.approx(1.65)
