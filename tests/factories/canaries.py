"""Lay people into the register whose names, numbers and amounts occur nowhere else, and find them in any answer.

`laid(dsn, data)` leads them through what the office does: register, mortgage, sell, slip, notice, payment, block.
`seen(body)` tells which protected fields a text holds, however it is written: with or without diacritics, composed or
not, with blanks and dashes, in a link, as JSON, in base64 or hex, packed, in a PDF or a tile.
"""

from __future__ import annotations

import gzip
import html
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
from landsvc.core import signing
from landsvc.core.outbox import run_batch
from landsvc.core.web import EXTENSION
from landsvc.finance.catalogues.reference import ensure_catalogues
from landsvc.finance.channels.reference import ensure_channels
from landsvc.registry.dossiers.tax_answers import CONSUMER
from landsvc.sim.messages import MessagingService, Telephone
from tests.conftest import settings_for
from tests.factories import canaries_home as home
from tests.factories import canaries_more as more
from tests.factories import machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import HERE, office
from tests.factories.dossiers import lay as lay_office
from tests.factories.grid import tile_at
from tests.factories.wire import words_of_pdf

OWNER, WIFE, BUYER = "Zuyễn Thị Quỵt Ngưỡng", "Ỷ Khoắng Zơ-ruộp", "Phzạm Đuống Ỡm"
LENDER, STOPPED = "Quỹ Tín Zụng Oẳn Tù Tì", "Wượng Khuỷu Phằng"
CANARIES: dict[str, tuple[str, ...]] = {
    "name": (OWNER, WIFE, BUYER, LENDER, STOPPED),
    "identity-number": ("079185613742", "079283615947", "075291637481", "079390615283"),
    "birth": ("1871-07-13", "13/07/1871", "13.7.1871"),
    "address": ("Tổ Kỳ Đà 77/31 hẻm Ỷ Zoang", "Ngõ Quắm 913 Ấp Zẻo"),
    "contact": ("0987 651 423", "zoang.quyt@thu.example"),
    "tax-code": ("8319472650", "8427193650"),
    "share": ("317/719", "402/719"),
    "price-paid": ("7319417931",),
    "mortgage-amount": ("735191713",),
    "obligation": ("113179713",),
    "payment": ("91317137",),
}
"""What is laid into the register, by the code of its field. Each has so many signs that nothing else is like it."""
MASKED = ("3742", "5947", "7481")


def plain(text: str) -> str:
    """Return only the letters and digits of a text, folded: what is left of it however it is written."""
    split = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", split.lower())


def _encoded(text: str) -> Iterator[bytes]:
    """Yield what stands in base64 (at each of its three offsets) and in hex for a text."""
    for form in ("NFC", "NFD"):
        raw = unicodedata.normalize(form, text).encode()
        for shift in range(3):
            coded = b64encode(bytes(shift) + raw).rstrip(b"=")
            inside = coded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
            yield inside
            yield inside.translate(bytes.maketrans(b"+/", b"-_"))
        yield raw.hex().encode()
        yield raw.hex().upper().encode()


NO_POST = {"MAIL_SERVER": "127.0.0.1:9", "MAIL_SECURITY": "none", "MAIL_FROM": "land@thu.example"}
"""A mail server that never answers: what waits for it is sealed, and why it failed is logged."""
PLAIN = [(code, plain(each)) for code, texts in CANARIES.items() for each in texts]
ENCODED = {coded: code for code, texts in CANARIES.items() for each in texts for coded in _encoded(each)}
CODED = re.compile(b"|".join(map(re.escape, ENCODED)))


def seen(body: bytes, kind: str = "") -> set[str]:
    """Return the codes of the fields that an answer, a line or a file holds."""
    raw = _unpacked(body)
    found = {ENCODED[each] for each in CODED.findall(raw)}
    text = plain(_text(raw, kind))
    return found | {code for code, word in PLAIN if word in text}


def texts_seen(body: bytes, kind: str = "") -> set[str]:
    """Return which of the texts laid an answer holds as people read them."""
    read = plain(_text(_unpacked(body), kind))
    return {text for texts in CANARIES.values() for text in texts if plain(text) in read}


def _unpacked(body: bytes) -> bytes:
    """Return a body, and behind it what is packed in it."""
    if body.startswith(b"\x1f\x8b"):
        return body + gzip.decompress(body)
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return body + b"\n".join(packed.read(name) for name in packed.namelist())
    return body


def _text(raw: bytes, kind: str) -> str:
    if "vector-tile" in kind:
        return " ".join(tile_values(raw))
    if raw.startswith(b"%PDF"):
        streams = b"".join(_inflated(raw))
        return words_of_pdf(raw) + streams.decode("utf-8", "replace") + raw.decode("latin-1")
    text = raw.decode("utf-8", "replace")
    if "html" in kind:
        text = html.unescape(text)
    if "\\u" in text:
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return text + unquote(text) if "%" in text else text


