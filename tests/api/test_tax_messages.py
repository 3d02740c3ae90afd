"""Messages of the tax gateway are carried out by the same services as our own API, whole or not at all."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from landsvc.core.web import EXTENSION
from landsvc.finance.catalogues.reference import ensure_catalogues
from landsvc.finance.envelope.fields import HEADER, KINDS
from tests.conftest import application, settings_for
from tests.factories import machines
from tests.factories.rights import lay_land

PATH = "/api/v1/tax/messages"
ROW = {
    "MA_CQUAN_THU": "7101234",
    "SO_QUYET_DINH": "LTB1-TK1/TB-CCT",
    "NGAY_QUYET_DINH": "01/11/2026",
    "MA_HS": "H-1",
    "MA_SO_THUE": "8001234567",
    "TEN_NNT": "Nguyễn Văn A",
    "MA_CHUONG": "757",
}
LINES = (
    ROW | {"SO": "ID1", "MA_TMUC": "1006", "SO_CON_PHAI_NOP": "24000000", "HAN_NOP": "01/12/2026"},
    ROW | {"SO": "ID2", "MA_TMUC": "1401", "SO_CON_PHAI_NOP": "500", "HAN_NOP": "2026-12-01"},
    ROW | {"SO": "ID2", "MA_TMUC": "1401", "SO_CON_PHAI_NOP": "501", "HAN_NOP": "2027-02-28"},
)
PAYMENT = {
    "KENH": "ETAX",
    "SO_THAM_CHIEU": "R1",
    "MA_TMUC": "1006",
    "SO_TIEN": "24000000",
    "SO": "ID1",
    "NGAY_NOP": "2026-11-02T08:00:00+07:00",
    "MA_THUA": "25195-12-1",
}
COUNTS = "SELECT (SELECT count(*) FROM finance.notice), (SELECT count(*) FROM finance.notice_line)," + (
    " (SELECT count(*) FROM finance.tax_payment), (SELECT count(*) FROM finance.notice_act)"
)


@pytest.fixture(scope="module")
def place(make_clone):
    with make_clone() as dsn:
        lay_land(dsn, 2)
        configured = settings_for(dsn)
        with application(configured) as app:
            database = app.extensions[EXTENSION].database
            ensure_catalogues(configured, database)
            yield dsn, app.test_client(), machines.token(database)


def head(code: str, number: str, **more: str) -> dict[str, str]:
    return {
        "VERSION": "1.0",
        "SENDER_CODE": "GIP",
        "RECEIVER_CODE": "LAND",
        "TRAN_CODE": code,
        "MSG_ID": number,
    } | more


def xml(header: dict[str, str], *rows: dict[str, str]) -> bytes:
    data = ET.Element("DATA")
    for parent, fields in ((ET.SubElement(data, "HEADER"), header),):
        for name, value in fields.items():
            ET.SubElement(parent, name).text = value
    body = ET.SubElement(data, "BODY")
    for row in rows:
        found = ET.SubElement(body, "ROW")
        for name, value in row.items():
            ET.SubElement(found, name).text = value
    return ET.tostring(data, encoding="utf-8")


def post(place, sent: bytes | dict, kind: str = "application/xml"):
    _, client, token = place
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return client.post(PATH, data=data, content_type=kind, headers=machines.bearer(token))


def read(answer) -> tuple[str, list[dict[str, str]], dict[str, str]]:
    """Return the ERROR_CODE, the rows and the header of an answer in XML."""
    assert answer.content_type == "application/xml"
    root = ET.fromstring(answer.data)
    header = {each.tag: each.text or "" for each in root.find("HEADER")}
    rows = [{each.tag: each.text for each in row} for row in root.find("BODY")]
    return header["ERROR_CODE"], rows, header


def counts(dsn: str) -> tuple:
    with psycopg.connect(dsn) as conn:
        return conn.execute(COUNTS).fetchone()


def test_a_notice_its_payment_and_its_confirmation_come_in_envelopes(place):
    dsn, client, token = place
    answer = post(place, xml(head("05011", "M1"), *LINES))
    code, [row], header = read(answer)
    assert (answer.status_code, code, header["MSG_REFID"], header["RECEIVER_CODE"]) == (200, "00", "M1", "GIP")
    assert (row["SO_QUYET_DINH"], row["MOI"]) == ("LTB1-TK1/TB-CCT", "1")
    assert read(post(place, xml(head("05012", "M2"), PAYMENT)))[0] == "00"
    done = {"MA_CQUAN_THU": "7101234", "SO_QUYET_DINH": "LTB1-TK1/TB-CCT", "SO_XAC_NHAN": "XN1"}
    message = {"HEADER": head("05013", "M3"), "BODY": {"ROW": [done | {"NGAY_XAC_NHAN": "03/11/2026"}]}}
    answer = post(place, message, "application/json")
    assert (answer.status_code, answer.json["HEADER"]["ERROR_CODE"]) == (200, "00")
    [notice] = client.get("/api/v1/tax/notices", headers=machines.bearer(token)).json["notices"]
    assert [(each["amountVnd"], each["state"], len(each["dues"])) for each in notice["lines"]] == [
        (24_000_000, "PAID", 1),
        (1001, "ISSUED", 2),
    ]
    assert (notice["payerRef"], notice["dossier"]) == ("8001234567", "H-1")
    assert [each["kind"] for each in notice["acts"]] == ["confirmed"]
    before = counts(dsn)
    # The same message, and the same notice in another message or over our own API, count once.
    assert read(post(place, xml(head("05011", "M1"), *LINES)))[1][0]["MOI"] == "1"
    assert read(post(place, xml(head("05011", "M4"), *LINES)))[1][0]["MOI"] == "0"
    assert counts(dsn) == before


def test_what_is_wrong_is_answered_in_an_envelope_with_a_code_of_the_list(place):
    dsn = place[0]
    assert read(post(place, xml(head("05011", "W0"), *LINES)))[0] == "00"
    before = counts(dsn)
    first = LINES[0] | {"SO_QUYET_DINH": "NEW-1", "SO": "ID-new"}
    cases = [
        (xml(head("99999", "W1"), first), 422, "tran-code-unknown"),
        (xml(head("05011", "W0"), first), 422, "idempotency-key-reused"),
        (xml(head("05011", "W2"), first, first | {"MA_HS": "H-2", "SO": "ID-x"}), 400, "message-field-invalid"),
        (xml(head("05011", "W3"), first | {"SO_CON_PHAI_NOP": "12,5"}), 400, "message-field-invalid"),
        (xml(head("05011", "W4"), first | {"HAN_NOP": "31/02/2026"}), 400, "message-field-invalid"),
        (xml(head("05011", "W9"), {name: value for name, value in first.items() if name != "HAN_NOP"}), 400,
         "message-field-invalid"),
        (xml(head("05011", "W5"), first | {"SAI_TEN": "x"}), 400, "message-field-invalid"),
        # The second row is refused: the first is not kept either.
        (xml(head("05011", "W6"), first, LINES[0] | {"SO_CON_PHAI_NOP": "1"}), 409, "notice-differs"),
        (xml(head("05013", "W7"), {"MA_CQUAN_THU": "1", "SO_QUYET_DINH": "2", "SO_XAC_NHAN": "3",
                                   "NGAY_XAC_NHAN": "2026-11-03"}), 404, "unknown-notice"),
        (xml(head("05014", "W8"), {"SO_PHIEU": "PCTT-2026-9", "LY_DO_TRA": "price-missing"}), 404, "slip-not-found"),
        (b"<DATA><HEADER>", 400, "message-malformed"),
        (b'<!DOCTYPE DATA [<!ENTITY a "b">]><DATA><HEADER>&a;</HEADER></DATA>', 400, "message-malformed"),
        (b'<!DOCTYPE DATA SYSTEM "file:///etc/passwd"><DATA/>', 400, "message-malformed"),
        (b"", 400, "message-malformed"),
    ]  # fmt: skip
    listed = place[1].get("/api/v1/tax/catalogues/errors", headers=machines.bearer(place[2])).json["entries"]
    for sent, status, slug in cases:
        answer = post(place, sent)
        assert (answer.status_code, read(answer)[0]) == (status, slug), answer.text
        assert slug in {each["code"] for each in listed}
    assert counts(dsn) == before
    assert post(place, b"x" * 1_000_001).status_code == 413
    assert post(place, b"x", "text/plain").json["HEADER"]["ERROR_CODE"] == "not-json"
    assert place[1].post(PATH, data=b"x").status_code == 401


def test_the_fields_are_published(place):
    found = place[1].get(f"{PATH}/fields", headers=machines.bearer(place[2])).json
    assert found["header"] == list(HEADER)
    assert {each["kind"]: [field["name"] for field in each["fields"]] for each in found["kinds"]} == {
        kind: [field.name for field in fields] for kind, fields in KINDS.items()
    }
    codes = (
        place[1].get("/api/v1/tax/catalogues/message-codes", headers=machines.bearer(place[2])).json["entries"]
    )
    assert {each["mapsTo"] for each in codes} == set(KINDS)


NAMES = st.sampled_from([field.name for fields in KINDS.values() for field in fields]) | st.text(max_size=12)
VALUES = (
    st.text(max_size=30)
    | st.sampled_from(
        ["7101234", "1006", "01/12/2026", "24000000", "2026-11-02T08:00:00+07:00", "0", "-1", "9" * 30]
    )
    | st.integers()
    | st.none()
    | st.lists(st.integers(), max_size=2)
)
KNOWN = st.sampled_from([*LINES, PAYMENT])
ROWS = st.lists(
    st.builds(lambda row, more: row | more, KNOWN, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=4
)


@given(st.sampled_from(["05011", "05012", "05013", "05014"]), st.text(max_size=20), ROWS)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_whatever_comes_nothing_breaks_and_nothing_is_half_written(place, code, number, rows):
    dsn = place[0]
    before = counts(dsn)
    answer = post(place, {"HEADER": head(code, number), "BODY": {"ROW": rows}}, "application/json")
    assert answer.status_code in {200, 400, 404, 409, 422}, answer.text
    if answer.status_code != 200:
        assert counts(dsn) == before
        assert answer.json["HEADER" if "HEADER" in answer.json else "code"]


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"<DATA><HEADER>{text}</HEADER></DATA>".encode())
)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_whatever_xml_comes_is_answered_in_an_envelope(place, sent):
    answer = post(place, sent)
    assert (answer.status_code, read(answer)[0]) == (400, "message-malformed")
