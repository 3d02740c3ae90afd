"""Where procedures meet: refused after the taxes, completed out of turn, disputes settled, papers issued anew."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from landsvc.core.clock import today
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.drafts import split
from tests.factories.wire import words_of_pdf

TAXES = {
    "TAX_SENT": ("send_slip",),
    "TAX_NOTICED": ("send_slip", "tax_notice"),
    "TAX_PAID": ("send_slip", "tax_notice", "tax_paid"),
    "TAX_DEFERRED": ("send_slip", "tax_notice", "tax_deferred"),
    "TAX_EXEMPT": ("send_slip", "tax_exempt"),
}


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=30)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


@pytest.mark.parametrize("state", TAXES)
def test_a_notice_that_comes_after_the_taxes_lets_the_dossier_be_refused_with_its_reason(world, state):
    ref = world.parcel()[0]
    code = world.submit("CN", [ref])
    for action in ("take", *TAXES[state]):
        done = world.go(code, "lan", action, **({"documentNo": "9/BL"} if action in TAXES["TAX_PAID"][2:] or
                                                action in {"tax_deferred", "tax_exempt"} else {}))  # fmt: skip
    assert {"refuse", "withdraw"} <= {each["action"] for each in done["may"]}
    assert world.go(code, "lan", "refuse", 400)["field"] == "reason"
    assert world.go(code, "hoa", "refuse", 403, reason="x")["code"] == "role-needed"
    refused = world.go(code, "lan", "refuse", reason="Quyết định 12 của tòa án")
    assert (refused["state"], [each["end"] is None for each in refused["pauses"]].count(True)) == ("REFUSED", 0)
    if state == "TAX_PAID":
        slip = world.person("lan").client.get(f"/api/v1/dossiers/{code}/papers/refusal.pdf?lang=vi")
        assert slip.status_code == 200, slip.json
        said = words_of_pdf(slip.data)
        assert all(text in said for text in ("Quyết định 12 của tòa án", "9/BL", "cơ quan thuế"))


def test_completed_out_of_turn_a_sale_names_the_release_it_waits_for_and_not_the_mortgage(world):
    a, b, bank = (world.registry.party() for _ in range(3))
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    release = world.submit("XC", [ref])
    sale = world.submit("CN", [ref], waitsFor=[release])
    facts = {"right": right, "mode": "sole", "holders": [holder(b)], "parcels": ["piece-2"]}
    world.signed(sale, {"right.transfer": [facts]}, draft)
    refused = world.go(sale, "lan", "record", 422)
    assert (refused["code"], release in refused["detail"]) == ("earlier-dossier-first", True)
    told = world.rehearsal(sale)
    assert [each["code"] for each in told["against"]] == ["earlier-dossier-first", "land-encumbered"]
    world.signed(release, {"encumbrance.end": [{"right": burden}]})
    world.go(release, "lan", "record")
    assert world.rehearsal(sale)["against"] == []
    world.go(sale, "lan", "record")


def notice(ref: str, kind: str) -> dict[str, Any]:
    return {"kind": kind, "scope": "parcel", "parcel": ref, "issuerKind": "court", "issuer": "TAND", "docNo": "3"}


def settled(world: World, procedure: str, *kinds: str) -> tuple[str, str, dict[str, Any], list[str]]:
    """Return a parcel under notices, its winner, what the settlement registers, and the notices."""
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    blocks = [world.registry.post("/blocks", notice(ref, kind))["code"] for kind in kinds]
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(b)]}]}
    return ref, b, facts, blocks


@pytest.mark.parametrize("procedure", ["GT", "GK"])
def test_what_settles_a_dispute_lifts_it_and_is_registered_on_land_free_of_it(world, procedure):
    ref, winner, facts, (dispute,) = settled(world, procedure, "dispute")
    code = world.submit(procedure, [ref])
    world.signed(code, facts)
    assert world.go(code, "lan", "record", 409)["code"] == "held-land", "a settlement names what it settles"
    world.go(code, "lan", "send_back", reason="Chưa ghi tranh chấp được giải quyết")
    world.signed(code, {"hold.settle": [{"block": dispute}]})
    assert world.rehearsal(code)["against"] == []
    assert not world.registry.get(f"/blocks/{dispute}")["until"], "a rehearsal lifts nothing"
    done = world.go(code, "lan", "record")["events"][-1]["details"]
    assert world.registry.get(f"/blocks/{dispute}")["until"]
    assert [[each["party"] for each in right["holders"]] for right in world.registry.on(ref)] == [[winner]]
    undone = world.person("tuan").client.post(
        f"/api/v1/transactions/{done['transaction']}/undo", json={"reason": "Theo bản án 5/2026"}
    )
    assert undone.status_code == 201, undone.json
    assert not world.registry.get(f"/blocks/{dispute}")["until"], "undone, the dispute stands again"


def test_a_settlement_lifts_no_block_and_no_dispute_of_other_land_and_passes_no_other_notice(world):
    ref, _, facts, (dispute, block) = settled(world, "GT", "dispute", "block")
    elsewhere = settled(world, "GT", "dispute")[3][0]
    code = world.submit("GT", [ref])
    world.signed(code, facts | {"hold.settle": [{"block": dispute}]})
    assert world.go(code, "lan", "record", 409)["code"] == "held-land"
    for wrong in (block, elsewhere):
        world.go(code, "lan", "send_back", reason="x")
        world.signed(code, {"hold.settle": [{"block": wrong}]})
        refused = world.go(code, "lan", "record", 422)
        assert (refused["code"], refused["field"]) == ("not-this-dispute", "facts.hold.settle.0.block")
    sale = world.submit("CN", [settled(world, "CN", "dispute")[0]])
    world.signed(sale, facts)
    assert world.go(sale, "lan", "record", 422)["code"] == "dossier-held", "nothing else passes a dispute"


@pytest.mark.parametrize("before", ["in force", "withdrawn by a dossier before"])
def test_a_wrong_certificate_is_withdrawn_and_another_one_issued(world, before):
    a = world.registry.party()
    ref, right = world.held_by(a)
    (old,) = world.papers[ref]
    if before != "in force":
        first = world.submit("TGS", [ref], "withdraw")
        world.signed(first, {})
        world.go(first, "lan", "record")
        assert world.in_force(ref) == []
    code = world.submit("TGS", [ref], "again")
    world.signed(code, {})
    told = world.rehearsal(code)
    assert told["against"] == []
    done = world.go(code, "lan", "record")["events"][-1]["details"]["effects"]
    assert done["certificate.withdraw"][0]["closed"] == ([old] if before == "in force" else [])
    (fresh,) = done["certificate.issue"][0]["issued"]
    assert world.paper(old)["certificate"]["state"] == "withdrawn"
    assert [(each["serial"], each["right"]) for each in world.in_force(ref)] == [(fresh, right)]


def test_nothing_is_issued_anew_where_no_right_lacks_a_certificate(world):
    ref = world.parcel()[0]
    code = world.submit("TGS", [ref], "again")
    world.signed(code, {})
    assert world.go(code, "lan", "record", 422)["code"] == "nothing-to-issue"
    page = world.person("lan").client.get("/office/procedures/TGS?lang=en").text
    assert "In the case: New issue after withdrawal" in page


SERIES = "SELECT s.last_value FROM registry.{} s"


def test_a_rehearsal_takes_no_number_out_of_a_series(world):
    a, b = world.registry.party(), world.registry.party()
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    sale = world.submit("CN", [ref])
    sold = {"right": right, "mode": "sole", "holders": [holder(b)], "parcels": ["piece-2"]}
    world.signed(sale, {"right.transfer": [sold]}, world.draft(split(ref, (x, 15), (x + 20, 15))))
    held = world.submit("KB", [world.parcel()[0]])
    seized = {"kind": "seizure", "issuerKind": "enforcement", "issuer": "THADS", "docNo": "7/QĐ"}
    world.signed(held, {"hold.begin": [seized]})
    before = [world.rows(SERIES.format(name)) for name in ("rrr_no", "ba_unit_no", "block_no")]
    told = [world.rehearsal(code) for code in (sale, held) for _ in range(2)]
    assert [each["against"] for each in told] == [[]] * 4
    (fresh,) = told[0]["effects"]["right.transfer"][0]["begun"]
    assert (fresh[:5], len(fresh)) == ("QSD-9", 22), "of this preview only"
    assert [world.rows(SERIES.format(name)) for name in ("rrr_no", "ba_unit_no", "block_no")] == before
    done = world.go(sale, "lan", "record")["events"][-1]["details"]["effects"]["right.transfer"][0]
    assert done["begun"] == [f"QSD-{before[0][0][0] + 1:08d}"]


def test_the_page_names_those_entered_also_where_something_stands_against_it(world):
    a, b = world.registry.party(), world.registry.party("Lê Thị Chưa Ghi")
    ref, right = world.held_by(a)
    code = world.submit("CN", [ref])
    world.registry.post("/blocks", notice(ref, "block"))
    world.go(code, "lan", "take")
    world.go(code, "lan", "enter_facts", facts={
        "right.transfer": [{"right": right, "mode": "shares", "holders": [holder(b, "1/2")]}]})  # fmt: skip
    told = world.rehearsal(code)
    assert ({b: "Lê Thị Chưa Ghi"}, False) == (told["names"], told["completable"])
    at = f"/office/dossiers/{code}/completion?lang=en"
    assert f"<dd>{b} Lê Thị Chưa Ghi, 1/2</dd>" in world.person("hoa").client.get(at).text
    assert ">Lê Thị Chưa Ghi</span>" in world.person("lan").client.get(at).text
    read = "SELECT count(*) FROM identity.audit WHERE action = 'right.read' AND details -> 'about' ? %s"
    assert world.rows(read, f"party:{b}")[0][0] > 0, "whose name was read is kept in the trail"


def test_the_box_finds_the_dossiers_about_a_certificate_and_it_is_traced_as_read(world):
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    (serial,) = world.papers[ref]
    other = world.submit("CN", [world.held_by(a)[0]])
    sale, change = world.submit("CN", [ref]), world.submit("DT", [ref])
    facts = {"right": right, "mode": "sole", "holders": [holder(b)]}
    world.signed(sale, {"right.transfer": [facts], "certificate.update": [{"new": True}]})
    done = world.go(sale, "lan", "record")["events"][-1]["details"]["effects"]
    (fresh,) = done["certificate.update"][0]["issued"]
    find = world.person("tuan").client.get
    for text in (serial, serial.lower().replace(" ", ""), fresh):
        page = find(f"/office/dossiers?q={text}&lang=en").text
        assert [each in page for each in (sale, change, other)] == [True, True, False], text
    traced = (
        "SELECT count(*) FROM identity.audit WHERE action = 'certificate.read' AND object = %s AND details ? 'by'"
    )
    assert world.rows(traced, f"certificate:{serial}") == [(2,)]
    assert "No dossier was found" in find("/office/dossiers?q=ZZ 99999999&lang=en").text
    assert find("/office/dossiers?q=ZZ 9999").status_code == 400


def test_the_book_tells_what_a_branch_received_and_what_became_of_it(world):
    ref = world.parcel()[0]
    code = world.submit("DT", [ref], applicants=[{"name": "=Trần Thị Sổ", "contact": "0912 000 111"}])
    world.go(code, "lan", "refuse", reason="Không thuộc thẩm quyền")
    client, at = world.person("hoa").client, "/api/v1/books/dossiers"
    days = {"since": today().isoformat(), "lang": "vi"}
    rows = list(csv.reader(client.get(f"{at}.csv", query_string=days).text.splitlines()))
    (line,) = (row for row in rows if row[1] == code)
    assert line[3:7] == ["'=Trần Thị Sổ", "0912 000 111", ref, "3"]
    assert line[-1] == "Từ chối; Không thuộc thẩm quyền"
    (count,) = world.rows("SELECT count(*) FROM registry.dossier WHERE registered_at IS NOT NULL")[0]
    assert (rows[0][1], len(rows)) == ("Hồ sơ", count + 1), "the eastern branch received all"
    assert client.get(f"{at}.csv", query_string=days | {"branch": "west"}).text.count("\n") == 1
    west = client.get(f"{at}.csv", query_string=days | {"branch": "west", "of": "processed"}).text
    assert code in west

    workbook = zipfile.ZipFile(io.BytesIO(client.get(f"{at}.xlsx", query_string=days).data))
    texts, cells = (workbook.read(f"xl/{part}.xml").decode() for part in ("sharedStrings", "worksheets/sheet1"))
    assert all(f">{text}<" in texts for text in ("Sổ tiếp nhận hồ sơ và trả kết quả", "=Trần Thị Sổ"))
    assert "<f>" not in cells, "what a citizen writes is no formula"
    words = words_of_pdf(client.get(f"{at}.pdf", query_string=days).data)
    assert all(text in words for text in (code[-9:], "0912 000 111", f"Tiếp nhận: {count}"))
    assert client.get(f"{at}.csv?since=2026-02-02&until=2026-02-01").json["field"] == "until"
    traced = "SELECT count(*) FROM identity.audit WHERE action = 'book.read' AND object = 'branch:east'"
    assert world.rows(traced) == [(3,)]


PAPERS = [{"document": name} for name in ("form-release", "certificate")]


def mortgaged(world: World, bank: str, count: int = 1) -> tuple[str, list[str]]:
    """Return a parcel with so many mortgages of a bank, and these."""
    ref, _ = world.held_by(world.registry.party())
    return ref, [world.registry.right([ref], {bank: None}, kind="mortgage")["right"] for _ in range(count)]


def test_a_banks_releases_are_received_row_by_row_and_finished_the_same_day(world):
    bank, other = world.registry.party("Ngân hàng A"), world.registry.party("Ngân hàng B")
    (one, (first,)), (two, (second,)), (three, several) = (mortgaged(world, bank, count) for count in (1, 1, 2))
    foreign, bare = mortgaged(world, other)[1][0], world.parcel()[0]
    hoa = world.person("hoa").client
    rows = [first, two, three, bare, foreign, "25195-12-9999", "tờ 3", second]
    body = {"applicant": {"name": "Ngân hàng A"}, "party": bank, "rows": rows, "documents": PAPERS}
    sent = [
        hoa.post("/api/v1/release-receptions", json=body, headers={"Idempotency-Key": "list-0001"}) for _ in "ab"
    ]
    told, again = (each.json for each in sent)
    assert (told["received"], told["refused"], sent[0].status_code) == (2, 6, 200)
    assert [(each["problem"] or {}).get("code") for each in told["results"]] == [
        None, None, "several-mortgages", "no-mortgage-here", "mortgage-of-another", "parcel-not-found",
        "malformed-reference", "release-under-way",
    ]  # fmt: skip
    assert [each["dossier"] for each in told["results"]] == [each["dossier"] for each in again["results"]]
    assert [each["right"] for each in told["results"][:2]] == [first, second]
    assert several[0] in told["results"][2]["problem"]["detail"]
    assert world.rows("SELECT count(*) FROM registry.dossier_applicant WHERE name = 'Ngân hàng A'") == [(2,)]

    receipt = words_of_pdf(hoa.get(told["receipts"].removeprefix("http://localhost")).data)
    assert all(text in receipt for text in ("Ngân hàng A", first, second, one, two))
    codes = [each["dossier"] for each in told["results"] if each["dossier"]]
    for who, moves in (("lan", ["take", "draft"]), ("tuan", ["sign"]), ("lan", ["record", "make_ready"])):
        lines = [
            {"dossier": code, "revision": world.person("hoa").read(code)["revision"],
             "moves": [{"action": action} for action in moves]} for code in codes
        ]  # fmt: skip
        done = world.person(who).client.post("/api/v1/dossier-batches", json={"dossiers": lines}).json
        assert done["done"] == len(codes), done
    kinds = [sorted(each["kind"] for each in world.registry.on(ref)) for ref in (one, two, three)]
    assert kinds == [["use"], ["use"], ["mortgage", "mortgage", "use"]]


def test_the_page_takes_a_pasted_table_or_a_file_and_gives_back_what_was_not_received(world):
    bank = world.registry.party()
    (one, _), (_, (right,)) = mortgaged(world, bank), mortgaged(world, bank)
    hoa = world.person("hoa").client
    form = {
        "csrf": hoa.environ_base["HTTP_X_CSRF_TOKEN"], "applicant": "Ngân hàng C", "key": "k1", "party": bank.lower(),
        "rows": f"Thửa đất;Ghi chú\n{one};gấp\n25195-12-9999", "paper-form-release": "original",
        "paper-certificate": "original",
    }  # fmt: skip
    files = {"file": (io.BytesIO(f'"{right}",x\n'.encode()), "list.csv")}
    shown = hoa.post("/office/dossiers/many?lang=vi", data=form | files, content_type="multipart/form-data").text
    assert "Đã tiếp nhận 2 trên 3" in shown
    assert "25195-12-9999</textarea>" in shown
    assert shown.count('href="/office/dossiers/HS-') == 2
    assert hoa.post("/office/dossiers/many", data=form | {"rows": "không"}).status_code == 400
    assert hoa.post("/office/dossiers/many", data=form | {"applicant": ""}).status_code == 400
    assert world.person("tuan").client.get("/office/dossiers/many").status_code == 403
