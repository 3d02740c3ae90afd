"""A register of an older system: rights and mortgages find their parcels, the rest waits for a person."""

from __future__ import annotations

import re
from types import SimpleNamespace

import psycopg
import pytest
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
        land = lay_land(dsn, 12)
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

            yield SimpleNamespace(take=take, register=register, client=client, land=land, dsn=dsn, path=path)


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
    assert (report.mortgages, report.serials, report.parties_known) == (1, 3, 1)
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
