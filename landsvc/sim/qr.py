"""Read the text of a VietQR code as a bank's app does.

Source: EMVCo QR Code Specification for Payment Systems, Merchant-Presented Mode: fields of a tag, a length and a value,
two digits each for the first two; field 63 is CRC-16/CCITT-FALSE over all before it, with its own tag and length.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from dataclasses import dataclass

from landsvc.sim.errors import CodeUnreadable

LONGEST = 512
GUID = "A000000727"
ORDER = re.compile(r"LP-?([0-9]{4})-?([0-9]{6,10})(?:-?([0-9A-Z]{1,2}))?", re.ASCII)
OBLIGATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", re.ASCII)
DOSSIER = re.compile(r"HS([0-9]{4})([0-9]{6,12})([0-9]{2})", re.ASCII)


@dataclass(frozen=True)
class Scanned:
    """A transfer as its code fills it in; amount in đồng."""

    bank_bin: str
    account_no: str
    amount_vnd: int
    text: str

    @property
    def order_code(self) -> str | None:
        """Return the order of fees that the text names."""
        found = ORDER.search(self.text)
        return None if found is None else "-".join(("LP", *(part for part in found.groups() if part)))

    @property
    def dossier(self) -> str | None:
        """Return the dossier that the text names, with its dashes again."""
        found = DOSSIER.search(self.text)
        return found and "-".join(("HS", *found.groups()))

    @property
    def obligation_id(self) -> str | None:
        """Return the obligation: the first word, where that is neither an order nor a dossier."""
        first = self.text.partition(" ")[0]
        other = ORDER.match(first) or DOSSIER.fullmatch(first)
        return first if OBLIGATION.fullmatch(first) and not other else None


def scan(code: str) -> Scanned:
    """Return the transfer a code tells; raise `CodeUnreadable`."""
    told = code.strip()
    if not told.isascii() or not 12 <= len(told) <= LONGEST:
        raise CodeUnreadable(reason="its length or its signs are not those of a code")
    if told[-8:-4] != "6304" or told[-4:].upper() != f"{crc_hqx(told[:-4].encode(), 0xFFFF):04X}":
        raise CodeUnreadable(reason="its checksum does not fit: a sign was misread")
    fields = _fields(told)
    merchant = _fields(fields.get("38", ""))
    account = _fields(merchant.get("01", ""))
    amount = fields.get("54", "")
    if fields.get("00") != "01" or merchant.get("00") != GUID or fields.get("53") != "704":
        raise CodeUnreadable(reason="it is no VietQR transfer in đồng")
    if not re.fullmatch(r"[1-9][0-9]{0,12}", amount):
        raise CodeUnreadable(reason="it names no amount in whole đồng")
    if not account.get("00") or not account.get("01"):
        raise CodeUnreadable(reason="it names no account")
    text = _fields(fields.get("62", "")).get("08", "")
    return Scanned(account["00"], account["01"], int(amount), text)


def _fields(text: str) -> dict[str, str]:
    """Return the fields of a text by their tags; raise `CodeUnreadable` where a length leads nowhere."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if not re.fullmatch(r"[0-9]{4}", head) or head[:2] in found:
            raise CodeUnreadable(reason="a field has no tag and length, or stands twice")
        value = text[at + 4 : at + 4 + int(head[2:])]
        if len(value) < int(head[2:]):
            raise CodeUnreadable(reason="a field is longer than the code")
        found[head[:2]] = value
        at += 4 + len(value)
    return found
