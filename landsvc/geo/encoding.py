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

UTF8, DECOMPOSED, TCVN3, VNI, WINDOWS = "UTF-8", "UTF-8 (decomposed)", "TCVN3", "VNI", "windows-1258"
LATIN = "windows-1252"
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

# Marks VNI writes after a base letter, as combining characters.
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VNI_MARKS = {
    "ø": _GRAVE,
    "ù": _ACUTE,
    "û": _HOOK,
    "õ": _TILDE,
    "ï": _DOT,
    "â": _CIRCUMFLEX,
    "à": _CIRCUMFLEX + _GRAVE,
    "á": _CIRCUMFLEX + _ACUTE,
    "å": _CIRCUMFLEX + _HOOK,
    "ã": _CIRCUMFLEX + _TILDE,
    "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE,
    "è": _BREVE + _GRAVE,
    "é": _BREVE + _ACUTE,
    "ú": _BREVE + _HOOK,
    "ü": _BREVE + _TILDE,
    "ë": _BREVE + _DOT,
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

_RHYMES = re.findall(
    r"\w+",
    """
a ac ach ai am an ang anh ao ap at au ay ak ăc ăm ăn ăng ăp ăt ăk âc âm ân âng âp ât âu ây âk
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êk i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc
oong op ot ô ôc ôi ôm ôn ông ôp ôt ôk ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uên uênh ui um un ung
uôc uôi uôm uôn uông uôp uôt uơ up ut uk uy uya uych uyên uyêt uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưng ươc ươi
ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu
""",
)
_SYLLABLE = re.compile(
    "(?:ngh?|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?(?:"
    + "|".join(sorted(_RHYMES, key=len, reverse=True))
    + ")"
)
_TONES = str.maketrans("", "", _GRAVE + _ACUTE + _HOOK + _TILDE + _DOT)
_WORD = re.compile(r"[^\W\d_]+")
_TRUSTED_SHARE = 0.6


@dataclass(frozen=True)
class Detection:
    """How the text of a file seems to be written, and why we think so."""

    encoding: str
    guessed: bool
    reason: str
    mixed: bool = False
    """Whether some values read only in another encoding; each value is then judged by itself."""


def canonical(name: str) -> str | None:
    """Return our name of an encoding somebody typed or a file declares, or None if we do not know it."""
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    return ALIASES.get(key) or ALIASES.get(key.removeprefix("ansi-").removeprefix("cp"))


def detect(samples: Iterable[bytes], declared: str | None = None) -> Detection:
    """Judge raw text of a file with eight-bit characters; `declared` is what the file says of itself."""
    odd = [sample for sample in dict.fromkeys(samples) if not sample.isascii()]
    if not odd:
        return Detection(canonical(declared or "") or UTF8, False, "The text is plain ASCII.")
    good = [sample for sample in odd if _is_utf8(sample)]
    if len(good) == len(odd):
        return _utf8_kind([_whole(sample).decode("utf-8") for sample in odd], declared)
    scores = {name: plausibility(decode(sample, name) for sample in odd) for name in (TCVN3, VNI, WINDOWS)}
    scores[UTF8] = plausibility(decode(sample, UTF8) for sample in good) * len(good) / len(odd)
    best = max(scores, key=lambda name: (scores[name], name == canonical(declared or "")))
    if scores[best] < _TRUSTED_SHARE and not good:
        fallback = canonical(declared or "") or LATIN
        return Detection(fallback, True, "The text does not read as Vietnamese in any encoding we know.")
    mixed = any(best_for(sample, best) != best for sample in odd)
    reason = f"{scores[best]:.0%} of the words with accents read as Vietnamese."
    return Detection(best, True, reason, mixed)


def detect_text(samples: Iterable[str]) -> Detection:
    """Judge text that came as Unicode: it may be decomposed, or a font encoding read as Latin letters."""
    odd = [sample for sample in dict.fromkeys(samples) if not sample.isascii()]
    if not odd:
        return Detection(UTF8, False, "The text is plain ASCII.")
    latin = [raw for raw in map(_as_latin, odd) if raw is not None]
    if len(latin) > len(odd) / 2 and plausibility(odd) < _TRUSTED_SHARE:
        scores = {name: plausibility(decode(raw, name) for raw in latin) for name in (TCVN3, VNI)}
        best = max(scores, key=lambda name: scores[name])
        if scores[best] >= _TRUSTED_SHARE:
            mixed = len(latin) < len(odd)
            return Detection(best, True, f"The letters read as Vietnamese only in {best}.", mixed)
    return _utf8_kind(odd, UTF8)


def decode(raw: bytes, encoding: str) -> str:
    """Return text as NFC. What cannot be read becomes U+FFFD; a last character cut in two is dropped."""
    match encoding:
        case "TCVN3":
            return _upper_if_shouting(unicodedata.normalize("NFC", _latin(raw).translate(_TCVN3_TABLE)))
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
    if _is_utf8(raw):
        return UTF8
    order = [usual, *(name for name in (TCVN3, VNI, WINDOWS) if name != usual)]
    return max(order, key=lambda name: -1.0 if name == UTF8 else plausibility([decode(raw, name)]))


@lru_cache(maxsize=65536)
def mend(text: str, encoding: str) -> str:
    """Return Unicode text as NFC, reading Latin letters as a font encoding if the file is in one."""
    if text.isascii():
        return text
    raw = _as_latin(text) if encoding in (TCVN3, VNI) else None
    return unicodedata.normalize("NFC", text) if raw is None else decode(raw, encoding)


def plausibility(texts: Iterable[str]) -> float:
    """Return the share of words with accents that are Vietnamese syllables; 0 when there are none."""
    words = [word for text in texts for word in _WORD.findall(unicodedata.normalize("NFC", text).lower())]
    accented = [word for word in words if not word.isascii()]
    return sum(map(_is_syllable, accented)) / len(accented) if accented else 0.0


@lru_cache(maxsize=65536)
def _is_syllable(word: str) -> bool:
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).translate(_TONES))
    return _SYLLABLE.fullmatch(plain) is not None


def _utf8_kind(texts: list[str], declared: str | None) -> Detection:
    stated = canonical(declared or "") == UTF8
    if any(text != unicodedata.normalize("NFC", text) for text in texts):
        return Detection(DECOMPOSED, not stated, "Letters and marks are stored apart; they were composed.")
    return Detection(UTF8, not stated, "All text is valid UTF-8.")


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
    for codec in ("latin-1", "cp1252"):
        try:
            return text.encode(codec)
        except UnicodeEncodeError:
            continue
    return None


def _vni_letter(match: re.Match[str]) -> str:
    base, mark, alone = match.groups()
    letter = alone or base
    plain = _VNI_ALONE.get(letter.lower(), letter.lower())
    result = plain + (_VNI_MARKS[mark.lower()] if mark else "")
    return result.upper() if letter.isupper() else result


def _upper_if_shouting(text: str) -> str:
    """Capitals with accents exist in TCVN3 only as a font (.VnTimeH): raise them where all else is capital."""
    ascii_letters = [letter for letter in text if letter.isascii() and letter.isalpha()]
    if len(ascii_letters) > 1 and all(letter.isupper() for letter in ascii_letters):
        return text.upper()
    return text
