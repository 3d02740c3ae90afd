"""Write the text of a VietQR code, which a bank's app reads as a filled-in transfer: pure functions, no database.

Source: EMVCo QR Code Specification for Payment Systems, Merchant-Presented Mode: fields of a tag, a length and a
value, two digits each for the first two; VietQR puts account and bank in field 38.
"""

from __future__ import annotations

import re
from binascii import crc_hqx

GUID = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
DYNAMIC = "12"
DONG = "704"
COUNTRY = "VN"
LONGEST_PURPOSE = 25
"""Characters: what banks hand on uncut."""
BIN = re.compile(r"[0-9]{6}", re.ASCII)
ACCOUNT = re.compile(r"[0-9A-Z]{1,19}", re.ASCII)
PURPOSE = re.compile(rf"(?=.{{1,{LONGEST_PURPOSE}}}\Z)[0-9A-Za-z./-]+(?: [0-9A-Za-z./-]+)*", re.ASCII)
MOST_VND = 10**13 - 1
"""Đồng: field 54 takes 13 digits."""


class DoesNotFit(ValueError):
    """A value that the code has no room or no letters for; `field` names it."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} does not fit into a VietQR code: {value!r}")
        self.field = field


def purpose_of(obligation_id: str, dossier_code: str, payment_code: str | None = None) -> str:
    """Return what a transfer says of itself: the obligation, and the dossier without its dashes.

    An obligation whose id is too long goes by its payment code, alone where even that leaves no room for the dossier.
    Raises `DoesNotFit` rather than cut a number: a payment with half a number finds nobody.
    """
    dossier = dossier_code.replace("-", "")
    said = f"{obligation_id} {dossier}"
    if payment_code is not None and not PURPOSE.fullmatch(said):
        said = f"{payment_code} {dossier}"
        said = said if PURPOSE.fullmatch(said) else payment_code
    return _fitting("purpose", PURPOSE, said)


def code_text(*, bank_bin: str, account_no: str, amount_vnd: int, purpose: str) -> str:
    """Return the text of the code for a transfer of whole đồng; raise `DoesNotFit` for what it cannot carry."""
    if type(amount_vnd) is not int or not 0 < amount_vnd <= MOST_VND:
        raise DoesNotFit("amount_vnd", amount_vnd)
    bank = _field("00", _fitting("bank_bin", BIN, bank_bin))
    account = _field("01", _fitting("account_no", ACCOUNT, account_no))
    said = (
        _field("00", "01"),
        _field("01", DYNAMIC),
        _field("38", _field("00", GUID) + _field("01", bank + account) + _field("02", TO_ACCOUNT)),
        _field("53", DONG),
        _field("54", str(amount_vnd)),
        _field("58", COUNTRY),
        _field("62", _field("08", _fitting("purpose", PURPOSE, purpose))),
        "6304",
    )
    text = "".join(said)
    return f"{text}{crc(text.encode('ascii')):04X}"


def crc(told: bytes) -> int:
    """Return CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF)."""
    return crc_hqx(told, 0xFFFF)


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"


def _fitting(field: str, pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise DoesNotFit(field, value)
    return value
