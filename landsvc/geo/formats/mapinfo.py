"""Let GDAL read a MapInfo table without recoding its text.

GDAL believes the character set in the head of a TAB or MIF file and drops the bytes that set does not have: of UTF-8
in a table that says WindowsLatin1, which is what every program writes unasked, letters such as Á and ề. So it is
shown a head that says Neutral, in which each byte of the names of fields is a Latin-1 letter, and all is decoded by us.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

SUFFIXES = frozenset({".tab", ".mif"})
_HEAD = 65_536
_CHARSET = re.compile(rb'(!?\bcharset\s+"?)([\w.-]+)', re.IGNORECASE)
_AS_THEY_ARE = frozenset({"neutral", "windowsvietnamese", "utf-8"})
"""Sets GDAL does not recode from."""
_PAGES = {"windowslatin1": "windows-1252", "windowsvietnamese": "windows-1258", "utf-8": "UTF-8"}


def is_mapinfo(source: Path) -> bool:
    """Tell whether a file is a MapInfo table."""
    return source.suffix.lower() in SUFFIXES


def charset(source: Path) -> str | None:
    """Return the character set the head of a table names, or None."""
    with source.open("rb") as file:
        found = _CHARSET.search(file.read(_HEAD))
    return None if found is None else found.group(2).decode("ascii", "replace")


def declared(source: Path) -> str | None:
    """Return the code page of the set a table names, as encodings are named; None where it says nothing."""
    return _PAGES.get((charset(source) or "").lower())


@contextmanager
def untouched(source: Path) -> Iterator[Path]:
    """Yield the file to open for its text as it is stored: itself, or a passing copy with another head."""
    if not is_mapinfo(source):
        yield source
        return
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if head.isascii() and (charset(source) or "neutral").lower() in _AS_THEY_ARE:
        yield source
        return
    with TemporaryDirectory(prefix="landsvc-mapinfo-") as folder:
        for beside in source.parent.iterdir():
            if beside.stem == source.stem and beside != source:
                (Path(folder) / beside.name).symlink_to(beside.resolve())
        copy = Path(folder) / source.name
        with source.open("rb") as old, copy.open("wb") as new:
            old.seek(len(head))
            new.write(_CHARSET.sub(rb"\1Neutral", head).decode("latin-1").encode("utf-8"))
            shutil.copyfileobj(old, new)
        yield copy
