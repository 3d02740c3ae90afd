"""Friday, 16:00: a release, a split, two buyers and a buyer's mortgage on one parcel, a court between, killed each.

What the register and every paper say in the end stands below as worked by hand: a parcel of 20 m x 30 m is cut at 15 m.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import data_folder
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay
from tests.factories.drafts import split
from tests.factories.killed_office import KilledOffice, killed_office
from tests.factories.wire import words_of_pdf

MILLION = 10**6
SAME_DAY = "2026-03-16T17:00:00+07:00"
"""Mortgages and releases are cut off at 15:00: of Friday 16:00 they came in on Monday, and end as the office closes."""
EIGHT_DAYS = "2026-03-25T17:00:00+07:00"
"""Sales are cut off at 16:30: Friday counts as the day they came in; then five days of a week and three of the next."""
COURT = {"kind": "block", "scope": "person", "issuerKind": "court", "issuer": "TAND", "docNo": "12/QĐ-BPKCTT"}


FRIDAY, MONDAY = "2026-03-13", "2026-03-16"
"""Of a week without holidays."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Iterator[KilledOffice]:
    """The office on Friday morning."""
    folder = data_folder()
    try:
        with killed_office(folder, tmp_path_factory.mktemp("clock"), land, FRIDAY, "08:00") as office:
            yield office
    finally:
        shutil.rmtree(folder)


def land(dsn: str) -> None:
    """Lay three parcels in each commune."""
    lay(dsn, parcels=3)


@pytest.fixture(scope="module")
def world(killed: KilledOffice) -> World:
    return World(killed.dsn, killed.person)


