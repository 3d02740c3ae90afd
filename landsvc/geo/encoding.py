"""Recognise how Vietnamese text was written and turn it into Unicode NFC.

Offices hold 30 years of files: UTF-8, decomposed Unicode, Windows-1258, and two font encodings that pretend to
be Latin-1 (TCVN3 for fonts named .Vn…, VNI for fonts named VNI-…). A guess is judged by how many of the words
with accents read as Vietnamese syllables, which other encodings almost never produce.
Source: TCVN 5712:1993 (VN3); VNI-Win character set.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from landsvc.geo.syllables import ACUTE, DOT, GRAVE, HOOK, TILDE, likeness

UTF8, DECOMPOSED, TCVN3, VNI, WINDOWS = "UTF-8", "UTF-8 (decomposed)", "TCVN3", "VNI", "windows-1258"
LATIN = "windows-1252"
EIGHT_BIT = (TCVN3, VNI, WINDOWS)
_UNICODE = (UTF8, DECOMPOSED)
KNOWN = (UTF8, DECOMPOSED, TCVN3, VNI, WINDOWS, LATIN)
ALIASES = {
    "utf8": UTF8,
    "utf-8": UTF8,
    "65001": UTF8,
    "tcvn3": TCVN3,
    "abc": TCVN3,
    "tcvn": TCVN3,
    "vni": VNI,
    "1258": WINDOWS,
    "cp1258": WINDOWS,
    "windows-1258": WINDOWS,
    "1252": LATIN,
    "cp1252": LATIN,
    "windows-1252": LATIN,
    "iso-8859-1": LATIN,
    "latin1": LATIN,
}

_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬­®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TCVN3_TABLE = str.maketrans(_TCVN3)
_TCVN3_CAPITALS = frozenset("ăâêôơưđ")
"""Letters beyond ASCII that have a capital there."""

_FIRST_LETTER = re.compile(r"(?<!\S)[^\W\d_]")

# Marks VNI writes after a base letter, as combining characters.
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VNI_MARKS = {
    "ø": GRAVE,
    "ù": ACUTE,
    "û": HOOK,
    "õ": TILDE,
    "ï": DOT,
    "â": _CIRCUMFLEX,
    "à": _CIRCUMFLEX + GRAVE,
    "á": _CIRCUMFLEX + ACUTE,
    "å": _CIRCUMFLEX + HOOK,
    "ã": _CIRCUMFLEX + TILDE,
    "ä": _CIRCUMFLEX + DOT,
    "ê": _BREVE,
    "è": _BREVE + GRAVE,
    "é": _BREVE + ACUTE,
    "ú": _BREVE + HOOK,
    "ü": _BREVE + TILDE,
    "ë": _BREVE + DOT,
}
_VNI_ALONE = {
    "ô": "ơ",
    "ö": "ư",
    "ñ": "đ",
    "æ": "ỉ",
    "ó": "ĩ",
    "ò": "ị",
    "î": "ỵ",
    "í": "í",
    "ì": "ì",
}
_VNI_PAIR = re.compile(r"([aeiouyôöAEIOUYÔÖ])([øùûõïâàáåãäêèéúüëØÙÛÕÏÂÀÁÅÃÄÊÈÉÚÜË])|([ôöñæóòîíìÔÖÑÆÓÒÎÍÌ])")

_TRUSTED_SHARE = 0.6
_MOST_READINGS = 3


@dataclass(frozen=True)
class Detection:
    """How the text of a file seems to be written, and why we think so."""

    encoding: str
    guessed: bool
    reason: str
    mixed: bool = False
    """Whether some values read only in another encoding; each value is then judged by itself."""
    told: bool = True
    """False where no encoding, or more than one, makes sense: a person has to say."""
    readings: tuple[str, ...] = ()
    """What a sample would read in each encoding, where it could not be told."""


def canonical(name: str) -> str | None:
    """Return our name of an encoding somebody typed or a file declares, or None if we do not know it."""
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    return ALIASES.get(key) or ALIASES.get(key.removeprefix("ansi-").removeprefix("cp"))


def detect(samples: Iterable[bytes], declared: str | None = None) -> Detection:
    """Judge raw text of a file with eight-bit characters; `declared` is what the file says of itself."""
    stated = canonical(declared or "")
    odd = [sample for sample in dict.fromkeys(samples) if not sample.isascii()]
    if not odd:
        return Detection(stated or UTF8, False, "The text is plain ASCII.")
    good = [sample for sample in odd if _has_utf8(sample)]
    rest = [sample for sample in odd if not _is_utf8(sample)] if good else odd
    if not rest:
        return _utf8_kind([_whole(sample).decode("utf-8") for sample in odd], declared)
    telling = [sample for sample in rest if not _reads_alike(sample)]
    if not good and not telling:
        return Detection(stated or LATIN, False, "Beyond ASCII are only signs that every encoding writes alike.")
    found = _eight_bit(telling or rest, stated)
    if not good:
        return found
    usual = UTF8 if len(good) * 2 > len(odd) or not found.told else found.encoding
    return Detection(usual, True, f"Part of the text is UTF-8. {found.reason}", mixed=True)


def detect_text(samples: Iterable[str]) -> Detection:
    """Judge text that came as Unicode: it may be decomposed, or bytes of another encoding read as Latin letters."""
    odd = [sample for sample in dict.fromkeys(samples) if not sample.isascii()]
    if not odd:
        return Detection(UTF8, False, "The text is plain ASCII.")
    latin = [raw for raw in map(_as_latin, odd) if raw is not None]
    if len(latin) > len(odd) / 2 and likeness(odd).spelt < _TRUSTED_SHARE:
        found = _eight_bit(latin, None)
        if found.told:
            reason = f"The letters read as Vietnamese only in {found.encoding}."
            return Detection(found.encoding, True, reason, found.mixed or len(latin) < len(odd))
        if found.encoding in EIGHT_BIT:
            return found
    return _utf8_kind(odd, UTF8)


def _eight_bit(samples: list[bytes], stated: str | None) -> Detection:
    """Choose among the encodings with one byte a letter; what the file states breaks a tie only."""
    likely = {name: likeness(decode(sample, name) for sample in samples) for name in EIGHT_BIT}
    order = sorted(EIGHT_BIT, key=lambda name: (likely[name], name == stated), reverse=True)
    best, second = order[0], order[1]
    if likely[best].spelt < _TRUSTED_SHARE:
        reason = "The text does not read as Vietnamese in any encoding we know."
        return Detection(
            stated or LATIN, True, reason, told=stated in {WINDOWS, LATIN}, readings=_readings(samples)
        )
    tie = likely[best] == likely[second] and stated != best
    if tie and any(decode(sample, best) != decode(sample, second) for sample in samples):
        reason = f"The text reads as Vietnamese both in {best} and in {second}."
        return Detection(best, True, reason, told=False, readings=_readings(samples))
    mixed = any(best_for(sample, best) != best for sample in samples)
    return Detection(best, True, f"{likely[best].spelt:.0%} of the words with accents read as Vietnamese.", mixed)


def _readings(samples: list[bytes]) -> tuple[str, ...]:
    """Show the shortest samples in each encoding."""
    shown = sorted(samples, key=len)[:_MOST_READINGS]
    return tuple(f"{name}: {', '.join(decode(raw, name) for raw in shown)}" for name in (*EIGHT_BIT, LATIN))


def decode(raw: bytes, encoding: str) -> str:
    """Return text as NFC. What cannot be read becomes U+FFFD; a last character cut in two is dropped."""
    match encoding:
        case "TCVN3":
            return _raise_capitals(unicodedata.normalize("NFC", _latin(raw).translate(_TCVN3_TABLE)))
        case "VNI":
            return unicodedata.normalize("NFC", _VNI_PAIR.sub(_vni_letter, _latin(raw)))
        case "windows-1258":
            return unicodedata.normalize("NFC", raw.decode("cp1258", "replace"))
        case "windows-1252":
            return unicodedata.normalize("NFC", raw.decode("cp1252", "replace"))
        case _:
            return unicodedata.normalize("NFC", _whole(raw).decode("utf-8", "replace"))


def best_for(raw: bytes, usual: str) -> str:
    """Return the encoding of one value in a mixed file: the usual one unless another reads clearly better."""
    if raw.isascii():
        return usual
    if _has_utf8(raw):
        return usual if usual in _UNICODE else UTF8
    if usual not in _UNICODE and likeness([decode(raw, usual)]).spelt == 1.0:
        return usual
    order = [usual, *(name for name in EIGHT_BIT if name != usual)]
    return max(order, key=lambda name: -1.0 if name in _UNICODE else likeness([decode(raw, name)]).spelt)


@lru_cache(maxsize=65536)
def mend(text: str, encoding: str) -> str:
    """Return Unicode text as NFC, reading Latin letters as the eight-bit encoding the file is in.

    A value that is Vietnamese as it stands, and not in that encoding, stays.
    """
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFC", text)
    raw = _as_latin(text) if encoding in EIGHT_BIT else None
    if raw is None:
        return plain
    read = decode(raw, encoding)
    return plain if likeness([plain]).spelt > likeness([read]).spelt else read


def _utf8_kind(texts: list[str], declared: str | None) -> Detection:
    stated = canonical(declared or "") == UTF8
    if any(text != unicodedata.normalize("NFC", text) for text in texts):
        return Detection(DECOMPOSED, not stated, "Letters and marks are stored apart; they were composed.")
    return Detection(UTF8, not stated, "All text is valid UTF-8.")


def _reads_alike(raw: bytes) -> bool:
    """Tell whether text is the same in every encoding of one byte a letter, as `m²` and `30°` are."""
    return not _has_utf8(raw) and len({decode(raw, name) for name in (*EIGHT_BIT, LATIN)}) == 1


def _has_utf8(raw: bytes) -> bool:
    """Tell whether text is UTF-8 with a whole letter beyond ASCII: a last one cut in two proves nothing."""
    return not _whole(raw).isascii() and _is_utf8(raw)


def _is_utf8(raw: bytes) -> bool:
    try:
        _whole(raw).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _whole(raw: bytes) -> bytes:
    """Drop a last UTF-8 character that a fixed field width cut in two."""
    for back in range(1, min(4, len(raw)) + 1):
        lead = raw[-back]
        if lead >= 0xC0:
            width = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return raw[:-back] if width > back else raw
        if lead < 0x80:
            break
    return raw


def _latin(raw: bytes) -> str:
    return raw.decode("latin-1")


def _as_latin(text: str) -> bytes | None:
    """Give back the bytes of text that was read as Windows-1252 or Latin-1; None where it was not."""
    found = bytearray()
    for letter in text:
        code = ord(letter)
        if code > 0xFF:
            try:
                code = letter.encode("cp1252")[0]
            except UnicodeEncodeError:
                return None
        found.append(code)
    return bytes(found)


def _vni_letter(match: re.Match[str]) -> str:
    base, mark, alone = match.groups()
    letter = alone or base
    plain = _VNI_ALONE.get(letter.lower(), letter.lower())
    result = plain + (_VNI_MARKS[mark.lower()] if mark else "")
    return result.upper() if letter.isupper() else result


def _raise_capitals(text: str) -> str:
    """Capitals with a tone exist in TCVN3 only as a font (.VnTimeH): raise them where all else is capital.

    Where the words that can tell all begin with a capital, and not the first alone, every word is raised; where
    one does, the first letter of the text is.
    """
    words = [word for word in text.split() if word[0].isalpha()]
    inner = [letter for word in words for letter in word[1:] if letter.isascii() and letter.isalpha()]
    if inner and all(letter.isupper() for letter in inner):
        return text.upper()
    sure = [word[0].isupper() for word in words if _has_both_cases(word[0])]
    later = any(_has_both_cases(word[0]) for word in words[1:])
    if later and all(sure):
        return _FIRST_LETTER.sub(lambda found: _raised(found.group()), text)
    if any(sure):
        return _raised(text[0]) + text[1:]
    return text


def _has_both_cases(letter: str) -> bool:
    """Tell whether TCVN3 writes the small and the capital letter apart."""
    return letter.isascii() or letter.lower() in _TCVN3_CAPITALS


def _raised(letter: str) -> str:
    return letter if _has_both_cases(letter) else letter.upper()
