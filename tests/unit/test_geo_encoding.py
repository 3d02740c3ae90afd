"""Old encodings of Vietnamese are recognised and read without losing a letter."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.geo import encoding
from landsvc.geo.encoding import TCVN3, UTF8, VNI, WINDOWS
from tests.factories.old_text import ENCODINGS, TCVN3_TABLE, VNI_TABLE, write

DATA = Path(__file__).parents[2] / "gis_data"
UNITS, USES = (
    list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))
    for name in ("units/admin_units.csv", "codelists/land_use_types.csv")
)
NAMES = [row["name_vi"] for row in [*UNITS, *USES]]
SHORT = sorted({row["name_short"] for row in UNITS if not row["name_short"].isascii()})
FULL = sorted({row["name_vi"] for row in UNITS if not row["name_vi"].isascii()})


@pytest.mark.parametrize(("name", "table"), [(TCVN3, TCVN3_TABLE), (VNI, VNI_TABLE)])
def test_font_encodings_have_every_small_letter(name: str, table: dict[str, str]) -> None:
    letters = {letter: form for letter, form in table.items() if letter.islower()}
    assert len(letters) == 12 * 6 + 1
    assert {encoding.decode(form.encode("latin-1"), name): form for form in letters.values()} == letters


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


@pytest.mark.parametrize("name", ENCODINGS)
def test_names_of_places_are_recognised_and_come_back(name: str) -> None:
    raw = [write(text, name) for text in NAMES]
    found = encoding.detect(raw)
    assert found.encoding == name
    assert found.told
    assert not found.mixed
    assert [encoding.decode(value, name) for value in raw] == NAMES


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_single_name_with_its_kind_is_told(name: str) -> None:
    """A file with one row: 'Phường Hố Nai' in any encoding leaves no doubt."""
    wrong = [
        text
        for text in FULL
        if not (found := encoding.detect([write(text, name)])).told or found.encoding != name
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_single_short_name_is_read_right_or_called_doubtful(name: str) -> None:
    doubtful = 0
    for text in SHORT:
        raw = write(text, name)
        found = encoding.detect([raw])
        doubtful += not found.told
        assert not found.told or encoding.decode(raw, found.encoding) == text
        assert found.told or len(found.readings) == 4
    assert doubtful <= len(SHORT) // 50


@given(st.lists(st.sampled_from(SHORT), min_size=3, max_size=30, unique=True), st.sampled_from(ENCODINGS))
def test_a_few_short_names_are_never_read_wrong(names: list[str], name: str) -> None:
    raw = [write(text, name) for text in names]
    found = encoding.detect(raw)
    assert found.told
    assert [encoding.decode(value, found.encoding) for value in raw] == names


@pytest.mark.parametrize("name", [TCVN3, VNI])
def test_font_encodings_saved_as_unicode_are_recognised(name: str) -> None:
    texts = [write(text, name).decode("latin-1") for text in NAMES]
    found = encoding.detect_text(texts)
    assert found.encoding == name
    assert [encoding.mend(text, name) for text in texts] == NAMES


def test_every_vietnamese_name_is_plausible() -> None:
    assert encoding.likeness(NAMES).spelt == 1.0


def test_mixed_files_are_called_mixed_and_read_value_by_value() -> None:
    raw = [write(text.lower(), TCVN3 if row % 5 else UTF8) for row, text in enumerate(NAMES)]
    found = encoding.detect(raw)
    assert found.mixed
    read = [encoding.decode(value, encoding.best_for(value, found.encoding)) for value in raw]
    assert read == [text.lower() for text in NAMES]


def test_what_reads_in_no_encoding_is_not_told() -> None:
    found = encoding.detect(["Café Müller".encode("cp1252")])
    assert not found.told
    assert "windows-1252: Café Müller" in found.readings


def test_what_reads_in_two_encodings_is_not_told_unless_the_file_says() -> None:
    raw = write("Hố Nai", TCVN3)
    found = encoding.detect([raw])
    assert not found.told
    assert {"TCVN3: Hố Nai", "windows-1258: Hè Nai"} <= set(found.readings)
    assert encoding.detect([raw], declared="cp1258").encoding == "windows-1258"


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Văn Ánh",
        "Ủy ban nhân dân phường Bình Phước",
        "Ấp Bù Xiết",
        "XÃ TÂN KHAI",
        "đất trồng lúa",
        "Xã Lộ 25",
        "Loại đất",
        "đường ấp ở xa",
    ],
)
def test_capitals_that_tcvn3_cannot_write_are_raised_again(text: str) -> None:
    assert encoding.decode(write(text, TCVN3), TCVN3) == text


def test_a_value_of_a_decomposed_file_is_not_called_something_else() -> None:
    raw = write("Phường Bình Phước", "UTF-8 (decomposed)")
    assert encoding.best_for(raw, "UTF-8 (decomposed)") == "UTF-8 (decomposed)"
    assert encoding.best_for(write("Phường Bình Phước", TCVN3), "UTF-8 (decomposed)") == TCVN3


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
