"""Write Vietnamese text the ways offices did, from tables of our own: nothing here asks the reader under test."""

from __future__ import annotations

import unicodedata

TONES = ("\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
UTF8, DECOMPOSED, TCVN3, VNI, WINDOWS = "UTF-8", "UTF-8 (decomposed)", "TCVN3", "VNI", "windows-1258"
ENCODINGS = (UTF8, DECOMPOSED, TCVN3, VNI, WINDOWS)

# Each row: a letter and how it is written plain, grave, acute, hook, tilde, dot.
_TCVN3 = """
a a µ ¸ ¶ · ¹
ă ¨ » ¾ ¼ ½ Æ
â © Ç Ê È É Ë
e e Ì Ð Î Ï Ñ
ê ª Ò Õ Ó Ô Ö
i i × Ý Ø Ü Þ
o o ß ã á â ä
ô « å è æ ç é
ơ ¬ ê í ë ì î
u u ï ó ñ ò ô
ư \u00ad õ ø ö ÷ ù
y y ú ý û ü þ
đ ®
Ă ¡
Â ¢
Ê £
Ô ¤
Ơ ¥
Ư ¦
Đ §
"""
_VNI = """
a a aø aù aû aõ aï
ă aê aè aé aú aü aë
â aâ aà aá aå aã aä
e e eø eù eû eõ eï
ê eâ eà eá eå eã eä
i i ì í æ ó ò
o o oø où oû oõ oï
ô oâ oà oá oå oã oä
ơ ô ôø ôù ôû ôõ ôï
u u uø uù uû uõ uï
ư ö öø öù öû öõ öï
y y yø yù yû yõ î
đ ñ
"""


def _table(text: str) -> dict[str, str]:
    made = {}
    for line in text.strip().splitlines():
        letter, *written = line.split(" ")
        for tone, form in zip(("", *TONES), written, strict=False):
            made[unicodedata.normalize("NFC", letter + tone)] = form
    return made


TCVN3_TABLE = _table(_TCVN3)
VNI_TABLE = _table(_VNI)
VNI_TABLE |= {letter.upper(): form.upper() for letter, form in VNI_TABLE.items()}


def write(text: str, encoding: str) -> bytes:
    """Return text as an old office stored it; TCVN3 has no capitals with a tone and writes the small letter."""
    match encoding:
        case "TCVN3":
            table = TCVN3_TABLE
            return "".join(table.get(c) or (c if c.isascii() else table.get(c.lower(), c)) for c in text).encode(
                "latin-1"
            )
        case "VNI":
            return "".join(VNI_TABLE.get(letter, letter) for letter in text).encode("latin-1")
        case "windows-1258":
            return "".join(map(_tone_apart, text)).encode("cp1258")
        case "UTF-8 (decomposed)":
            return unicodedata.normalize("NFD", text).encode()
    return text.encode()


def _tone_apart(letter: str) -> str:
    """This code page stores vowels composed and tones apart."""
    parts = unicodedata.normalize("NFD", letter)
    tone = "".join(mark for mark in parts if mark in TONES)
    return unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES)) + tone
