"""Read serial numbers of all generations, find the free lines of a certificate, and decide what a variation does to it.

Pure functions. Source: domain notes, section 3 (serial numbers, states) and 6.1 (effects); TT 10/2024/TT-BTNMT.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from landsvc.registry.certificates.errors import SerialMalformed

ACTIVE, ANNOTATED, REPLACED, LOST, WITHDRAWN = "active", "annotated", "replaced", "lost", "withdrawn"
LIVE = frozenset({ACTIVE, ANNOTATED})
ANNOTATE, ISSUE = "annotate", "issue"
SERIAL = r"([A-ZĐ]{1,2}) ?(\d{6}(?:\d{2})?)"
BLANK = r"([A-ZĐ]{2}) ?(\d{8})"
BLANK_DIGITS = 8
MM_A_LETTER = 2.0
"""About the width of a letter of an annotation printed in 10 points."""


@dataclass(frozen=True)
class Form:
    """A generation of certificates: its serial format, its days, and where annotations stand on the paper (mm)."""

    code: str
    name_vi: str
    name_en: str
    serial_pattern: str
    issued_from: date | None
    issued_until: date | None
    width_mm: float
    height_mm: float
    entry_page: int
    entry_left_mm: float
    entry_top_mm: float
    entry_width_mm: float
    line_mm: float
    entry_lines: int
    uses_blank: bool

    @property
    def letters_a_line(self) -> int:
        """Return how many letters fit on a line for annotations."""
        return int(self.entry_width_mm / MM_A_LETTER)


@dataclass(frozen=True)
class Blank:
    """The number of a blank: two letters and eight digits."""

    letters: str
    number: int

    @property
    def serial(self) -> str:
        """Return the serial number that a certificate printed on it bears."""
        return f"{self.letters} {self.number:0{BLANK_DIGITS}d}"


def read_serial(text: str, field: str = "serial") -> str:
    """Return a serial number as it is kept, `AB 123456`: capitals, one blank; raise `SerialMalformed`."""
    found = re.fullmatch(SERIAL, " ".join(text.upper().split()))
    if found is None:
        raise SerialMalformed(field=field, serial=text[:40])
    return f"{found[1]} {found[2]}"


def read_blank(text: str, field: str = "serial") -> Blank:
    """Return the number of a blank; raise `SerialMalformed` for that of an older form."""
    found = re.fullmatch(BLANK, " ".join(text.upper().split()))
    if found is None or int(found[2]) == 0:
        raise SerialMalformed(field=field, serial=text[:40])
    return Blank(found[1], int(found[2]))


def form_of(serial: str, issued_on: date, forms: Sequence[Form]) -> Form | None:
    """Return the form a serial number has that was issued on a day; None where none has."""
    return next(
        (
            form
            for form in forms
            if re.fullmatch(form.serial_pattern, serial)
            and (form.issued_from is None or form.issued_from <= issued_on)
            and (form.issued_until is None or issued_on <= form.issued_until)
        ),
        None,
    )


def lines_of(said: str, form: Form) -> list[str]:
    """Return an annotation broken into the lines it takes on the paper of a form."""
    return [
        line
        for paragraph in said.splitlines()
        for line in textwrap.wrap(paragraph, form.letters_a_line, break_long_words=True) or []
    ]


def free_line(taken: Sequence[tuple[int, int]]) -> int:
    """Return the next free line after (first line, lines) of everything that was ever written; they count from 1."""
    return max((first + count for first, count in taken), default=1)


def decide(*, wanted_new: bool, same_land: bool, lines: int, next_line: int, form: Form) -> str:
    """Return whether a variation is annotated on the certificate or needs another one.

    Another one where the procedure renews certificates or who applies asks for it, where the land is not what the paper
    says, or where no lines are left.
    """
    if wanted_new or not same_land:
        return ISSUE
    return ANNOTATE if next_line + lines - 1 <= form.entry_lines else ISSUE