def tile_values(raw: bytes) -> Iterator[str]:
    """Yield the values of the attributes of a vector tile, packed or not, as text (Mapbox Vector Tile 2.1, 4.1)."""
    tile = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    for layer in (value for number, value in _members(tile) if number == 3 and isinstance(value, bytes)):
        for coded in (value for number, value in _members(layer) if number == 4 and isinstance(value, bytes)):
            for number, value in _members(coded):
                if isinstance(value, bytes):
                    form = {2: "<f", 3: "<d"}.get(number)
                    yield f"{struct.unpack(form, value)[0]:.0f}" if form else value.decode("utf-8", "replace")
                else:
                    yield str((value >> 1) ^ -(value & 1) if number == 6 else value)


def _members(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of the members of a Protocol Buffers message."""
    at = 0

    def varint() -> int:
        nonlocal at
        found = shift = 0
        while True:
            found |= (message[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 128:
                return found

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or varint()
        yield key >> 3, message[at : at + size]
        at += size


def _inflated(raw: bytes) -> Iterator[bytes]:
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompress(stream)


@dataclass
class Laid:
    """An office with canaries in it, and what they can be asked by."""

    app: Any
    world: World
    tax_token: str
    named: dict[str, list[str]] = field(default_factory=dict)
    """Values for the parts of addresses, by name of the part."""
    log: io.StringIO = field(default_factory=io.StringIO)
    """What the service logged while all this was laid."""
    citizens: dict[str, Any] = field(default_factory=dict)
    """Browsers of two people who are signed in with their accounts: the owner, and one whom nothing is about."""


@contextmanager
def laid(dsn: str, data: str) -> Iterator[Laid]:
    """Yield an office whose register holds canaries in every protected field."""
    lay_office(dsn, parcels=12)
    assert signing.make_trial_key(settings_for(dsn, DATA=data))
    telephone = Telephone()
    messages = MessagingService(0, "sim", telephone)
    phones = {"MESSAGING_URL": messages.address, "MESSAGING_TOKEN": "sim"}
    with closing(messages), office(dsn, DATA=data, **NO_POST, **phones) as person:
        known: dict[str, Any] = {}

        def somebody(login: str) -> Any:
            if login not in known:
                known[login] = person(login)
            return known[login]

        world = World(dsn, somebody)
        app = world.person("lan").client.application
        database = app.extensions[EXTENSION].database
        ensure_catalogues(settings_for(dsn), database)
        ensure_channels(settings_for(dsn), database)
        everything = Laid(app, world, machines.token(database, "tax", "tax:read", "tax:write", "tax:persons"))
        with redirect_stderr(everything.log):
            _play(everything)
            _play_more(everything, dsn, Path(data), telephone)
        while run_batch(database, CONSUMER):
            pass
        yield everything


def _play(at: Laid) -> None:
    registry, world = at.world.registry, at.world
    cards = [{"kind": "cccd", "number": number} for number in CANARIES["identity-number"]]
    house, lane = CANARIES["address"]
    owner = registry.party(OWNER, bornOn="1871-07-13", address=house, documents=[cards[0]], sex="female")
    wife = registry.party(WIFE, address=lane, documents=[cards[1]])
    buyer = registry.party(BUYER, address=lane, documents=[cards[2]])
    lender = registry.party(
        LENDER, kind="organisation", documents=[{"kind": "tax", "number": CANARIES["tax-code"][0]}]
    )
    ref, right = world.held_by((owner, "317/719"), (wife, "402/719"))
    loan = registry.right([ref], {lender: None}, kind="mortgage", terms={"amountVnd": 735_191_713})["right"]
    sold, sold_right = world.held_by((owner, "317/719"), (wife, "402/719"))
    phone, mail = CANARIES["contact"]
    code = world.submit(
        "CN",
        [sold],
        applicants=[
            {"name": OWNER, "contact": phone},
            {"name": BUYER, "contact": mail, "capacity": "representative"},
        ],
    )
    world.go(code, "lan", "take")
    contract = {
        "number": "8",
        "signedOn": "2026-02-01",
        "notary": "VPCC",
        "landVnd": 7_319_417_931,
        "assetsVnd": 0,
    }
    facts = {
        "right.transfer": [{"right": sold_right, "mode": "sole", "holders": [holder(buyer)]}],
        "tax.case": [{"contract": contract}],
    }
    world.go(code, "lan", "enter_facts", facts=facts)
    world.go(code, "lan", "send_slip")
    notice = _tax_says(at, code, sold)
    block = {"kind": "block", "issuerKind": "court", "issuer": "TAND khu vực 1", "docNo": "15/QĐ-BPKCTT"}
    stop = registry.post(
        "/blocks", block | {"scope": "person", "person": {"name": STOPPED, "number": "079390615283"}}
    )["code"]
    wish = {"about": "area", "channel": "email", "address": mail, "around": "100", "parcel": sold}
    assert at.app.test_client().post("/alerts", data=wish).status_code == 200
    draft, sent, told = _brought_from_home(at, sold, phone, mail)
    at.named |= {
        "ref": [sold, ref],
        "party": [owner, wife],
        "document": ["1", "2"],
        "right": [right, loan, sold_right],
        "serial": [serial for serials in world.papers.values() for serial in serials],
        "block": [stop],
        "code": [code, draft, sent],
        "report": [told],
        "dossier": [code, sent],
        "notice": [str(notice)],
        "slip": [row[0] for row in world.rows("SELECT slip_no FROM finance.slip")],
        "payment": [str(row[0]) for row in world.rows("SELECT id FROM finance.tax_payment")],
        "id": [row[0] for row in world.rows("SELECT verify_id FROM registry.certificate")],
        "secret": [row[0] for row in world.rows("SELECT secret FROM registry.dossier_secret")],
        "tile": [str(part) for part in _tile(world)],
        "transaction": [row[0] for row in world.rows("SELECT code FROM registry.transaction")],
    }


def _play_more(at: Laid, dsn: str, folder: Path, telephone: Telephone) -> None:
    """Open the accounts of the owner and of somebody whom nothing here is about, and lay what came later."""
    world, named = at.world, at.named
    stranger = more.Somebody("Lê Văn Lạ", "070185000333", "0912 000 003")
    unknown = world.registry.party(stranger.name, documents=[{"kind": "cccd", "number": stranger.number}])
    named |= {"elsewhere": [world.held_by(unknown)[0]], "stranger": [unknown]}
    owner = more.Somebody(OWNER, CANARIES["identity-number"][0], CANARIES["contact"][0])
    at.citizens = {
        "owner": more.account(at.app, world, telephone, owner, named["party"][0]),
        "stranger": more.account(at.app, world, telephone, stranger, unknown),
    }
    named["code"].append(more.supplied(at.app, world, named["ref"][1], BUYER))
    named["report"].append(more.objected(at.app, dsn, named["ref"][0], CANARIES["contact"][0]))
    named["plan"] = [more.PLAN]
    born, number, house = "1971", CANARIES["identity-number"][2], CANARIES["address"][1]
    loan = f"{LENDER};01/02/2020;735.191.713"
    more.remembered(
        at.app,
        dsn,
        folder,
        HERE,
        [f"1;{{commune}};12;9999;;;600;{BUYER};cá nhân;{born};{house};{number};;AB 123456;05/03/2012;{loan}"],
    )


def _brought_from_home(at: Laid, ref: str, phone: str, mail: str) -> tuple[str, str, str]:
    """Let strangers write to the office; return the codes of a draft, a dossier lodged and a report."""
    house = at.app.test_client()
    said = {"applicant": OWNER, "contact": phone, "representative": BUYER, "wish": WIFE, "parcels": ref}
    draft, _ = home.applied(house, said)
    sent = home.lodged(house, said | {"returnBy": "post", "returnAddress": CANARIES["address"][0]})
    told = home.reported(house, ref, f"{OWNER} {CANARIES['identity-number'][0]}", phone)
    home.asked_for_account(house, BUYER, mail)
    return draft, sent, told


def _tile(world: World) -> tuple[int, int, int]:
    """Return level, column and row of the tile of level 16 that the first parcel lies in."""
    ((lon, lat),) = world.rows(
        "SELECT ST_X(ST_Centroid(geom4326)), ST_Y(ST_Centroid(geom4326)) FROM cadastre.parcel ORDER BY unit_id LIMIT 1"
    )
    x, y = tile_at(lon, lat, 16)
    return 16, x, y


def _tax_says(at: Laid, code: str, ref: str) -> int:
    """Let the tax office state a notice of the dossier, and payments with and without one."""
    client = at.app.test_client()
    payer, other = CANARIES["tax-code"]

    def send(path: str, body: dict[str, Any]) -> Any:
        headers = machines.bearer(at.tax_token, **{"Idempotency-Key": path + str(body.get("referenceNo", ""))})
        answer = client.post(f"/api/v1/tax/{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json

    dues = [{"on": "2026-12-30", "amountVnd": 113_179_713}]
    line = {"lineNo": 1, "subItem": "1006", "amountVnd": 113_179_713, "obligationId": "ID-C-1", "dues": dues}
    notice = send(
        "notices",
        {
            "taxOfficeCode": "7101234",
            "noticeNo": "TB-C-1",
            "issuedOn": "2026-11-01",
            "lines": [line],
            "dossier": code,
        }
        | {"payerRef": payer},
    )
    paid = {"channel": "ETAX", "subItem": "2801", "amountVnd": 91_317_137, "paidAt": "2026-11-20T09:15:00+07:00"}
    send("payments", paid | {"parcel": ref, "referenceNo": "C-1", "payerRef": other})
    send("payments", paid | {"obligationId": "ID-C-1", "referenceNo": "C-2", "payerRef": payer})
    return int(notice["notice"]) if "notice" in notice else int(notice["id"])


def stored(dsn: str, statement: str) -> list[str]:
    """Return rows of the database as text, for what is not answered but kept or sent."""
    with psycopg.connect(dsn) as conn:
        return [str(row[0]) for row in conn.execute(statement).fetchall()]
