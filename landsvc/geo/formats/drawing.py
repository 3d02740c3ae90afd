"""Hold what a drawing says: lines and texts, each with the layer or level it was drawn on. Nothing is joined here.

A drawing has no features and no fields; who knows what the lines mean makes something of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landsvc.geo import encoding as text_encoding
from landsvc.geo.formats import errors
from landsvc.geo.formats.curves import Floats, arc_points

DRAWINGS = {".dxf": "DXF", ".dgn": "DGN"}
_DWG = b"AC10"
DEVIATION = 0.001
"""How far a chord may lie from its curve, in the unit of the drawing."""
MOST_CORNERS = 1_000_000
_BY_HABIT = ("cp1252",)
"""Code pages a drawing names whatever its fonts are."""


@dataclass(frozen=True)
class Text:
    """One text of a drawing: where its middle lies, how high a letter is, and how far it reaches."""

    layer: str
    text: str
    x: float
    y: float
    height: float
    half_width: float
    half_height: float
    on_map: bool = True
    """False for what stands on the paper around the map and has no place on the ground."""
    raw: bytes | None = None
    """The bytes of the file, where these were not Unicode."""


@dataclass(frozen=True)
class Drawing:
    """Lines and texts of a drawing, in its own coordinates (x, y) and units."""

    driver: str
    lines: Any
    """Line strings; curves are cut into chords, 1 mm from the curve at most."""
    line_layer: NDArray[np.object_]
    curved: NDArray[np.bool_]
    """Lines that stand for a curve."""
    texts: tuple[Text, ...]
    encoding: text_encoding.Detection
    encoding_declared: str | None
    """What the file says of its text, as it says it."""
    encodings: Counter[str]
    """How many texts, repeated ones counted once, read in another encoding than the rest."""
    skipped: dict[str, int]
    """How many things of a kind there are that may hold lines and cannot be read."""

    def line_layers(self) -> list[str]:
        """Return the layers that have lines."""
        return sorted(set(self.line_layer.tolist()), key=_natural)

    def text_layers(self) -> list[str]:
        """Return the layers that have texts on the map."""
        return sorted({text.layer for text in self.texts if text.on_map}, key=_natural)


class Strokes:
    """Gather the lines of a drawing while it is read."""

    def __init__(self) -> None:
        self.lines: list[Any] = []
        self.layers: list[str] = []
        self.curved: list[bool] = []
        self.skipped: Counter[str] = Counter()

    def add(self, layer: str, points: Any, *, curved: bool = False) -> None:
        """Keep a line of two points or more; points without a place or without length are dropped."""
        xy = np.asarray(points, dtype=np.float64).reshape(-1, np.shape(points)[-1] if len(points) else 2)[:, :2]
        if len(xy) < 2 or not np.isfinite(xy).all() or (xy == xy[0]).all():
            return
        self.lines.append(shapely.LineString(xy))
        self.layers.append(layer)
        self.curved.append(curved)

    def skip(self, kind: str) -> None:
        """Count something that cannot be read."""
        self.skipped[kind] += 1

    def drawing(self, driver: str, texts: Sequence[Text], stated: str | None, declared: str | None) -> Drawing:
        """Return the drawing, its texts decoded as they seem to be written, or as `stated`.

        `declared` is what the file says of its text. Raise nothing: whether the encoding could be told is for who
        reads the file (`formats.text.require_told`).
        """
        found = _detected(texts, stated, declared)
        chosen = _chosen(texts, found)
        return Drawing(
            driver,
            np.array(self.lines, dtype=object),
            np.array(self.layers, dtype=object),
            np.array(self.curved, dtype=bool),
            tuple(_decoded(texts, found, chosen)),
            found,
            declared,
            Counter(name for name in chosen.values() if name != found.encoding),
            dict(self.skipped),
        )


def text_at(
    layer: str,
    written: str | bytes,
    point: Any,
    height: float,
    half: tuple[float, float],
    anchor: tuple[int, int],
    turn: float,
    *,
    on_map: bool = True,
) -> Text:
    """Return a text from the point it hangs on.

    `half` is half its width and height, `anchor` where the point lies in it (-1, 0, 1 across and up), `turn` in
    radians.
    """
    dx, dy = -anchor[0] * half[0], -anchor[1] * half[1]
    cos, sin = math.cos(turn), math.sin(turn)
    return Text(
        layer,
        written if isinstance(written, str) else "",
        float(point[0]) + dx * cos - dy * sin,
        float(point[1]) + dx * sin + dy * cos,
        height,
        abs(half[0] * cos) + abs(half[1] * sin),
        abs(half[0] * sin) + abs(half[1] * cos),
        on_map,
        None if isinstance(written, str) else written,
    )


def ellipse_points(centre: Floats, along: float, across: float, turn: float, first: float, sweep: float) -> Any:
    """Return points of an elliptic arc from its half axes and its angles in radians, as one line.

    Raise `ValueError` for a curve so large that it must be damage.
    """
    if not along or not across:
        return []
    cos, sin = math.cos(turn), math.sin(turn)

    def at(angle: Any) -> Floats:
        x, y = along * np.cos(angle), across * np.sin(angle)
        return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], axis=-1)

    # Of equal steps of the angle the widest chord lies where the ellipse is longest, no farther than on its circle.
    step = 2 * math.acos(max(1 - DEVIATION / max(along, across), 0.0))
    if abs(sweep) > step * MOST_CORNERS:
        raise ValueError(f"a curve has an axis of {max(along, across):.0f}")
    if along == across:
        turns = [[at(first + sweep / 4 * (2 * half + point)) for point in range(3)] for half in range(2)]
        return np.vstack([at(first)[None, :], *(arc_points(a, b, c, DEVIATION) for a, b, c in turns)])
    return at(first + sweep * np.linspace(0, 1, max(math.ceil(abs(sweep) / step), 2) + 1))


def is_drawing(path: Path) -> bool:
    """Tell whether a file is a drawing by its name."""
    return path.suffix.lower() in DRAWINGS


def refuse_dwg(path: Path) -> None:
    """Raise `DwgFile` for AutoCAD's own format, whatever the file is called."""
    with path.open("rb") as file:
        if file.read(4) == _DWG:
            raise errors.DwgFile(field="file", path=str(path))


def _detected(texts: Sequence[Text], stated: str | None, declared: str | None) -> text_encoding.Detection:
    if stated:
        return text_encoding.Detection(stated, False, "Stated by the person who reads the file.")
    raw = [text.raw for text in texts if text.raw is not None]
    if raw:
        # What most programs write without being asked is no evidence.
        return text_encoding.detect(raw, None if declared in _BY_HABIT else declared)
    return text_encoding.detect_text([text.text for text in texts])


def _chosen(texts: Iterable[Text], found: text_encoding.Detection) -> dict[bytes, str]:
    """Return how each text that came as bytes is written."""
    usual = found.encoding
    odd = {text.raw for text in texts if text.raw is not None and not text.raw.isascii()}
    return {raw: text_encoding.best_for(raw, usual) if found.mixed else usual for raw in odd}


def _decoded(
    texts: Iterable[Text], found: text_encoding.Detection, chosen: Mapping[bytes, str]
) -> Iterable[Text]:
    for text in texts:
        if text.raw is None:
            yield replace(text, text=text_encoding.mend(text.text, found.encoding))
        else:
            yield replace(text, text=text_encoding.decode(text.raw, chosen.get(text.raw, found.encoding)))


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (10**9, name)
