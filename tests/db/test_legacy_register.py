"""A register of an older system: rights and mortgages find their parcels, the rest waits for a person."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy
import psycopg
import pyogrio.raw
import pytest
from landsvc.cadastre.annulment import undo_record
from landsvc.core.errors import InvalidInput
from landsvc.core.secrets import Vault
from landsvc.registry.legacy.run import Options, import_register, make_plan
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories.rights import Registry, lay_land

HEAD = "Mã hồ sơ;Mã xã;Tờ bản đồ;Số thửa;Tờ cũ;Thửa cũ;Diện tích;Tên chủ;Loại chủ;Năm sinh;Số giấy tờ;Tỷ lệ"
HEAD += ";Số phát hành;Ngày cấp;Bên nhận thế chấp;Ngày thế chấp;Số tiền"
BANK = "NH Nông nghiệp;01/02/2020;500.000.000"
ROWS = (
    "SỔ ĐĂNG KÝ",
    HEAD,
    "1;25195;12;1;;;600;Nguyễn Văn Ất;cá nhân;1970;079070000001;;AB 123456;05/03/2012;;;",
    f"2;25195;12;2;;;600;Nguyễn Văn Ất;cá nhân;1970;079070000001;;AB 123457;05/03/2012;{BANK}",
    f"2;25195;12;2;;;600;Trần Thị Bính;cá nhân;1972;079072000002;;AB 123457;05/03/2012;{BANK}",
    "3;25195;12;3;;;600;Lê Đinh;cá nhân;1980;;1/3;AB 123458;05/03/2012;;;",
    "3;25195;12;3;;;600;Lê Mậu;cá nhân;1982;;2/3;AB 123458;05/03/2012;;;",
    "4;25195;;;12;4;600;Công ty Kỷ;tổ chức;;3801234567;;;;;;",
    "5;25195;12;99;;;600;Võ Canh;cá nhân;1960;;;AB 123459;05/03/2012;;;",
    "6;25195;12;5;;;600;Lê Tân;cá nhân;1980;;1/3;;;;;",
    "7;25195;12;6;;;600;Phạm Nhâm;cá nhân;1961;12;;;;;;",
    "8;25195;12;7;;;600;Người Khác;cá nhân;1970;079070000009;;;;;;",
    "9;25195;12;8;;;600;Phan Quý;cá nhân;;;;;;;;",
    "10;25195;12;8;;;600;Phan Giáp;cá nhân;;;;;;;;",
)
WAITING = {
    "parcel-unknown": 1,
    "shares-not-one": 1,
    "number-malformed": 1,
    "holder-of-another-name": 1,
    "right-twice": 2,
}


@pytest.fixture(scope="module")
def office(make_clone, tmp_path_factory):
    path = tmp_path_factory.mktemp("register") / "so.csv"
    path.write_text("\r\n".join(ROWS), "utf-8-sig")
    with make_clone() as dsn, opened(dsn) as database:
        land = lay_land(dsn, 16)
        settings = settings_for(dsn)
        with application(settings) as app:
            client = app.test_client()
            sign_client_in(client, "processor")
            register = Registry(client)
            register.party("Bùi Tý", documents=[{"kind": "cccd", "number": "079070000009"}])

            def take(text=None, **given):
                if text:
                    path.write_text(text, "utf-8-sig")
                return import_register(database, Vault(settings), make_plan(Options(path=path, **given)))

            yield SimpleNamespace(
                take=take, register=register, client=client, land=land, dsn=dsn, path=path, database=database
            )


def rows(dsn: str, query: str, *given: object) -> list:
    with psycopg.connect(dsn) as conn:
        return conn.execute(query, given).fetchall()


def names(office, ref: str) -> list:
    return [
        (each["kind"], each["mode"], sorted((held["name"], held["share"]) for held in each["holders"]))
        for each in office.register.on(ref)
    ]


def test_rights_find_their_parcels_what_does_not_waits_and_a_second_run_adds_nothing(office):
    tried = office.take(dry_run=True)
    assert (tried.record, tried.rights["taken"], tried.waiting) == (None, 4, WAITING)
    assert rows(office.dsn, "SELECT count(*) FROM registry.legacy_right") == [(0,)]
    report = office.take()
    assert (report.rows, report.rights["taken"], report.waiting) == (12, 4, WAITING)
    assert report.matched == {"number": 3, "old number": 1}
    assert (report.mortgages, report.certificates, report.parties_known) == (1, 3, 1)
    assert names(office, office.land[0]) == [("use", "sole", [("Nguyễn Văn Ất", None)])]
    assert names(office, office.land[1]) == [
        ("use", "joint", [("Nguyễn Văn Ất", None), ("Trần Thị Bính", None)]),
        ("mortgage", "sole", [("NH Nông nghiệp", None)]),
    ]
    assert names(office, office.land[2]) == [("use", "shares", [("Lê Mậu", "2/3"), ("Lê Đinh", "1/3")])]
    assert names(office, office.land[3]) == [("use", "sole", [("Công ty Kỷ", None)])]
    assert office.register.on(office.land[1])[0]["validFrom"] == "2012-03-05"
    mortgage = office.register.on(office.land[1])[1]
    assert (mortgage["amountVnd"], mortgage["registeredAt"][:10]) == (500_000_000, "2020-02-01")
    # One number is one person, found by it, and nowhere written in the clear.
    found = office.register.post("/party-searches", {"number": "079070000001"}, 200)["parties"]
    assert [each["name"] for each in found] == ["Nguyễn Văn Ất"]
    kept = rows(office.dsn, "SELECT CAST(facts AS text) FROM registry.legacy_right WHERE facts IS NOT NULL")
    assert not any(re.search(r"0790700000", text) for (text,) in kept)
    assert all(
        rows(office.dsn, f"SELECT count(*) FROM registry.legacy_{name}") == [(0,)]
        for name in ("line", "person", "group", "place", "holder", "mortgage")
    )
    before = rows(office.dsn, "SELECT max(id) FROM registry.rrr")
    again = office.take()
    assert (again.rights["known"], again.waiting) == (4, WAITING)
    assert rows(office.dsn, "SELECT max(id) FROM registry.rrr") == before
    changed = office.take("\n".join([*ROWS[:2], ROWS[2].replace("1970", "1971")]))
    assert changed.waiting == {"changed": 1}


def test_a_person_matches_what_waits_or_puts_it_aside_and_a_third_run_leaves_it_so(office):
    office.take("\n".join(ROWS))
    page = office.client.get("/office/register-rows?reason=parcel-unknown").text
    (row,) = re.findall(r"/office/register-rows/(\d+)", page)
    shown = office.client.get(f"/office/register-rows/{row}").text
    assert "25195-12-99" in shown
    party = re.search(r'name="party.0"[^>]*value="(NSD-\d+)"', shown)[1]
    form = {"ref.0": "25195-12-404", "party.0": party, "reason": "Đã đối chiếu sổ địa chính"}
    assert office.client.post(f"/office/register-rows/{row}/take", data=form).status_code == 404
    taken = form | {"ref.0": office.land[0]}
    refused = office.client.post(f"/office/register-rows/{row}/take", data=taken)
    assert (refused.status_code, 'data-code="right-twice"' in refused.text) == (409, True)
    done = office.client.post(f"/office/register-rows/{row}/take", data=form | {"ref.0": office.land[8]})
    assert done.status_code == 303
    assert names(office, office.land[8]) == [("use", "sole", [("Võ Canh", None)])]
    assert office.register.get("/certificates/AB 123459")["certificate"]["origin"] == "entered"
    closed = office.client.post(f"/office/register-rows/{row}/aside", data={"reason": "x"})
    assert (closed.status_code, 'data-code="register-row-closed"' in closed.text) == (409, True)
    malformed = re.search(
        r"/office/register-rows/(\d+)", office.client.get("/office/register-rows?reason=number-malformed").text
    )[1]
    unreadable = office.client.post(f"/office/register-rows/{malformed}/take", data=taken)
    assert 'data-code="register-row-unreadable"' in unreadable.text
    aside = office.client.post(f"/office/register-rows/{malformed}/aside", data={"reason": "Số sai từ gốc"})
    assert aside.status_code == 303
    assert "Số sai từ gốc" in office.client.get(f"/office/register-rows/{malformed}").text
    again = office.take("\n".join(ROWS))
    assert (again.rights["known"], again.rights["aside"]) == (5, 1)
    assert again.waiting == {k: v for k, v in WAITING.items() if k not in {"parcel-unknown", "number-malformed"}}


def row(number: int, serial: str, issued: str) -> str:
    """Return a right of parcel `number`, of a person without a number, by a certificate."""
    return f"x{number};25195;12;{number};;;600;Hồ Số {number};cá nhân;;;;{serial};{issued};;;"


def test_serial_numbers_become_certificates_those_that_cannot_are_told_and_stop_no_right(office):
    office.take("\n".join(ROWS))
    paper = office.register.get("/certificates/AB 123456")["certificate"]
    assert (paper["origin"], paper["issuedOn"], paper["inForce"]) == ("entered", "2012-03-05", True)
    assert paper["unchanged"]
    odd = {
        10: ("SỐ LẠ", "05/03/2012"),
        11: ("AC 111111", ""),
        12: ("AC 11111122", "05/03/2012"),
        13: ("AB123456", "05/03/2012"),
        14: ("AC 222222", "05/03/2012"),
        15: ("AC 222222", "05/03/2012"),
        16: ("ac333333", "05/03/2012"),
    }
    told = office.take("\n".join([HEAD, *(row(at, *each) for at, each in odd.items())]), source="other")
    assert (told.rights, told.certificates) == ({"taken": 7}, 1)
    assert told.serials_left == {
        "serial-twice": (2, [6, 7]),
        "serial-known": (1, [5]),
        "serial-malformed": (1, [2]),
        "serial-of-no-form": (1, [4]),
        "serial-without-day": (1, [3]),
    }
    assert told.as_json()["serialFindings"][0]["rows"] == [6, 7]
    assert office.register.get("/certificates/AC 333333")["certificate"]["inForce"]
    # Undone, its rights and papers are gone; done again, the same paper is in force again.
    undo_record(office.database, told.record, "Nhầm tệp")
    assert names(office, office.land[15]) == []
    office.register.get("/certificates/AC 333333", 404)
    again = office.take("\n".join([HEAD, row(16, *odd[16])]), source="other")
    assert (again.rights, again.certificates) == ({"taken": 1}, 1)
    paper = office.register.get("/certificates/AC 333333")["certificate"]
    assert (paper["inForce"], paper["unchanged"]) == (True, True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a;b;c\n1;2;3\n", "register-head-not-found"),
        ("Mã xã;Số tờ;Số thửa\n25195;1;2\n", "register-incomplete"),
        ("Mã xã;Tên chủ;Diện tích\n25195;Ai;2\n", "register-incomplete"),
    ],
)
def test_a_table_that_is_no_register_is_refused_before_anything_is_read(tmp_path, text, problem):
    path = tmp_path / "so.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidInput) as caught:
        make_plan(Options(path=path))
    assert caught.value.slug == problem


def test_a_workbook_and_an_old_encoding_say_the_same_as_a_text_of_today(tmp_path):
    def told(path):
        return [row for _, row in make_plan(Options(path=path)).rows()]

    rows = [line.split(";") for line in ROWS[1:]]
    plain, old, book = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.xlsx"
    plain.write_text("\n".join(ROWS), "utf-8")
    old.write_bytes("\r\n".join(ROWS[1:]).encode("utf-16"))
    frame = {name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}
    columns = [numpy.array(values, dtype=object) for values in frame.values()]
    pyogrio.raw.write(book, None, columns, list(frame), driver="XLSX", geometry_type=None, layer="so")
    assert told(plain) == told(old) == told(book)
    assert len(told(plain)) == 12
