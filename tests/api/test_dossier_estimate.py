"""The dossier's page tells what would be owed, how, what is lacking and where it is entered, until notices arrive."""

from __future__ import annotations

from itertools import count

import psycopg
import pytest
from landsvc.core.outbox import run_batch
from landsvc.core.web import EXTENSION
from landsvc.finance.obligations.reference import ensure_figures
from landsvc.registry.dossiers.tax_answers import CONSUMER
from tests.factories import machines, prices
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office

TITLE = "Ước tính nghĩa vụ tài chính (chỉ tham khảo)"
LAND_VND = 90_000_000_000
TAX_VND = LAND_VND * 2 // 100
FEE_VND = 600 * 10_000_000 * 5 // 1000
"""600 m² by the table (without the coefficient), 0.5 %."""
_numbers = count(1)


@pytest.fixture(scope="module")
def place(module_db, tmp_path_factory):
    lay(module_db, parcels=8)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known = {}
        world = World(module_db, lambda login: known.setdefault(login, person(login)))
        parts = world.person("lan").client.application.extensions[EXTENSION]
        ensure_figures(parts.settings, parts.database)
        hear(parts.database)
        world.parcel()  # the first lies in a better position: whatever runs first, each case has the same price
        yield world


@pytest.fixture(scope="module")
def priced(place):
    """A table of prices for the land of all cases, from here on."""
    with psycopg.connect(place.dsn) as conn:
        prices.farm_uses(conn)
        prices.factor(conn, prices.table(conn), "market", "1.2", use="ODT")


def hear(database) -> None:
    """Do what the worker does with events; its first round only joins."""
    while run_batch(database, CONSUMER):
        pass


class Case:
    """A sale that is being verified."""

    def __init__(self, world: World) -> None:
        self.world, self.taker = world, world.registry.party("Trần Thị Ngọc Diễm")
        number = f"0790750{next(_numbers):05d}"
        giver = world.registry.party("Nguyễn Văn Ánh", documents=[{"kind": "cccd", "number": number}])
        self.ref, self.right = world.held_by(giver)
        self.code = world.submit("CN", [self.ref])
        world.go(self.code, "lan", "take")

    def enter(self, **case) -> None:
        sale = {"right": self.right, "mode": "sole", "holders": [holder(self.taker)]}
        self.world.go(self.code, "lan", "enter_facts", facts={"right.transfer": [sale], "tax.case": [case]})

    def page(self, login: str = "lan", language: str = "vi") -> str:
        answer = self.world.person(login).client.get(f"/office/dossiers/{self.code}?lang={language}")
        assert answer.status_code == 200, answer.text
        return answer.text.replace("\xa0", " ").replace("&nbsp;", " ")

    def section(self, **more: str) -> str:
        text = self.page(**more)
        return text[text.index('<section id="estimate"') : text.index('<section id="owed"')]

    def notice(self, amount: int, **more) -> None:
        app = self.world.person("lan").client.application
        number = next(_numbers)
        dues = [{"on": "2026-12-01", "amountVnd": amount}]
        line = {"lineNo": 1, "subItem": "1006", "amountVnd": amount, "dues": dues}
        stated = {"taxOfficeCode": "7101", "noticeNo": f"TB-{number}", "issuedOn": "2026-09-01", "lines": [line]}
        headers = machines.bearer(
            machines.token(app.extensions[EXTENSION].database), **{"Idempotency-Key": f"n{number}"}
        )
        body = stated | {"dossier": self.code} | more
        answer = app.test_client().post("/api/v1/tax/notices", json=body, headers=headers)
        assert answer.status_code == 201, answer.json
        hear(app.extensions[EXTENSION].database)


def test_what_is_lacking_is_named_with_a_link_to_where_it_is_entered(place):
    case = Case(place)
    said = case.section()
    assert TITLE in said
    assert "Chưa ước tính được" in said
    assert f'href="/office/dossiers/{case.code}/completion"' in said
    ((unit,),) = place.rows("SELECT unit_id FROM cadastre.unit_name WHERE ref = %s", case.ref)
    assert f'href="/office/prices/{unit}"' in said


def test_each_obligation_is_told_with_its_working_law_and_figures(place, priced):
    case = Case(place)
    case.enter(contract={"number": "1", "signedOn": "2026-03-01", "landVnd": LAND_VND}, noRelief=True)
    said = case.section()
    assert "Tổng cộng khoảng 1.830.000.000 đồng" in said
    for text in (
        "Thuế thu nhập cá nhân",
        "1.800.000.000 đồng",
        "Lệ phí trước bạ",
        "30.000.000 đồng",
        "01/03/2026",
    ):
        assert text in said, text
    for text in ("NĐ 10/2022/NĐ-CP Điều 7", "Giá tính thuế là giá hợp đồng", "<details open>"):
        assert text in said, text
    english = case.section(language="en")
    assert "Estimate of what will be owed (for reference only)" in english
    assert "Registration fee" in english


def test_relief_frees_and_the_reason_is_told(place, priced):
    case = Case(place)
    relief = [{"code": "parent-child", "document": "Giấy khai sinh"}]
    case.enter(contract={"signedOn": "2026-03-01", "landVnd": LAND_VND}, relief=relief)
    assert "Được miễn: Giữa cha mẹ" in case.section()


def test_notices_supersede_it_and_the_difference_is_told_in_dong(place, priced):
    case = Case(place)
    case.enter(contract={"number": "1", "signedOn": "2026-03-01", "landVnd": LAND_VND}, noRelief=True)
    place.go(case.code, "lan", "send_slip")
    assert "thông báo, số phải nộp" not in case.section()
    case.notice(TAX_VND, ofTotal=2)
    said = case.section()
    assert "<details open>" not in said
    assert "Đã có 1/2 thông báo, số phải nộp 1.800.000.000 đồng. Số ước tính cao hơn 30.000.000 đồng." in said
    case.notice(FEE_VND + 7, ofTotal=2)
    assert "Đã có 2/2 thông báo, số phải nộp 1.830.000.007 đồng. Số ước tính thấp hơn 7 đồng." in case.section()


def test_it_is_shown_only_where_taxes_are_asked_for_and_the_case_is_open(place):
    ref, _ = place.held_by(place.registry.party())
    untaxed = place.submit("XV", [ref])
    shown = place.person("lan").client.get(f"/office/dossiers/{untaxed}").text
    assert 'id="estimate"' not in shown
    case = Case(place)
    place.go(case.code, "lan", "withdraw", reason="Không bán nữa")
    assert 'id="estimate"' not in case.page()


def test_it_names_nobody_and_the_reading_of_rights_is_traced(place):
    case = Case(place)
    asked = "SELECT count(*) FROM identity.audit WHERE action = 'right.read'"
    before = place.rows(asked)[0][0]
    said = case.section()
    assert not [text for text in ("0790750", "Nguyễn Văn Ánh", "Trần Thị Ngọc Diễm") if text in said]
    assert place.rows(asked)[0][0] > before
