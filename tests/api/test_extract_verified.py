"""Anybody may ask of an extract: issued and unchanged, true no more (by what, since when), or altered."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import psycopg
import pytest
from landsvc.core import clock
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans

APART_M = 100
"""Each test has a parcel of its own, so far from the others that no zone meets two."""


class Spot:
    """A parcel of 20 x 10 m under the old zone DGT of 5 x 10 m, and a way to lay more upon it."""

    def __init__(self, conn: psycopg.Connection, series: int, number: int) -> None:
        self.conn, self.number, self.ref = conn, str(number), f"25195-12-{number}"
        self.x = number * APART_M
        self.unit = land.parcel(conn, land.box(self.x, 0, 20, 10), number=self.number, series_id=series)
        plan = plans.plan(conn, f"QH-{number}")
        plans.zone(conn, plan, land.box(self.x, 0, 5, 10), code="DGT", name="Đường quy hoạch")
        self.done()

    def lay(self, code: str, x: float = 10, since: str = "2022-03-01", until: str = "", **facts: Any) -> str:
        """Lay a zone of another plan; return the plan's code."""
        plan = f"QH-{self.number}-{code}"
        zone = land.box(self.x + x, 0, 5, 10)
        plans.zone(self.conn, plans.plan(self.conn, plan), zone, code=code, valid=f"[{since},{until})", **facts)
        self.done()
        return plan

    def redraw(self, ring: str) -> None:
        """Draw the parcel otherwise from 2026 on, of the same registered area."""
        before, after = land.box(self.x, 0, 20, 10), f"POLYGON(({ring}))"
        land.lock(self.conn, after)
        why = land.record(self.conn)
        land.close(self.conn, self.unit, why)
        land.version(self.conn, self.unit, why, before, valid="[2019-05-01,2026-01-01)")
        land.version(self.conn, self.unit, why, after, valid="[2026-01-01,)", area=200)
        self.done()

    def done(self) -> None:
        plans.refresh(self.conn)
        self.conn.commit()


@pytest.fixture(scope="module")
def client(module_db: str):
    with application(settings_for(module_db)) as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def spots(module_db: str):
    with psycopg.connect(module_db) as conn:
        here = land.commune(conn, geom=land.box(-1000, -1000, 20000, 20000))
        series = land.series(conn, here)
        yield (Spot(conn, series, number) for number in range(301, 399))


@pytest.fixture
def spot(spots) -> Spot:
    return next(spots)


