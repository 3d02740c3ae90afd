"""Old encodings of Vietnamese are recognised and read without losing a letter."""

from __future__ import annotations

import csv
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.geo import encoding
from landsvc.geo.encoding import DECOMPOSED, TCVN3, UTF8, VNI, WINDOWS

DATA = Path(__file__).parents[2] / "gis_data"
NAMES = [
    row["name_vi"]
    for name in ("units/admin_units.csv", "codelists/land_use_types.csv")
    for row in csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines())
]
VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"]
LETTERS = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES] + ["đ"]


@cache
def inverse(name: str) -> dict[str, bytes]:
    """Find the bytes of each lower-case letter by asking the decoder for every candidate."""
    alone = "ôöñæóòîíì".encode("latin-1") if name == VNI else bytes(range(128, 256))
    singles = [bytes([code]) for code in [*range(128), *alone]]
    pairs = [bytes([base, mark]) for base in b"aeiouy\xf4\xf6" for mark in range(0xA1, 0x100)]
    found: dict[str, bytes] = {}
    for raw in singles + (pairs if name == VNI else []):
        found.setdefault(encoding.decode(raw, name), raw)
    return found


def write(text: str, name: str) -> bytes:
    """Write text as an old office would; capitals with accents only where the encoding has them."""
    if name == UTF8:
        return text.encode()
    if name == DECOMPOSED:
        return unicodedata.normalize("NFD", text).encode()
    if name == WINDOWS:
        # This code page stores vowels composed and tones apart.
        parts = [unicodedata.normalize("NFD", letter) for letter in text]
        joined = [unicodedata.normalize("NFC", p.translate(dict.fromkeys(map(ord, TONES[1:])))) for p in parts]
        tones = ["".join(t for t in p if t in TONES[1:]) for p in parts]
        return "".join(a + b for a, b in zip(joined, tones, strict=True)).encode("cp1258")
    table = inverse(name)
    return b"".join(table[letter] if letter in table else letter.encode("ascii") for letter in text)


@pytest.mark.parametrize("name", [TCVN3, VNI])
def test_font_encodings_have_every_small_letter(name: str) -> None:
    assert set(LETTERS) <= set(inverse(name))


@pytest.mark.parametrize(
    ("raw", "name", "text"),
    [
        ("§Êt ë t¹i ®« thÞ", TCVN3, "Đất ở tại đô thị"),
        ("B×NH PH¦íC", TCVN3, "BÌNH PHƯỚC"),
        ("Ñaát ôû taïi ñoâ thò", VNI, "Đất ở tại đô thị"),
        ("ÑAÁT ÔÛ TAÏI ÑOÂ THÒ", VNI, "ĐẤT Ở TẠI ĐÔ THỊ"),
        (
            "Traûng Baøng, Goø Daàu, Höôùng Nghóa, kyõ thuaät, luõy",
            VNI,
            "Trảng Bàng, Gò Dầu, Hướng Nghĩa, kỹ thuật, lũy",
        ),
    ],
)
def test_known_texts_are_read(raw: str, name: str, text: str) -> None:
    assert encoding.decode(raw.encode("latin-1"), name) == text


@pytest.mark.parametrize("name", [UTF8, DECOMPOSED, TCVN3, VNI, WINDOWS])
def test_names_of_places_are_recognised_and_come_back(name: str) -> None:
    lower = [text.lower() for text in NAMES]
    raw = [write(text, name) for text in lower]
    found = encoding.detect(raw)
    assert found.encoding == name
    assert not found.mixed
    assert [encoding.decode(value, name) for value in raw] == lower


@pytest.mark.parametrize("name", [TCVN3, VNI])
def test_font_encodings_saved_as_unicode_are_recognised(name: str) -> None:
    texts = [write(text.lower(), name).decode("latin-1") for text in NAMES]
    found = encoding.detect_text(texts)
    assert found.encoding == name
    assert [encoding.mend(text, name) for text in texts] == [text.lower() for text in NAMES]


def test_every_vietnamese_name_is_plausible() -> None:
    assert encoding.plausibility(NAMES) == 1.0


def test_mixed_files_are_called_mixed_and_read_value_by_value() -> None:
    raw = [write(text.lower(), TCVN3 if row % 5 else UTF8) for row, text in enumerate(NAMES)]
    found = encoding.detect(raw)
    assert found.mixed
    read = [encoding.decode(value, encoding.best_for(value, found.encoding)) for value in raw]
    assert read == [text.lower() for text in NAMES]


def test_ascii_needs_no_guess() -> None:
    found = encoding.detect([b"Map 12", b"345"])
    assert (found.encoding, found.guessed) == (UTF8, False)


def test_a_declared_encoding_breaks_a_tie_only() -> None:
    assert encoding.detect([write("đất ở tại đô thị", TCVN3)], declared="cp1252").encoding == TCVN3
    assert encoding.detect(["Café Müller".encode("cp1252")], declared="1252").encoding == "windows-1252"


def test_a_letter_cut_by_the_field_width_is_dropped() -> None:
    raw = "Phường Bình Phước".encode()[:-3]
    assert encoding.decode(raw, UTF8) == "Phường Bình Phư"
    assert encoding.detect([raw]).encoding == UTF8


@given(st.binary(max_size=40), st.sampled_from(encoding.KNOWN))
def test_no_bytes_break_the_reader(raw: bytes, name: str) -> None:
    text = encoding.decode(raw, name)
    assert text == unicodedata.normalize("NFC", text)
    encoding.detect([raw])


@pytest.mark.parametrize(
    ("typed", "known"), [("utf8", UTF8), ("TCVN3", TCVN3), ("ABC", TCVN3), ("cp1258", WINDOWS), ("klingon", None)]
)
def test_names_of_encodings(typed: str, known: str | None) -> None:
    assert encoding.canonical(typed) == known
