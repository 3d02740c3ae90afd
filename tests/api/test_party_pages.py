"""The page of parties: found by name, number or code, registered where nobody is, and back to the dossier that asks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.factories.dossiers import lay, office

HOME = "/office/parties"


@pytest.fixture(scope="module")
def person(module_db):
    lay(module_db, parcels=1)
    with office(module_db) as person:
        yield person


def ask(who: Any, path: str = HOME, **fields: str) -> Any:
    """Send a form of the page."""
    csrf = who.client.environ_base["HTTP_X_CSRF_TOKEN"]
    return who.client.post(path, data={"csrf": csrf, **fields})


FORM = {"kind": "individual", "name": "Trần Thị Mới", "bornYear": "1979", "nationality": "VN", "docNo": "02/ĐĐK",
        "documentKind": "cccd", "documentNumber": "079179004321"}  # fmt: skip


def test_somebody_is_registered_found_in_every_way_and_taken_into_the_dossier(person):
    lan = person("lan")
    made = ask(lan, dossier="HS-2026-000001-16", **{"with": "NSD-00000077"}, **FORM)
    assert made.status_code == 303
    back, _, query = made.headers["Location"].partition("?")
    assert back == "/office/dossiers/HS-2026-000001-16/completion"
    assert query.startswith("with=NSD-00000077%2CNSD-")
    code = query.rpartition("%2C")[2]
    for text in ("tran thi moi", "079 179 004 321", code.lower()):
        found = ask(lan, f"{HOME}/search", q=text, dossier="HS-2026-000001-16").text
        assert (code in found, "••••••••4321" in found, "079179004321" in found) == (True, True, False), text
        assert f"/office/dossiers/HS-2026-000001-16/completion?with={code}" in found
    assert "Chưa có ai được đăng ký" in ask(lan, f"{HOME}/search", q="Trần Thị").text
    again = ask(lan, **FORM)
    assert (again.status_code, code in again.text) == (409, True), "whose number it is"
    assert 'value="Trần Thị Mới"' in again.text, "what was filled in stands there again"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"bornYear": "mười"}, 400, "bornYear"),
        ({"bornOn": "1979-02-30"}, 400, "bornOn"),
        ({"name": " "}, 400, "name"),
        ({"kind": "nobody"}, 400, "kind"),
        ({"documentNumber": "12"}, 400, "12"),
        ({"members": "NSD-99999999", "kind": "couple"}, 400, "members"),
        ({"docNo": ""}, 400, "docNo"),
    ],
)
def test_what_cannot_be_registered_is_told_above_the_form(person, changes, status, field):
    answer = ask(person("hoa"), **FORM | {"documentNumber": ""} | changes)
    assert (answer.status_code, 'role="alert"' in answer.text) == (status, True), answer.text
    assert field in answer.text


def test_who_may_not_register_reads_and_who_signs_nothing_off_sees_no_form(person):
    assert "Đăng ký người mới" not in person("tuan").client.get(HOME).text
    assert ask(person("tuan"), **FORM).status_code == 403
    assert person("lan").client.get(f"{HOME}?code=NSD-99999999").status_code == 200
