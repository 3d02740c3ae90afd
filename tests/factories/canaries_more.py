"""Lay canaries where people are known otherwise: accounts, a request for data, an older register, opinions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.secrets import Vault
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.core.web import EXTENSION
from landsvc.finance.fees import service as fees
from landsvc.identity import people
from landsvc.identity.actors import SERVICE, Actor, Branch
from landsvc.registry.feedback import displays as feedback
from landsvc.registry.legacy.run import Options, import_register, make_plan
from landsvc.sim.messages import Telephone
from tests.conftest import settings_for
from tests.factories import planning as plans
from tests.factories.cadastre import box
from tests.factories.completion import World

PASSWORD = "con trâu đi trước"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
PROOF = re.compile(r"proof=([0-9a-f-]{36})")
PLAN = "QH-C"
HEAD = (Branch("province", "Văn phòng", "Office", True),)
LEGACY = (
    "Mã hồ sơ;Mã xã;Tờ bản đồ;Số thửa;Tờ cũ;Thửa cũ;Diện tích;Tên chủ;Loại chủ;Năm sinh;Địa chỉ;Số giấy tờ;Tỷ lệ"
    ";Số phát hành;Ngày cấp;Bên nhận thế chấp;Ngày thế chấp;Số tiền"
)


@dataclass(frozen=True)
class Somebody:
    """Who is known by a name, a card and a telephone."""

    name: str
    number: str
    phone: str


def account(app: Any, world: World, telephone: Telephone, who: Somebody, party: str) -> Any:
    """Open the account of a citizen as people do, and have a counter say whose it is; return its browser."""
    browser, parts = app.test_client(), app.extensions[EXTENSION]
    asked = browser.post("/account/register", data={"contact": who.phone, "name": who.name})
    assert asked.status_code == 303, asked.text
    before = set(telephone.messages)
    Carrier(parts.database, parts.vault, senders_of(parts.settings)).round()
    (told,) = (each["text"] for key, each in telephone.messages.items() if key not in before)
    said = {
        "proof": PROOF.search(asked.location)[1],
        "code": re.search(r"\b\d{6}\b", told)[0],
        "password": PASSWORD,
    }
    opened = browser.post("/account/code", data=said)
    assert opened.status_code == 303, opened.text
    hoa = world.person("hoa").client
    page = hoa.get(f"/office/parties/{party}/account").text
    told = {"csrf": CSRF.search(page)[1], "number": who.number, "contact": who.phone}
    known = hoa.post(f"/office/parties/{party}/account", data=told)
    assert known.status_code == 200, known.text
    return browser


def supplied(app: Any, world: World, ref: str, asker: str) -> str:
    """Ask for the data of a parcel, and answer it with a signed reply; return the code of the dossier."""
    code = world.submit("CC", [ref], "at-hand", applicants=[{"name": asker}])
    facts = {"asker": "court", "purpose": "Thụ lý vụ án", "basis": "Luật Đất đai, Điều 166"}
    world.signed(code, {"data.supply": [facts | {"document": {"docNo": "13/CV", "issuer": "Tòa án"}}]})
    with app.extensions[EXTENSION].database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        for each in fees.orders_of(session, code):
            if each.balance_vnd > 0:
                fees.take_all(session, each.code, actor=SERVICE)
    world.go(code, "lan", "record")
    return code


def remembered(app: Any, dsn: str, folder: Path, commune: str, rows: list[str]) -> None:
    """Take in a register of an older system that names people; what finds no parcel waits."""
    path = folder / "so.csv"
    path.write_text("\r\n".join([LEGACY, *(row.format(commune=commune) for row in rows)]), "utf-8-sig")
    database = app.extensions[EXTENSION].database
    import_register(database, Vault(settings_for(dsn)), make_plan(Options(path=path)))


def objected(app: Any, dsn: str, ref: str, contact: str) -> str:
    """Show a plan to the public, and let somebody object; return the code of the opinion."""
    with psycopg.connect(dsn) as conn:
        plan = plans.plan(conn, PLAN, status="consultation")
        plans.zone(conn, plan, box(0, 0, 100, 100), code="Z1", use_code=None)
    database = app.extensions[EXTENSION].database
    with database.unit_of_work(IDENTITY_ROLE) as session:
        number = people.create_account(
            session, "shows", "shows", ["planner"], password=None, branches=["province"]
        )
    planner = Actor(number, "shows", "shows", frozenset(("planner",)), branches=HEAD)
    with database.unit_of_work(EDITOR_ROLE, planner) as session:
        said = feedback.Said("12/TB", "UBND", "Thử")
        feedback.display(session, PLAN, (clock.today(), clock.today()), said, actor=planner)
    home = app.test_client()
    form = home.get("/feedback", query_string={"plan": PLAN}).text
    body = {
        "formKey": re.search(r'name="formKey" value="([^"]+)"', form)[1],
        "category": "plan",
        "plan": PLAN,
        "place": ref,
        "words": "Đường cắt qua vườn của nhiều hộ",
        "contact": contact,
    }
    sent = home.post("/feedback", data=body, content_type="multipart/form-data")
    assert sent.status_code == 200, sent.text
    return re.search(r"\bPA-\d{4}-\d{6}-\d{2}\b", sent.text)[0]
