"""Say which field of the gateway's messages is which of ours: the published list, and what rows are read by.

Source: the message seen on the tax gateway (tran code 05011, row type 00110); fields it lacks are named in its
manner and marked `?`: a province settles them with its tax office.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from landsvc.core.i18n import gettext
from landsvc.finance.envelope.errors import MessageFieldInvalid

NUMBER = re.compile(r"[0-9]{1,16}")
VIETNAMESE_DAY = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")
Row = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """A field of a row: `member` is ours (none: it is read over), `holds` text, number, day or codes."""

    name: str
    member: str | None
    holds: str = "text"
    required: bool = False
    certainty: str = "S"


NOTICE = (
    Field("MA_CQUAN_THU", "taxOfficeCode", required=True),
    Field("SO_QUYET_DINH", "noticeNo", required=True),
    Field("NGAY_QUYET_DINH", "issuedOn", "day", required=True),
    Field("MA_HS", "dossier"),
    Field("MA_SO_THUE", "payerRef"),
    Field("SO_PHIEU", "slipNo", certainty="?"),
    Field("TONG_SO_TB", "ofTotal", "number", certainty="?"),
    Field("SO_QD_THAY_THE", "supersedesNo", certainty="?"),
    Field("SO", "obligationId"),
    Field("MA_TMUC", "subItem", required=True),
    Field("SO_CON_PHAI_NOP", "amountVnd", "number", required=True),
    Field("HAN_NOP", "dueOn", "day", certainty="S"),
    Field("LY_DO_MIEN", "exemption", certainty="?"),
    *(
        Field(name, None)
        for name in (
            *("MA_GCN", "SO_THUADAT", "SO_TO_BANDO", "DIA_CHI_TS", "MA_TINH_TS", "MA_HUYEN_TS", "MA_XA_TS"),
            *("MA_DBHC", "TEN_NNT", "MA_CHUONG", "LOAI_TK_NSNN", "SHKB", "TRANGTHAI"),
        )
    ),
)
PAYMENT = (
    Field("KENH", "channel", required=True, certainty="?"),
    Field("SO_THAM_CHIEU", "referenceNo", required=True, certainty="?"),
    Field("STT", "lineNo", "number", certainty="?"),
    Field("MA_THUA", "parcel", certainty="?"),
    Field("MA_TMUC", "subItem", required=True),
    Field("SO_TIEN", "amountVnd", "number", required=True, certainty="?"),
    Field("NGAY_NOP", "paidAt", required=True, certainty="?"),
    Field("SO_CHUNG_TU", "documentNo", certainty="?"),
    Field("SO_QUYET_DINH", "noticeNo"),
    Field("SO", "obligationId"),
    Field("SHKB", "treasuryCode"),
    Field("MA_CQUAN_THU", "taxOfficeCode"),
    Field("MA_SO_THUE", "payerRef"),
    Field("TEN_NNT", None),
    Field("MA_CHUONG", None),
    Field("LOAI_TK_NSNN", None),
    Field("MA_HS", None),
)
CONFIRMATION = (
    Field("MA_CQUAN_THU", "taxOfficeCode", required=True),
    Field("SO_QUYET_DINH", "noticeNo", required=True),
    Field("SO_XAC_NHAN", "referenceNo", required=True, certainty="?"),
    Field("NGAY_XAC_NHAN", "on", "day", required=True, certainty="?"),
    Field("LY_DO", "reason", certainty="?"),
    Field("MA_HS", None),
)
RETURN = (
    Field("SO_PHIEU", "slip", required=True, certainty="?"),
    Field("LY_DO_TRA", "reasons", "codes", required=True, certainty="?"),
    Field("GHI_CHU", "note", certainty="?"),
    Field("SO_CONG_VAN", "documentNo", certainty="?"),
    Field("MA_HS", None),
)
KINDS: Mapping[str, Sequence[Field]] = {
    "notice": NOTICE,
    "payment": PAYMENT,
    "confirmation": CONFIRMATION,
    "return": RETURN,
}
"""The kinds of messages that are taken; which TRAN_CODE is which is data (`message-codes`)."""
HEADER = (
    *("VERSION", "SENDER_CODE", "RECEIVER_CODE", "TRAN_CODE", "MSG_ID", "MSG_REFID", "SEND_DATE"),
    *("ERROR_CODE", "ERROR_DESC"),
)


def members_of(kind: str, row: Row, at: int) -> dict[str, object]:
    """Return a row by our names, numbers and days as our schemas take them; `at` counts rows from 1.

    Raises `MessageFieldInvalid` for a field that is not of the kind, or one that lacks.
    """
    fields = {field.name: field for field in KINDS[kind]}
    if unknown := sorted(set(row) - set(fields)):
        raise MessageFieldInvalid(
            field=unknown[0][:40], row=at, name=unknown[0][:40], why=gettext("it is not of this message")
        )
    given = {name: value.strip() for name, value in row.items() if value.strip()}
    for field in fields.values():
        if field.required and field.name not in given:
            raise MessageFieldInvalid(field=field.name, row=at, name=field.name, why=gettext("it lacks"))
    return {
        fields[name].member or "": _value(fields[name], value)
        for name, value in given.items()
        if fields[name].member is not None
    }


def name_of(kind: str, member: object) -> str:
    """Return the field that one of our members came from."""
    return next((field.name for field in KINDS[kind] if field.member == member), "ROW")


def _value(field: Field, text: str) -> object:
    """Return what a field holds; what does not fit stays text, which our schemas refuse."""
    if field.holds == "number" and NUMBER.fullmatch(text):
        return int(text)
    if field.holds == "day" and VIETNAMESE_DAY.fullmatch(text):
        try:
            return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return text
    return [each.strip() for each in text.split(",")] if field.holds == "codes" else text