def test_friday_afternoon_on_one_parcel_is_as_worked_by_hand(world, killed):
    registry, lan = world.registry, world.person("lan")
    seller, buyer, other = (registry.party(name) for name in ("Lê Thị Bán", "Bùi Văn Mua", "Cao Thị Chặn"))
    bank, lender = registry.party("Ngân hàng Một"), registry.party("Ngân hàng Hai")
    parcel, x = world.parcel()
    _, right = world.held_by(seller, ref=parcel)
    burden = registry.right([parcel], {bank: None}, kind="mortgage", terms={"amountVnd": 700 * MILLION})["right"]
    (paper,) = world.papers[parcel]
    draft = world.draft(split(parcel, (x, 15), (x + 20, 15)))
    south, north = (each["ref"] for each in registry.get(f"/drafts/{draft}/preview")["after"])
    confirmed = lan.client.post(f"/api/v1/drafts/{draft}/confirm", json={"docNo": "4/TB"})
    assert confirmed.status_code == 200, confirmed.json
    blanks = registry.get("/blanks")["closing"]

    # Received in the east by hoa, at four o'clock; the land is the western branch's, where lan prepares and tuan signs.
    killed.at(FRIDAY, "16:00")
    release, sale, stopped, mortgage = (world.submit(kind, [parcel]) for kind in ("XC", "CN", "CN", "TC"))
    for code, earlier in ((sale, release), (stopped, sale), (mortgage, sale)):
        assert lan.client.post(f"/api/v1/dossiers/{code}/links", json={"waitsFor": earlier}).status_code == 201
    killed.kill()
    dossiers = (release, sale, stopped, mortgage)
    assert [world.person("hoa").read(code)["dueAt"] for code in dossiers] == [
        SAME_DAY,
        EIGHT_DAYS,
        EIGHT_DAYS,
        SAME_DAY,
    ]
    for code, day in zip(dossiers, ("16/03/2026", "25/03/2026", "25/03/2026", "16/03/2026"), strict=True):
        receipt = lan.client.get(f"/api/v1/dossiers/{code}/papers/receipt.pdf")
        words = words_of_pdf(receipt.data)
        assert all(text in words for text in (code, parcel, "Tiếp nhận lúc 13/03/2026 16:00", f"{day} 17:00")), (
            words
        )

    # On Monday the slips go to the tax office at eight and come back at ten: no closing between, so no day is won.
    killed.at(MONDAY, "08:00")
    for code, facts in ((sale, sold(right, buyer, south)), (stopped, sold(right, other, north))):
        world.go(code, "lan", "take")
        world.go(code, "lan", "link_draft", draft=draft)
        world.go(code, "lan", "enter_facts", facts=facts)
        assert world.go(code, "lan", "send_slip")["dueAt"] is None
    killed.at(MONDAY, "10:00")
    killed.kill()
    begun = {"kind": "mortgage", "holders": [holder(lender)], "terms": {"amountVnd": 500 * MILLION},
             "parcels": [south]}  # fmt: skip
    revision = {
        code: world.signed(code, facts)["revision"]
        for code, facts in (
            (release, {"encumbrance.end": [{"right": burden}]}),
            (sale, {}),
            (stopped, {}),
            (mortgage, {"encumbrance.begin": [begun]}),
        )
    }
    killed.at(MONDAY, "14:00")
    refused = world.go(sale, "lan", "record", 422)
    assert (refused["code"], release in refused["detail"]) == ("earlier-dossier-first", True)
    completed(world, killed, release, revision[release])
    assert world.go(stopped, "lan", "record", 422)["code"] == "earlier-dossier-first"
    completed(world, killed, sale, revision[sale], "everything")
    block = registry.post("/blocks", COURT | {"person": {"name": "Cao Thi Chan"}})["code"]
    assert world.go(stopped, "lan", "record", 409)["code"] == "held-person-undecided"
    named = {"party": other, "same": True, "grounds": {"docNo": "12/QĐ-BPKCTT"}}
    registry.post(f"/blocks/{block}/matches", named)
    assert world.go(stopped, "lan", "record", 409)["code"] == "held-person"
    world.go(stopped, "lan", "send_back", reason="Người mua bị ngăn chặn")
    world.go(stopped, "lan", "draft")
    world.go(stopped, "hoa", "withdraw", reason="Quyết định 12/QĐ-BPKCTT")
    completed(world, killed, mortgage, revision[mortgage])

    # The register. The seller keeps the piece that the court kept from its buyer.
    assert world.land([south, north]) == {
        south: [("mortgage", [(lender, "")], 500 * MILLION, ""), ("use", [(buyer, "")], 0, "")],
        north: [("use", [(seller, "")], 0, "")],
    }
    assert world.rows(
        "SELECT legal_area_m2::int FROM cadastre.parcel WHERE sheet || '-' || number = ANY (%s)",
        [ref.partition("-")[2] for ref in (south, north)],
    ) == [(300,), (300,)]  # fmt: skip
    assert {code: kept_by_clock(world, code) for code in dossiers} == {
        release: ("RECORDED", SAME_DAY, 0),
        sale: ("RECORDED", EIGHT_DAYS, 0),
        stopped: ("WITHDRAWN", EIGHT_DAYS, 0),
        mortgage: ("RECORDED", SAME_DAY, 0),
    }
    assert killed.kills == 5
    assert world.rows("SELECT count(*) FROM cadastre.record WHERE doc_no LIKE %s", "HS-%") == [(3,)]

    # The papers: the seller's was annotated by the release, then came two in its place; the buyer's bears the mortgage.
    (bought,), (kept,) = world.in_force(south), world.in_force(north)
    assert kept["replaces"] == paper
    assert registry.get("/blanks")["closing"] == blanks - 2
    assert {serial: said(world, serial) for serial in (paper, bought["serial"], kept["serial"])} == {
        paper: ("replaced", [release], ("superseded", ["replaced"])),
        bought["serial"]: ("annotated", [mortgage], ("valid", ["annotated"])),
        kept["serial"]: ("active", [], ("valid", [])),
    }
    for ref, line, name in ((south, bought, "Bùi Văn Mua"), (north, kept, "Lê Thị Bán")):
        sheet = lan.client.get(f"/api/v1/certificates/{line['serial']}/sheet.pdf")
        assert sheet.status_code == 200, sheet.text
        words = words_of_pdf(sheet.data)
        assert all(text in words for text in (name, "300", ref.rsplit("-", 1)[1], line["serial"])), words
        assert "Cao Thị Chặn" not in words
    # What is written on a paper names the dossier and the day.
    for serial, code in ((paper, release), (bought["serial"], mortgage)):
        (entry,) = world.paper(serial)["entries"]
        words = words_of_pdf(lan.client.get(f"/api/v1/certificates/{serial}/entries/{entry['number']}.pdf").data)
        assert all(text in words for text in (code, "16/03/2026")), words
    assert "Ngân hàng Hai" in words

    # Afterwards the buyer wants a clean paper: that of the other piece of the former parcel stays as it is.
    again = world.submit("CL", [south], "reissue")
    world.signed(again, {})
    world.go(again, "lan", "record")
    (clean,) = world.in_force(south)
    assert (clean["replaces"], said(world, kept["serial"])[0]) == (bought["serial"], "active")


def kept_by_clock(world: World, code: str) -> tuple[str, str | None, int]:
    """Return the state of a dossier, its due moment and the working days spent on it."""
    found = world.person("hoa").read(code)
    return found["state"], found["dueAt"], found["spentDays"]


def sold(right: str, buyer: str, piece: str) -> dict[str, Any]:
    """Return the facts of a piece sold to one buyer."""
    return {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(buyer)], "parcels": [piece]}]}


def completed(world: World, killed: KilledOffice, code: str, seen: int, part: str = "server") -> None:
    """Complete a dossier that a killed process had nearly completed: nothing of that is left, and it is done once."""
    before = world.rows("SELECT count(*), (SELECT count(*) FROM registry.certificate_version) FROM registry.rrr")
    killed.kill_while_recording(code, seen, part)
    assert world.person("hoa").read(code)["state"] == "SIGNED"
    assert before == world.rows(
        "SELECT count(*), (SELECT count(*) FROM registry.certificate_version) FROM registry.rrr"
    )
    done = [world.go(code, "lan", "record", seen=seen) for _ in range(2)]
    assert [each["revision"] for each in done] == [seen + 1] * 2


def said(world: World, serial: str) -> tuple[str, list[str], tuple[str, list[str]]]:
    """Return the state of a certificate, the dossiers annotated on it, and what anybody is told of it."""
    found = world.paper(serial)
    return (
        found["certificate"]["state"],
        [each["dossier"] for each in found["entries"]],
        world.verdict(serial),
    )
