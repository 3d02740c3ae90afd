"""Read the cells of workbooks that the service wrote."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(data: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    """Return the cells of each sheet of a workbook, row by row: what kind they are ("s": text) and what they hold."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        trees = {
            name: ElementTree.fromstring(book.read(name)) for name in book.namelist() if name.endswith(".xml")
        }
    texts = ["".join(each.itertext()) for each in trees["xl/sharedStrings.xml"]]
    formats = {
        each.get("numFmtId"): each.get("formatCode") for each in trees["xl/styles.xml"].iter(f"{SHEET}numFmt")
    }
    styles = [formats.get(each.get("numFmtId"), "") for each in trees["xl/styles.xml"].find(f"{SHEET}cellXfs")]
    found = {}
    for number, each in enumerate(trees["xl/workbook.xml"].iter(f"{SHEET}sheet"), 1):
        tree = trees[f"xl/worksheets/sheet{number}.xml"]
        assert not list(tree.iter(f"{SHEET}f"))
        found[each.get("name")] = [
            [
                ("s", texts[int(cell.findtext(f"{SHEET}v"))])
                if cell.get("t") == "s"
                else (styles[int(cell.get("s", 0))], cell.findtext(f"{SHEET}v") or "")
                for cell in row
            ]
            for row in tree.iter(f"{SHEET}row")
        ]
    return found
