"""Find the columns of a table of boundary points (bảng kê toạ độ) below whatever stands above them.

Vietnamese documents write X for north and Y for east. The head may take two rows ("Toạ độ" over "X (m)" and
"Y (m)") and stand under some lines of title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landsvc.cadastre.importing.mapping import fold
from landsvc.core.errors import InvalidInput

ROLES: dict[str, str] = {
    "north": r"(toado)?(x(m|met|bac|vn2000)*|(bac|north|northing|n)(xm?|m)?|lat|latitude|vido)",
    "east": r"(toado)?(y(m|met|dong|vn2000)*|(dong|east|easting|e)(ym?|m)?|lon|long|lng|longitude|kinhdo)",
    "order": r"stt|tt|thutu|thutudiem|thutudinh|order|seq|sequence",
    "point": r"(so|ten)?(hieu|thutu)?(diem|moc|dinh)(so|gocthua|ranh|thua)?|sohieu|point(no|id|name)?|no|id",
    "edge": r"(chieudai)?canh(thua)?m?|chieudai(canh)?m?|khoangcachm?|length|distance|sm?|kcm?|dai",
}
"""What a column can be besides an attribute of the parcel, and its folded headings."""
_AXES = frozenset({"north", "east"})
_LETTER = re.compile(r"(toado)?[xy](m|met|vn2000)*")
_DEEPEST = 40
"""Rows in which the head is looked for."""
_SHAPES = re.compile(r"wkt|geom|geometry|thegeom|wkbgeometry")


class PointColumnsMissing(InvalidInput):
    """A table has no two columns of coordinates."""

    slug = "point-columns-missing"
    title = "The table has no columns of coordinates"
    detail = "In {path} no row names a column X (north) and a column Y (east)."
    remedy = "Name them in the first row, or state them with --map north=… --map east=…."


@dataclass(frozen=True)
class Head:
    """The columns of a table: the row of the head, names, the role of some, and whether X and Y are only letters."""

    row: int
    """The last row of the head, 0-based."""
    names: tuple[str, ...]
    roles: Mapping[str, int]
    by_letter: bool
    """Whether north and east are told by the letters X and Y alone, which some programs exchange."""

    @property
    def others(self) -> dict[str, int]:
        """Return the columns without a role, by name; the first of equal names."""
        taken = set(self.roles.values())
        found: dict[str, int] = {}
        for at, name in enumerate(self.names):
            if name and at not in taken:
                found.setdefault(name, at)
        return found


def find_head(rows: Sequence[Sequence[str]], given: Mapping[str, str]) -> Head | None:
    """Return the head of a table of points, or None. `given` are columns a person named, by target."""
    for at, row in enumerate(rows[:_DEEPEST]):
        names = _named(rows, at)
        roles = _roles(names, given)
        here = any(at_column < len(row) and row[at_column] for role, at_column in roles.items() if role in _AXES)
        if roles.keys() >= _AXES and here and not any(_SHAPES.fullmatch(fold(name)) for name in names):
            letters = all(_LETTER.fullmatch(fold(names[roles[role]])) for role in _AXES)
            stated = bool(_AXES & given.keys())
            return Head(at, tuple(names), roles, letters and not stated)
    return None


def is_head(row: Sequence[str], head: Head) -> bool:
    """Tell whether a row repeats the head, as on each page of a long table."""
    at = head.roles["north"]
    return at < len(row) and bool(re.fullmatch(ROLES["north"], fold(row[at])) and re.search(r"[^\W\d]", row[at]))


def _named(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    """Return the names of the columns if row `at` ends the head; blank ones take what stands above them."""
    above = rows[at - 1] if at else []
    row = [*rows[at], *[""] * (len(above) - len(rows[at]))]
    return [name or (above[column] if column < len(above) else "") for column, name in enumerate(row)]


def _roles(names: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    roles: dict[str, int] = {}
    stated = {fold(name) for target, name in given.items() if target not in ROLES and name}
    for at, name in enumerate(names):
        folded = fold(name)
        role = next((role for role in ROLES if given.get(role) and fold(given[role]) == folded), None)
        if role is None and folded and folded not in stated:
            role = next(
                (role for role, form in ROLES.items() if role not in given and re.fullmatch(form, folded)), None
            )
        if role is not None:
            roles.setdefault(role, at)
    return roles
