"""House addresses: given by officers or a file, found both ways, each once in a commune at a time."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.cadastre.houses import service
from landsvc.cadastre.houses.errors import HouseFileUnfit
from landsvc.core.web import EXTENSION
from landsvc.geo import plus_code
from tests.conftest import as_role
from tests.factories.dossiers import HERE, THERE, lay, office
from tests.factories.wire import words_of_pdf

A, B = f"{HERE}-12-345", f"{HERE}-12-346"


class House:
    def __init__(self, dsn: str, person) -> None:
        self.dsn = dsn
        self.lan, self.son = person("lan").client, person("son").client
        for client in (self.lan, self.son):
            client.set_cookie("lang", "en")
        self.app = self.lan.application
        self.database = self.app.extensions[EXTENSION].database
        self.home = self.app.test_client()

    def give(self, parcel: str, number: str, street: str = "Nguyễn Huệ", ok: int = 303, client=None, **more: str):
        body = {"parcel": parcel, "number": number, "street": street, **more}
        answer = (client or self.lan).post("/office/addresses", data=body)
        assert answer.status_code == ok, answer.text
        return answer

    def found(self, text: str) -> list[dict]:
        return self.home.get("/api/v1/search", query_string={"q": text}).json["results"]

    def rows(self, statement: str, *params: object) -> list[tuple]:
        with psycopg.connect(self.dsn) as conn:
            found = conn.execute(statement, params)
            return found.fetchall() if found.description else []


@pytest.fixture(scope="module")
def house(module_db, tmp_path_factory):
    lay(module_db)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        yield House(module_db, person)


@pytest.fixture(autouse=True)
def empty(house):
    yield
    house.rows("ALTER TABLE cadastre.house_address DISABLE TRIGGER USER")
    house.rows("TRUNCATE cadastre.house_address")
    house.rows("ALTER TABLE cadastre.house_address ENABLE TRIGGER USER")


def test_an_address_leads_to_its_parcel_however_it_is_typed(house):
    house.give(A, "12/3A", quarter="Khu phố 2")
    house.give(B, "12")
    typed = ("12/3A Nguyễn Huệ", "số 12/3a nguyen hue", "12/3A đường Nguyễn Huệ, khu phố 2")
    for text in (*typed, "12/3A, Nguyễn Huệ, Bình Phước"):
        first = house.found(text)[0]
        assert (first["kind"], first["ref"], first["label"]) == ("parcel", A, "12/3A Nguyễn Huệ"), text
        assert A in house.home.get(f"/api/v1/parcels/{first['parcel']}").text
    assert house.found("12 Nguyễn Huệ")[0]["ref"] == B
    house.give(B, "12/345", street="Bình Phước")
    assert [each["ref"] for each in house.found("12/345 Bình Phước")][:2] == [B, A]
    house.give(A, "K5", street="3 Tháng 2")
    assert house.found("k5 3 tháng 2")[0]["ref"] == A


def test_a_parcel_tells_its_addresses_and_the_sign_bears_the_first(house):
    told = house.home.get(f"/api/v1/parcels/{A}/address").json
    assert told["houses"] == []
    lon, lat = told["point"]
    house.give(A, "12/3A", quarter="Khu phố 2", lat=f"{lat:.7f}", lon=f"{lon:.7f}")
    told = house.home.get(f"/api/v1/parcels/{A}/address").json
    (one,) = told["houses"]
    assert (one["number"], one["street"], one["quarter"]) == ("12/3A", "Nguyễn Huệ", "Khu phố 2")
    cell = plus_code.decode(one["plusCode"])
    assert cell.west <= lon <= cell.east
    assert cell.south <= lat <= cell.north
    page = house.home.get(f"/?parcel={A}&lang=vi").text
    assert "12/3A Nguyễn Huệ, Khu phố 2, Phường Bình Phước" in page
    assert "12/3A" not in house.home.get(f"/?parcel={A}&validAt=2020-01-01&lang=vi").text
    assert "12/3A Nguyễn Huệ, Khu phố 2" in words_of_pdf(
        house.home.get(f"/api/v1/parcels/{A}/door-sign.pdf").data
    )


def test_an_address_is_once_in_a_commune_at_a_time(house):
    house.give(A, "5")
    assert "there already" in house.give(B, "5", street="đường nguyễn huệ", ok=409).text
    house.give(B, "5", quarter="Ấp 2")
    house.give(f"{THERE}-12-345", "5", client=house.son)
    whole = "SELECT max(id) FROM cadastre.house_address WHERE quarter = '' AND commune_code = %s"
    ((number,),) = house.rows(whole, HERE)
    body = {"parcel": A, "house": number}
    assert house.lan.post("/office/addresses/end", data=body | {"parcel": B}).status_code == 404
    assert house.lan.post("/office/addresses/end", data=body).status_code == 303
    assert house.lan.post("/office/addresses/end", data=body).status_code == 404
    assert "No address yet." in house.lan.get(f"/office/addresses?parcel={A}").text
    house.give(B, "5")


def test_what_land_that_is_no_more_was_called_by_is_free(house):
    house.give(A, "44")
    with psycopg.connect(house.dsn) as conn:
        conn.execute("ALTER TABLE cadastre.house_address DISABLE TRIGGER USER")
        conn.execute(
            "WITH gone AS (INSERT INTO cadastre.parcel_unit (kind, record_id)"
            " SELECT 'parcel', max(id) FROM cadastre.record RETURNING id)"
            " UPDATE cadastre.house_address SET unit_id = (SELECT id FROM gone)"
        )
        conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        conn.execute("ALTER TABLE cadastre.house_address ENABLE TRIGGER USER")
    house.give(B, "44")
    assert house.found("44 Nguyễn Huệ")[0]["ref"] == B


def test_only_the_branch_of_the_place_gives_and_ends_addresses(house):
    assert "area" in house.give(A, "7", ok=403, client=house.son).text
    house.give(A, "7")
    ((number,),) = house.rows("SELECT max(id) FROM cadastre.house_address")
    assert house.son.post("/office/addresses/end", data={"parcel": A, "house": number}).status_code == 403
    with psycopg.connect(as_role(house.dsn, "landsvc_editor"), autocommit=True) as conn:
        for statement in (
            "UPDATE cadastre.house_address SET street = 'x'",
            "DELETE FROM cadastre.house_address",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"number": ""}, 400),
        ({"number": "  - "}, 400),
        ({"number": "1" * 25}, 400),
        ({"street": ""}, 400),
        ({"street": "!!"}, 400),
        ({"lat": "11.5"}, 400),
        ({"lat": "x", "lon": "y"}, 400),
        ({"lat": "120", "lon": "106"}, 400),
        ({"lat": "nan", "lon": "106"}, 400),
        ({"lat": "11.5", "lon": "106.9"}, 422),
        ({"parcel": f"{HERE}-12-9999"}, 404),
        ({"parcel": "\0"}, 400),
    ],
)
def test_what_is_no_address_is_told(house, wrong, status):
    given = {"parcel": A, "number": "9", "street": "Lê Lợi"} | wrong
    page = house.lan.post("/office/addresses", data=given)
    assert page.status_code == status, page.text
    assert house.rows("SELECT count(*) FROM cadastre.house_address") == [(0,)]


def test_a_file_is_taken_in_whole_or_not_at_all(house, tmp_path):
    file = tmp_path / "addresses.csv"
    head = "parcel,number,street,quarter,lat,lon\n"
    file.write_text(f"{head}{A},1,Lê Lợi,,,\n{B},2,Lê Lợi,Khu phố 1,,\n", "utf-8-sig")
    assert service.import_file(house.database, file) == 2
    assert house.found("2 Lê Lợi")[0]["ref"] == B
    file.write_text(f"{head}{A},3,Lê Lợi,,,\n{B},1,Lê Lợi,,,\n{B},4,,,,\n", "utf-8")
    with pytest.raises(HouseFileUnfit) as refused:
        service.import_file(house.database, file)
    assert refused.value.members["lines"] == [3, 4]
    assert house.rows("SELECT count(*) FROM cadastre.house_address") == [(2,)]
    spoilt = (f"{head}{A},7,Lê Lợi,,nan,106\n".encode(), head.encode() + b"\xff\xfe,1,2,,,\n", "thửa\n".encode())
    for content in spoilt:
        file.write_bytes(content)
        with pytest.raises(HouseFileUnfit):
            service.import_file(house.database, file)


def test_the_page_of_addresses_is_empty_first(house):
    assert house.lan.get("/office/addresses").status_code == 200
    assert "No address yet." in house.lan.get(f"/office/addresses?parcel={A}").text
    assert house.lan.get(f"/office/addresses?parcel={HERE}-12-9999").status_code == 404
    assert house.lan.get("/office/addresses/end").status_code == 302
