"""Tell which sheet a drawing is: as stated, as the text around its map says, or as its name says."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from landsvc.core.errors import InvalidInput
from landsvc.geo.formats.drawing import Drawing


class UnknownSheet(InvalidInput):
    """Nothing says which sheet a drawing is."""

    slug = "unknown-sheet"
    title = "The number of the sheet is not known"
    detail = "Neither the name of {path} nor the text around its map says which sheet it is."
    remedy = "State it with --sheet, such as --sheet 12."


class SheetInDoubt(InvalidInput):
    """Name and frame of a drawing say two different sheets."""

    slug = "sheet-in-doubt"
    title = "The file says two different sheet numbers"
    detail = "The name of {path} says sheet {by_name}, the text around its map says {by_frame}."
    remedy = "State the right one with --sheet."


_IN_FRAME = re.compile(
    r"(?:to (?:ban do(?: dia chinh)?)?|manh (?:ban do(?: dia chinh)?|trich do(?: dia chinh)?)|so hieu (?:to|manh)"
    r"|tbd|to so|map sheet|sheet)\s*(?:ban do(?: dia chinh)?)?\s*(?:so)?\s*[:.]?\s*"
    r"(?P<no>td\s*\d+-\d{4}|\d{1,4})(?![\d.,/:])"
)
_IN_NAME = re.compile(
    r"(?:^|[^a-z0-9])(?:dc|to|bd|tbd|bddc|tobd|soto|sheet|manh|t)[\s_.-]*(?P<no>\d{1,4})(?![\d])"
)
_EXTRACT = re.compile(r"(?:^|[^a-z0-9])td[\s_]*(?P<no>\d{1,4})[-_](?P<year>\d{4})(?!\d)")
_BARE = re.compile(r"(?P<no>\d{1,4})")


def find_sheet_no(path: Path, drawing: Drawing, stated: str | None) -> tuple[str, str]:
    """Return the sheet's number, and where it comes from; raise `UnknownSheet` or `SheetInDoubt`."""
    if stated:
        return stated, "stated"
    by_name, by_frame = sheet_in_name(path.stem), sheet_in_frame([text.text for text in drawing.texts])
    if by_name and by_frame and by_name != by_frame:
        raise SheetInDoubt(field="sheet", path=str(path), by_name=by_name, by_frame=by_frame)
    if by_frame:
        return by_frame, "from the frame text"
    if by_name:
        return by_name, "from the file name"
    raise UnknownSheet(field="sheet", path=str(path))


def sheet_in_name(stem: str) -> str | None:
    """Return the sheet a file name tells of, such as `DC12`, `to-12`, `TD12-2024`, `12`; None when it tells none."""
    plain = _plain(stem)
    if found := _EXTRACT.search(plain):
        return f"TĐ{int(found['no'])}-{found['year']}"
    found = _IN_NAME.search(plain) or _BARE.fullmatch(plain.strip())
    return str(int(found["no"])) if found and found["no"].strip("0") else None


def sheet_in_frame(texts: list[str]) -> str | None:
    """Return the sheet that a text around the map names, when all such texts name the same one."""
    found = set()
    for text in texts:
        if match := _IN_FRAME.search(_plain(text)):
            no = match["no"].replace(" ", "")
            found.add(f"TĐ{no[2:]}" if no.startswith("td") else str(int(no)))
    return found.pop() if len(found) == 1 else None


def _plain(text: str) -> str:
    marks = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return " ".join("".join(letter for letter in marks if not unicodedata.combining(letter)).lower().split())
