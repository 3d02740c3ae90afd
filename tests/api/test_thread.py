"""The thread through the whole house, over HTTP alone: split, transaction, extract, payment, the officer's view."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.factories import drafts
from tests.factories.thread import RunningOffice, payment, running_office
from tests.factories.wire import Wire, words_of_pdf

PARCEL = "25195-12-103"
LINE = drafts.split(PARCEL, (26, 13), (44, 13))


@pytest.fixture(scope="module")
def office(make_clone) -> Iterator[RunningOffice]:
    with make_clone() as dsn, running_office(dsn) as office:
        yield office


def test_the_thread_through_the_whole_house(office):
    officer = Wire(office.address).sign_in(office.accounts.officer, office.accounts.password)
    tax = Wire(office.address).take_token(office.accounts.tax_client, office.accounts.secret)
    citizen = Wire(office.address)

    # A draft, kept by the server; its preview changes nothing.
    draft = officer.ask("POST", "/api/v1/drafts", {"title": "Tách thửa 103"}).json["draft"]
    assert officer.ask("POST", f"/api/v1/drafts/{draft}/operations", LINE).status == 201
    preview = officer.ask("GET", f"/api/v1/drafts/{draft}/preview").json
    assert preview["committable"]
    passed = {finding["rule"] for finding in preview["report"] if finding["result"] == "pass"}
    assert {"FAB-OVERLAP", "FAB-AREA", "SUB-MINAREA", "SUB-HOLD"} <= passed
    assert citizen.ask("GET", f"/api/v1/parcels/{PARCEL}").status == 200

    # The commit says what the preview said, names record and transaction, and is done once.
    answer = officer.ask("POST", f"/api/v1/drafts/{draft}/commit", {"docNo": "77/QĐ-UBND"})
    done = answer.json
    assert (answer.status, done["after"], done["report"]) == (200, preview["after"], preview["report"])
    again = officer.ask("POST", f"/api/v1/drafts/{draft}/commit", {"docNo": "77/QĐ-UBND"}).json
    assert again["transaction"] == done["transaction"]
    found = officer.ask("GET", f"/api/v1/transactions/{done['transaction']}").json
    new = [unit["ref"] for unit in done["after"]]
    assert found["record"]["code"] == done["record"]
    assert [each["ref"] for each in found["parcels"]["old"]] == [PARCEL]
    assert [each["ref"] for each in found["parcels"]["new"]] == new

    # The old parcel is retired for everybody, the new one prints.
    gone = citizen.ask("GET", f"/api/v1/parcels/{PARCEL}")
    assert gone.status == 410
    assert {each["ref"] for each in gone.json["successors"]} == set(new)
    printed = citizen.ask("GET", f"/api/v1/parcels/{new[0]}/map-extract.pdf")
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    assert f"Thửa {new[0].split('-')[-1]}, tờ 12" in words_of_pdf(printed.body)
    assert "77/QĐ-UBND" in words_of_pdf(printed.body)

    # The tax office hands a payment in three times; it counts once, and the officer sees it.
    key = {"Idempotency-Key": "5f0c6d1e-8f9b-4b44-9d38-1f0f4a0f2c11"}
    first = tax.ask("POST", "/api/v1/tax/payments", payment(new[0]), **key)
    second = tax.ask("POST", "/api/v1/tax/payments", payment(new[0]), **key)
    other_key = tax.ask("POST", "/api/v1/tax/payments", payment(new[0]), **{"Idempotency-Key": "another"})
    assert (first.status, second.status, other_key.status) == (201, 201, 200)
    assert first.body == second.body
    paid = officer.ask("GET", f"/api/v1/parcels/{new[0]}/payments").json
    assert (paid["ownCount"], paid["ownTotalVnd"], len(paid["payments"])) == (1, 1_250_000, 1)
    panel = officer.ask("GET", f"/office/inspector?parcel={new[0]}").body.decode()
    assert panel.count("1.250.000\N{NO-BREAK SPACE}đồng") >= 1
    assert panel.count("ETAX 25112200001234") == 1


def test_a_transaction_is_undone_from_its_page(office):
    officer = Wire(office.address).sign_in(office.accounts.officer, office.accounts.password)
    draft = officer.ask("POST", "/api/v1/drafts", {}).json["draft"]
    line = drafts.split("25195-12-105", (54, 13), (72, 13))
    assert officer.ask("POST", f"/api/v1/drafts/{draft}/operations", line).status == 201
    done = officer.ask("POST", f"/api/v1/drafts/{draft}/commit", {"reason": "Sai ranh giới"}).json
    piece = done["after"][0]["ref"]
    tax = Wire(office.address).take_token(office.accounts.tax_client, office.accounts.secret)
    sent = payment(piece, "25112200009999")
    assert tax.ask("POST", "/api/v1/tax/payments", sent, **{"Idempotency-Key": "piece"}).status == 201
    page = f"/office/transactions/{done['transaction']}"
    assert 'name="reason"' in officer.ask("GET", page).body.decode()
    assert officer.submit(f"{page}/undo", reason=" ").status == 400
    undone = officer.submit(f"{page}/undo", reason="Ghi nhầm thửa")
    assert undone.status == 200
    words = undone.body.decode()
    assert done["transaction"] in words
    assert "Ghi nhầm thửa" in words
    assert 'name="reason"' not in officer.ask("GET", page).body.decode()
    assert Wire(office.address).ask("GET", "/api/v1/parcels/25195-12-105").status == 200
    _payment_of_the_piece_shows_at_the_parcel(officer, "25195-12-105", piece)


def _payment_of_the_piece_shows_at_the_parcel(officer: Wire, parcel: str, piece: str) -> None:
    """It stays the piece's, is in no sum of the parcel, and the panel says what it was paid for."""
    paid = officer.ask("GET", f"/api/v1/parcels/{parcel}/payments").json
    assert (paid["ownCount"], paid["ownTotalVnd"]) == (0, 0)
    found = [(each["parcel"], each["undone"], each["fromAncestor"]) for each in paid["payments"]]
    assert found == [(piece, True, False)]
    panel = officer.ask("GET", f"/office/inspector?parcel={parcel}&lang=en").body.decode()
    assert f"paid for {piece}, a piece that was undone" in panel
    assert officer.ask("GET", "/api/v1/parcels/25195-12-106/payments").json["payments"] == []


def test_nobody_else_gets_at_what_the_thread_leaves(office):
    """The citizen and the machine do not read drafts or an officer's view; the officer takes no payments in."""
    citizen = Wire(office.address)
    tax = Wire(office.address).take_token(office.accounts.tax_client, office.accounts.secret)
    officer = Wire(office.address).sign_in(office.accounts.officer, office.accounts.password)
    for path in ("/api/v1/drafts", "/api/v1/transactions/GD-2026-000001", f"/api/v1/parcels/{PARCEL}/payments"):
        assert citizen.ask("GET", path).status == 401
        assert tax.ask("GET", path).status == 401
    assert officer.ask("POST", "/api/v1/tax/payments", payment(PARCEL), **{"Idempotency-Key": "k"}).status == 401
    officer.headers.clear()
    assert officer.ask("POST", "/api/v1/drafts", {}).status == 403