def issue(client, spot, **query) -> dict[str, Any]:
    answer = client.get(f"/api/v1/parcels/{spot.ref}/planning", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json | {"_": answer.data}


def verify(client, extract, **query) -> dict[str, Any]:
    answer = client.get(f"/api/v1{extract['verify']}", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def sent(client, extract, content: bytes, name: str = "a.json") -> str:
    answer = client.post(f"{extract['verify']}?lang=en", data={"file": (BytesIO(content), name)})
    assert answer.status_code == 200
    return answer.text


def at(monkeypatch, day: date) -> None:
    """Let today be another day: noon of it where the register is kept."""
    instant = datetime.combine(day, time(12), clock.OFFICE_ZONE)
    monkeypatch.setattr(clock, "now", lambda: instant)


def test_unchanged_extract_holds(client, spot):
    extract = issue(client, spot)
    told = verify(client, extract)
    assert (told["verdict"], told["reasons"], told["changes"], told["since"]) == ("valid", [], [], None)
    assert (told["kind"], told["parcels"], told["toldFrom"]) == (
        "planning-extract",
        [spot.ref],
        extract["validAt"],
    )
    for digest in (sha256(extract["_"]).hexdigest(), sha256(extract["_"]).hexdigest().upper()):
        assert verify(client, extract, file=digest, mark=digest[:12])["verdict"] == "valid"


def test_zone_that_came_supersedes_and_is_named(client, spot):
    extract = issue(client, spot)
    plan = spot.lay("CQP", name="Đất quốc phòng")
    told = verify(client, extract)
    assert (told["verdict"], told["reasons"]) == ("superseded", ["plans-changed", "corrected"])
    assert told["since"] == clock.today().isoformat()
    (zone,) = told["changes"]
    assert (zone["what"], zone["theme"]) == ("zone-added", "land_use_plan")
    assert (zone["zone"], zone["plan"], zone["decision"]) == ("CQP", plan, "1234/QĐ-UBND")
    page = client.get(f"{extract['verify']}?lang=en").text
    assert "holds no more" in page
    assert f"Added: Transport (CQP) – {plan}, 1234/QĐ-UBND" in page
    assert "Thêm mới: Đất quốc phòng (CQP)" in client.get(f"{extract['verify']}?lang=vi").text


def test_zone_that_begins_later_supersedes_from_its_day(client, spot, monkeypatch):
    start = clock.today() + timedelta(days=40)
    spot.lay("CQP", since=str(start))
    extract = issue(client, spot)
    assert verify(client, extract)["verdict"] == "valid"
    at(monkeypatch, start - timedelta(days=1))
    assert verify(client, extract)["verdict"] == "valid"
    at(monkeypatch, start + timedelta(days=100))
    told = verify(client, extract)
    assert (told["verdict"], told["reasons"], told["since"]) == (
        "superseded",
        ["plans-changed"],
        start.isoformat(),
    )


def test_parcel_that_was_split_supersedes(client, spot):
    extract = issue(client, spot)
    land.split(spot.conn, spot.unit, [land.box(spot.x, 0, 8, 10), land.box(spot.x + 8, 0, 12, 10)])
    spot.done()
    told = verify(client, extract)
    assert (told["verdict"], told["reasons"]) == ("superseded", ["parcel-ended", "corrected"])
    assert told["since"] == clock.today().isoformat()
    page = client.get(f"{extract['verify']}?lang=en").text
    assert "The parcel is no more" in page


@pytest.mark.parametrize(("bent_m", "verdict"), [(0.005, "valid"), (0.3, "superseded")])
def test_corner_of_a_neighbour_on_the_edge_is_no_change(client, spot, bent_m, verdict):
    extract = issue(client, spot)
    corners = [(0, 0), (20, 0), (20 + bent_m, 5), (20, 10), (0, 10), (0, 0)]
    spot.redraw(", ".join(f"{land.X0 + spot.x + x:.3f} {land.Y0 + y:.3f}" for x, y in corners))
    told = verify(client, extract)
    assert told["verdict"] == verdict, told
    assert told["reasons"][:1] == ([] if verdict == "valid" else ["parcel-changed"])


def test_extract_of_a_past_day_stands_while_that_day_is_told_alike(client, spot):
    extract = issue(client, spot, validAt="2025-03-01")
    spot.lay("CQP", since="2025-06-01", until="2026-01-01")
    # Then it was yet to come, which the extract would have told had it been known.
    assert verify(client, extract)["reasons"] == ["plans-changed", "corrected"]
    again = issue(client, spot, validAt="2025-03-01")
    assert again["extractId"] != extract["extractId"]
    told = verify(client, again)
    assert (told["verdict"], told["reasons"]) == ("valid", ["of-the-past"])


def test_day_that_was_today_is_another_extract_than_that_day_asked_for_later(client, spot, monkeypatch):
    today, start = clock.today(), clock.today() + timedelta(days=2)
    spot.lay("CQP", since=str(start))
    extract = issue(client, spot)
    at(monkeypatch, start + timedelta(days=1))
    later = issue(client, spot, validAt=today.isoformat())
    assert later["extractId"] != extract["extractId"]
    assert later["themes"] == extract["themes"]
    assert verify(client, extract)["verdict"] == "superseded"
    assert verify(client, later)["reasons"] == ["of-the-past"]


def test_extract_as_known_then_stays_what_it_was(client, spot):
    instant = clock.now().isoformat()
    extract = issue(client, spot, knownAt=instant)
    spot.lay("CQP")
    assert verify(client, extract)["verdict"] == "valid"


def test_interval_is_told_day_by_day_and_superseded_by_a_correction(client, spot):
    spot.lay("CQP", since="2025-06-01", until="2025-10-01")
    extract = issue(client, spot, during="2025-01-01/2025-12-31")
    told = [(each["from"], each["to"]) for each in extract["periods"]]
    assert told == [("2025-01-01", "2025-05-31"), ("2025-06-01", "2025-09-30"), ("2025-10-01", "2025-12-31")]
    assert verify(client, extract)["verdict"] == "valid"
    spot.lay("NEW", 15, since="2025-07-01", until="2025-08-01")
    superseded = verify(client, extract)
    assert (superseded["verdict"], superseded["since"]) == ("superseded", clock.today().isoformat())
    assert (superseded["toldFrom"], superseded["toldTo"]) == ("2025-01-01", "2025-12-31")


@pytest.mark.parametrize("during", ["2025-01-01", "2025-12-31/2025-01-01", "x/y", "2025-01-01/2025-02-30"])
def test_what_is_no_interval_is_refused(client, spot, during):
    answer = client.get(f"/api/v1/parcels/{spot.ref}/planning", query_string={"during": during})
    assert (answer.status_code, answer.json["code"]) == (400, "bad-interval")


def test_one_byte_otherwise_is_told(client, spot):
    extract = issue(client, spot)
    body = extract["_"]
    pdf = client.get(f"/api/v1/parcels/{spot.ref}/planning.pdf").data
    assert verify(client, extract, file=sha256(pdf).hexdigest())["verdict"] == "valid"
    assert "to the last byte" in sent(client, extract, pdf, "a.pdf")
    for content in (pdf[:-1] + b" ", pdf + b"\n", pdf[:5000] + bytes([pdf[5000] ^ 1]) + pdf[5001:]):
        told = verify(client, extract, file=sha256(content).hexdigest())
        assert (told["verdict"], told["reasons"]) == ("altered", ["file-unknown"])
        assert "do not rely on it" in sent(client, extract, content, "a.pdf")
    assert verify(client, extract, mark="0" * 12)["reasons"] == ["mark-unknown"]
    assert "to the last byte" in sent(client, extract, body)


def test_one_attribute_otherwise_is_told_with_its_place(client, spot):
    extract = issue(client, spot)
    tree = json.loads(extract["_"])
    number, theme = next(each for each in enumerate(tree["themes"]) if each[1]["state"] == "affected")
    zones, place = theme["zones"], f"/themes/{number}/zones/0/areaM2"
    assert zones[0]["areaM2"] == 50.0
    zones[0]["areaM2"] = 5.0
    page = sent(client, extract, json.dumps(tree).encode())
    assert "do not rely on it" in page
    assert f"<code>{place}</code>: issued as <code>50.0</code>, in the file <code>5.0</code>" in page
    zones[0]["areaM2"] = 50.0
    tree["extra"] = "<script>"
    page = sent(client, extract, json.dumps(tree).encode())
    assert "<code>/extra</code>" in page
    assert "<script>" not in page.split("Where the file was altered")[1].split("</ul>")[0]


def test_written_anew_it_says_the_same(client, spot):
    extract = issue(client, spot)
    tree = json.loads(extract["_"])
    anew = json.dumps(dict(reversed(tree.items())), indent=2)
    assert "says exactly what was issued" in sent(client, extract, anew.encode())
    pasted = client.post(f"{extract['verify']}?lang=en", data={"text": anew.replace("\n", "\r\n")}).text
    assert "says exactly what was issued" in pasted


@pytest.mark.parametrize(
    "altered",
    [
        lambda text: text[:-1] + ',"validAt":"2026-01-01"}',
        lambda text: '{"validAt":"2000-01-01",' + text[1:],
        lambda text: text.replace("50.0", "NaN", 1),
        lambda text: "[" * 100_000,
        lambda text: text[:-1],
        lambda text: "[]",
    ],
    ids=["named twice", "named twice before", "NaN", "deep", "cut off", "a list"],
)
def test_file_that_two_readers_may_read_otherwise_is_altered(client, spot, altered):
    extract = issue(client, spot)
    page = sent(client, extract, altered(extract["_"].decode()).encode())
    assert "do not rely on it" in page


def test_unknown_number_is_none_of_ours(client, spot):
    for path in ("/api/v1/verify/QH-20260101-000000000000", "/verify/QH-x"):
        assert client.get(path).status_code == 404
    assert client.get("/api/v1/verify/QH-20260101-000000000000").json["code"] == "verify-not-found"
