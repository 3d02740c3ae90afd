"""VietQR codes say what was put into them, and take nothing that does not fit."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from landsvc.finance.mirror import vietqr
from landsvc.finance.mirror.vietqr import DoesNotFit

GOOD = {
    "bank_bin": "000001",
    "account_no": "0000111122",
    "amount_vnd": 12_500_000,
    "purpose": "KP1 HS202600012384",
}
WORD = st.text("0123456789ABCXYZabc./-", min_size=1, max_size=25)
PURPOSE = st.lists(WORD, min_size=1, max_size=3).map(" ".join).filter(lambda text: len(text) <= 25)


def fields(text: str) -> dict[str, str]:
    """Read tags, lengths and values one after another."""
    found = {}
    while text:
        tag, length = text[:2], int(text[2:4])
        value, text = text[4 : 4 + length], text[4 + length :]
        assert len(value) == length
        assert tag not in found
        found[tag] = value
    return found


def crc_bit_by_bit(told: bytes) -> int:
    register = 0xFFFF
    for byte in told:
        for bit in range(7, -1, -1):
            top = register >> 15 ^ byte >> bit & 1
            register = (register << 1 & 0xFFFF) ^ (0x1021 if top else 0)
    return register


def test_the_checksum_is_ccitt_false():
    assert vietqr.crc(b"123456789") == 0x29B1


@given(st.binary(max_size=64))
def test_the_checksum_is_that_of_the_definition(told):
    assert vietqr.crc(told) == crc_bit_by_bit(told)


@given(
    st.from_regex(r"[0-9]{6}", fullmatch=True, alphabet=st.characters(codec="ascii")),
    st.text("0123456789ABCXYZ", min_size=1, max_size=19),
    st.integers(1, 10**13 - 1),
    PURPOSE,
)
@example("000001", "0", 10**13 - 1, "x" * 25)
def test_a_code_reads_back_as_it_was_written(bank, account, amount, purpose):
    text = vietqr.code_text(bank_bin=bank, account_no=account, amount_vnd=amount, purpose=purpose)
    told = fields(text)
    assert list(told) == ["00", "01", "38", "53", "54", "58", "62", "63"]
    assert (told["00"], told["01"], told["53"], told["58"]) == ("01", "12", "704", "VN")
    to = fields(told["38"])
    assert (to["00"], to["02"]) == ("A000000727", "QRIBFTTA")
    assert fields(to["01"]) == {"00": bank, "01": account}
    assert told["54"] == str(amount)
    assert fields(told["62"]) == {"08": purpose}
    assert int(told["63"], 16) == crc_bit_by_bit(text[:-4].encode())
    assert text[-8:-4] == "6304"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bank_bin", "00000"),
        ("bank_bin", "0000010"),
        ("bank_bin", "00000\N{ARABIC-INDIC DIGIT ONE}"),
        ("bank_bin", "000001\n"),
        ("account_no", ""),
        ("account_no", "1" * 20),
        ("account_no", "12 34"),
        ("amount_vnd", 0),
        ("amount_vnd", -1),
        ("amount_vnd", 10**13),
        ("amount_vnd", 100.0),
        ("amount_vnd", True),
        ("purpose", ""),
        ("purpose", "x" * 26),
        ("purpose", "tiền đất"),
        ("purpose", " x"),
        ("purpose", "x\n"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(field, value):
    with pytest.raises(DoesNotFit) as refused:
        vietqr.code_text(**GOOD | {field: value})
    assert refused.value.field == field


def test_a_purpose_names_obligation_and_dossier_and_is_never_cut():
    assert vietqr.purpose_of("KP00000001", "HS-2026-000123-84") == "KP00000001 HS202600012384"
    with pytest.raises(DoesNotFit, match="purpose"):
        vietqr.purpose_of("KP000000012", "HS-2026-000123-84")
    with pytest.raises(DoesNotFit, match="purpose"):
        vietqr.purpose_of("", "HS-2026-000123-84")
