"""Read the label of a parcel from the texts of a drawing: number, area, land type, in the ways offices write them.

On a cadastral sheet the number stands over the area as in a fraction, with the land-type code above or beside it
("ODT", "345 / 152.4"), as one text or as several that stand together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from landsvc.geo.formats.drawing import Text

TOGETHER = 1.5
"""Texts nearer than this many letter heights belong to one label."""
BESIDE = 3.0
"""A part that fell out of a narrow parcel is looked for this far, in letter heights."""

_NUMBER = r"\d+(?:[.,]\d+)*"
_UNIT = r"\s*(?:m2|m²)"
_USE = rf"[A-ZĐ]{{2,4}}(?:\s?[:=]\s?{_NUMBER}(?:{_UNIT})?|\s?\(\s?{_NUMBER}(?:{_UNIT})?\s?\))?"
_TOKEN = re.compile(
    rf"(?P<space>[\s/|;_\\–—-]+|,\s)"
    rf"|(?P<area>(?i:(?:diện\s*tích|dt|s)\s*[:=]\s*)(?P<stated>{_NUMBER})(?i:{_UNIT})?)"
    rf"|(?P<number>(?i:(?:thửa(?:\s*đất)?(?:\s*số)?|số(?:\s*thửa)?)\s*[:=.]?\s*)(?P<named>\d+(?:-\d+)?[a-z]?))"
    rf"|(?P<use>{_USE}(?:\s?[+&]\s?{_USE})*)(?![^\W_])"
    rf"|(?P<measured>{_NUMBER}(?i:{_UNIT})|\d+(?:[.,]\d+)+)(?!\w)"
    rf"|(?P<split>\d+-\d+|\d+[a-z])(?![\w.,])"
    rf"|(?P<whole>\d+)(?!\w)"
    rf"|\((?P<inner>[^()]*)\)"
)


@dataclass(frozen=True)
class Label:
    """What a label says; None where it says nothing."""

    number: str | None = None
    area: str | None = None
    """As written, such as 1.234,5."""
    use: str | None = None

    def lacks(self, other: Label) -> bool:
        """Tell whether this label misses every part the other one has."""
        mine, theirs = (self.number, self.area, self.use), (other.number, other.area, other.use)
        return not any(one and two for one, two in zip(mine, theirs, strict=True))


@lru_cache(maxsize=65536)
def read_label(text: str) -> Label | None:
    """Return what a text says of a parcel, or None when it says anything else, or too much.

    Of two whole numbers the first is the number and the second the area; a number with decimals or a unit is an
    area. 0 in place of a number is how survey programs write "none".
    """
    parts = _parts(unicodedata.normalize("NFC", text).strip())
    if parts is None:
        return None
    uses = [part for kind, part in parts if kind == "use"]
    areas = [part for kind, part in parts if kind == "area"]
    numbers = [part for kind, part in parts if kind == "number"]
    whole = [part for kind, part in parts if kind == "whole"]
    if not numbers and whole:
        numbers = [whole.pop(0)]
    if not areas and whole:
        areas = [whole.pop(0)]
    if whole or max(map(len, (uses, areas, numbers))) > 1 or not parts:
        return None
    number = numbers[0] if numbers and numbers[0].strip("0") else None
    return Label(number, areas[0] if areas else None, uses[0] if uses else None)


def _parts(text: str) -> list[tuple[str, str]] | None:
    """Return the parts of a label with their kinds, or None when something is no part of any label."""
    parts: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        kind = str(match.lastgroup)
        found = match.group(kind)
        if kind == "inner":
            inner = _parts(found)
            if inner is None:
                return None
            parts += inner
        elif kind != "space":
            parts.append(_part(match, kind, found))
    return parts


def _part(match: re.Match[str], kind: str, found: str) -> tuple[str, str]:
    if match.group("stated"):
        return "area", match.group("stated")
    if match.group("named"):
        return "number", match.group("named")
    match kind:
        case "use":
            return "use", re.sub(r"\s|m2|m²", "", found).replace("&", "+")
        case "measured":
            return "area", re.sub(rf"(?i:{_UNIT})$", "", found)
        case "split":
            return "number", found
    return "whole", found


@dataclass(frozen=True)
class Placed:
    """A label in its place: the texts it was read from, and the polygon (-1 for none) these lie in."""

    label: Label
    texts: tuple[int, ...]
    face: int


@dataclass(frozen=True)
class Labels:
    """The labels of a sheet, and the texts among them that say nothing of a parcel."""

    placed: list[Placed]
    unread: dict[int, int]
    """Text that could not be read, and the polygon it lies in."""


def gather(texts: Sequence[Text], face: Sequence[int]) -> Labels:
    """Return the labels that texts make up; `face` is the polygon each text lies in, -1 for none."""
    read = [read_label(text.text) for text in texts]
    unread = {index: int(face[index]) for index, label in enumerate(read) if label is None}
    named: list[Placed] = []
    loose: list[Placed] = []
    for group in _groups(texts, face, [index for index in range(len(texts)) if index not in unread]):
        for placed in _composed(texts, read, group, int(face[group[0]])):
            (named if placed.label.number else loose).append(placed)
    return Labels(_completed(texts, named, loose), unread)


def numbered_points(texts: Sequence[Text]) -> list[tuple[float, float]]:
    """Return where labels with a number seem to stand, when no polygons are known yet."""
    read = [read_label(text.text) for text in texts]
    groups = _groups(texts, [-1] * len(texts), [index for index, label in enumerate(read) if label])
    labels = [placed for group in groups for placed in _composed(texts, read, group, -1)]
    first = [texts[placed.texts[0]] for placed in labels if placed.label.number]
    return [(text.x, text.y) for text in first]


def _groups(texts: Sequence[Text], face: Sequence[int], among: list[int]) -> list[list[int]]:
    """Return texts of one polygon that stand together, each group in reading order."""
    if not among:
        return []
    boxes = _boxes([texts[index] for index in among])
    reach = np.array([TOGETHER * texts[index].height for index in among])
    a, b = shapely.STRtree(boxes).query(boxes, predicate="dwithin", distance=reach)
    leader = list(range(len(among)))

    def top(item: int) -> int:
        while leader[item] != item:
            leader[item] = leader[leader[item]]
            item = leader[item]
        return item

    for first, second in zip(a.tolist(), b.tolist(), strict=True):
        if face[among[first]] == face[among[second]]:
            leader[top(first)] = top(second)
    groups: dict[int, list[int]] = {}
    for item, index in enumerate(among):
        groups.setdefault(top(item), []).append(index)
    return [sorted(group, key=lambda index: (-texts[index].y, texts[index].x)) for group in groups.values()]


def _boxes(texts: Sequence[Text]) -> np.typing.NDArray[np.object_]:
    x, y = np.array([text.x for text in texts]), np.array([text.y for text in texts])
    w, h = np.array([text.half_width for text in texts]), np.array([text.half_height for text in texts])
    boxes: np.typing.NDArray[np.object_] = shapely.box(x - w, y - h, x + w, y + h)
    return boxes


def _composed(texts: Sequence[Text], read: Sequence[Label | None], group: list[int], face: int) -> list[Placed]:
    """Read texts that stand together as one label; as several where together they say too much."""
    whole = read_label(" / ".join(texts[index].text for index in group))
    if whole is not None:
        return [Placed(whole, tuple(group), face)]
    return [Placed(label, (index,), face) for index in group if (label := read[index]) is not None]


def _completed(texts: Sequence[Text], named: list[Placed], loose: list[Placed]) -> list[Placed]:
    """Give each part without a number to the label that misses it: in its polygon first, then the nearest."""
    alone: list[Placed] = []
    for part in loose:
        mates = [
            at for at, label in enumerate(named) if label.face == part.face and label.label.lacks(part.label)
        ]
        if part.face < 0 or not mates:
            own = any(label.face == part.face for label in named)
            mates = [
                at
                for at, label in enumerate(named)
                if own and label.label.lacks(part.label) and _apart(texts, label, part) <= BESIDE
            ]
        if mates:
            best = min(mates, key=lambda at: _apart(texts, named[at], part))
            named[best] = _joined(named[best], part)
        elif not any(label.face == part.face for label in named):
            alone.append(part)
    return [*named, *_merged(alone)]


def _merged(alone: list[Placed]) -> list[Placed]:
    """Join the parts of a polygon without a number, such as a road's code and its area."""
    found: dict[int, Placed] = {}
    for part in alone:
        there = found.get(part.face)
        if there is None:
            found[part.face] = part
        elif there.label.lacks(part.label):
            found[part.face] = _joined(there, part)
    return [part for part in found.values() if part.face >= 0]


def _joined(label: Placed, part: Placed) -> Placed:
    mine, other = label.label, part.label
    joined = Label(mine.number or other.number, mine.area or other.area, mine.use or other.use)
    return Placed(joined, (*label.texts, *part.texts), label.face)


def _apart(texts: Sequence[Text], label: Placed, part: Placed) -> float:
    """Return the distance between a label and a part, in letter heights."""
    mine, other = _boxes([texts[index] for index in label.texts]), _boxes([texts[index] for index in part.texts])
    gap = float(shapely.distance(shapely.union_all(mine), shapely.union_all(other)))
    return gap / max(texts[label.texts[0]].height, 1e-9)
