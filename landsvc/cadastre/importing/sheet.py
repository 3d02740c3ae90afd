"""Make the rows of a sheet out of a drawing: polygons of its lines, attributes of the texts inside them.

The result is what any layer of polygons would give, and goes the same way from there. What was wrong with lines
or labels is told beside it, each at its place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from landsvc.cadastre.importing.labels import Labels, Placed
from landsvc.cadastre.importing.layers import Choice
from landsvc.cadastre.importing.quality import slivers
from landsvc.cadastre.importing.reading import Drawn, Source
from landsvc.cadastre.importing.rings import Rings
from landsvc.cadastre.importing.sheet_no import find_sheet_no
from landsvc.geo import encoding as text_encoding
from landsvc.geo.formats import Field, Layer, SourceInfo, read_drawing
from landsvc.geo.formats.drawing import Drawing, Text
from landsvc.geo.linework import Faces
from landsvc.geo.srid_guess import recognise

FITS = 0.01
FIELDS = ("sheet_no", "parcel_no", "use_code", "legal_area_m2")


@dataclass(frozen=True)
class Sheet:
    """A drawing made into rows."""

    info: SourceInfo
    source: Source
    lines: tuple[str, ...]
    """What was decided, for a person."""
    choices: dict[str, Any]
    """The same for the report."""
    points: bool = False
    """Whether it is a table of boundary points, whose columns have names of their own, and not a drawing."""
    axes_by_custom: bool = False
    """Whether north and east are told by the letters X and Y alone."""


def open_sheet(
    path: Path, *, layer: str | None, encoding: str | None, sheet_no: str | None, tolerance: float
) -> Sheet:
    """Read a DXF or DGN sheet.

    `layer` names the layers or levels of boundaries and labels, with commas between; what it leaves out is guessed.
    Raise one of `geo.formats.errors`, `UnknownSheet` or `SheetInDoubt`.
    """
    drawing = read_drawing(path, encoding=encoding)
    sheet, sheet_said = find_sheet_no(path, drawing, sheet_no)
    chosen = Choice(path, drawing, layer, tolerance)
    rows = _Rows(chosen.faces, chosen.labels, chosen.texts, sheet)
    if drawing.skipped:
        left = ", ".join(f"{kind}: {many}" for kind, many in sorted(drawing.skipped.items()))
        rows.drawn.append(Drawn("IMP-NOT-READ", (), [], note=left))
    source = rows.source(drawing.encodings)
    info = _info(path, drawing, chosen, rows)
    guess = {True: " (guessed)", False: ""}
    said = (
        f"boundaries on {', '.join(chosen.line_layers)}{guess[chosen.lines_guessed]}",
        f"labels on {', '.join(chosen.text_layers) or 'no layer'}{guess[chosen.texts_guessed]}",
        f"sheet {sheet} ({sheet_said}); gaps up to {tolerance:g} m are closed",
    )
    choices = {
        "boundaries": chosen.line_layers,
        "boundariesGuessed": chosen.lines_guessed,
        "labels": chosen.text_layers,
        "labelsGuessed": chosen.texts_guessed,
        "sheet": sheet,
        "sheetFrom": sheet_said,
        "gapToleranceM": tolerance,
        "polygons": len(chosen.faces.polygons),
    }
    return Sheet(info, source, said, choices)


class _Rows:
    """One row a polygon, and one more for each label that has none of its own."""

    def __init__(self, faces: Faces, labels: Labels, texts: list[Text], sheet: str) -> None:
        self.faces, self.labels, self.texts, self.sheet = faces, labels, texts, sheet
        self.total = len(faces.polygons)
        self.label: list[Placed | None] = [None] * self.total
        self.drawn: list[Drawn] = []
        self._lines()
        self._labels()

    def _lines(self) -> None:
        rules = {
            "open": "IMP-LINE-OPEN",
            "joined": "IMP-LINE-JOINED",
            "trimmed": "IMP-LINE-TRIMMED",
            "unused": "IMP-LINE-UNUSED",
        }
        for flaw in self.faces.flaws:
            rows = flaw.faces[:2] if flaw.kind in ("joined", "trimmed") else ()
            self.drawn.append(
                Drawn(
                    rules[flaw.kind],
                    rows[:1] or (-1,),
                    [flaw.place],
                    others=rows[1:] or None,
                    note=f"{flaw.width:.3f} m",
                )
            )

    def _labels(self) -> None:
        inside: dict[int, list[Placed]] = {}
        for placed in self.labels.placed:
            inside.setdefault(placed.face, []).append(placed)
        outside = [(label, "IMP-LABEL-OUTSIDE") for label in inside.pop(-1, []) if label.label.number]
        extra: list[tuple[Placed, int]] = []
        for face, found in sorted(inside.items()):
            best = self._best(face, found)
            self.label[face] = best
            extra += [(label, face) for label in found if label is not best]
        for label, _rule in outside:
            row = self._add(label)
            self.drawn.append(Drawn("IMP-LABEL-OUTSIDE", (row,), [self._place(label)]))
        for label, face in extra:
            row = self._add(label)
            self.drawn.append(Drawn("IMP-LABEL-TWICE", (row,), [self._place(label)], others=(face,)))
        self._without_label()

    def _add(self, label: Placed) -> int:
        self.label.append(label)
        return len(self.label) - 1

    def _best(self, face: int, found: list[Placed]) -> Placed:
        """Return the label whose area fits the polygon; the first where none or several do."""
        size = float(self.faces.polygons[face].area)

        def off(placed: Placed) -> bool:
            return placed.label.area is None or abs(_number(placed.label.area) - size) > FITS * size

        return min(found, key=off)

    def _without_label(self) -> None:
        thin = slivers(self.faces.polygons)
        unread: dict[int, list[int]] = {}
        for text, face in self.labels.unread.items():
            unread.setdefault(face, []).append(text)
        for face in range(self.total):
            if self.label[face] is not None:
                continue
            texts = unread.get(face)
            if texts:
                said = " / ".join(self.texts[index].text.strip() for index in texts)
                places = [shapely.Point(self.texts[texts[0]].x, self.texts[texts[0]].y)]
                self.drawn.append(Drawn("IMP-LABEL-UNREADABLE", (face,), places, note=said[:60]))
            else:
                rule = "IMP-LINE-DOUBLE" if thin[face] else "IMP-LABEL-MISSING"
                self.drawn.append(Drawn(rule, (face,), [self.faces.polygons[face]]))

    def _place(self, label: Placed) -> Any:
        return shapely.Point(self.texts[label.texts[0]].x, self.texts[label.texts[0]].y)

    def source(self, encodings: Counter[str]) -> Source:
        """Return the rows as a layer of polygons would be; `encodings` counts texts written unlike the rest."""
        total = len(self.label)
        labels = [None if placed is None else placed.label for placed in self.label]
        table = pa.table(
            {
                "sheet_no": pa.array([None if label is None else self.sheet for label in labels], pa.string()),
                "parcel_no": pa.array([None if label is None else label.number for label in labels], pa.string()),
                "use_code": pa.array([None if label is None else label.use for label in labels], pa.string()),
                "legal_area_m2": pa.array(
                    [None if label is None else label.area for label in labels], pa.string()
                ),
            }
        )
        none = np.zeros(total, dtype=bool)
        curved = none.copy()
        curved[: self.total] = self.faces.curved
        shapes = np.concatenate([self.faces.polygons, np.full(total - self.total, None, dtype=object)])
        return Source(
            Rings.of(shapes),
            table,
            {},
            curved=curved,
            collected=none,
            closed=none,
            unreadable=none,
            encodings=encodings,
            drawn=tuple(self.drawn),
        )


def _number(area: str) -> float:
    digits = area.replace(".", "").replace(",", ".") if "," in area else area
    try:
        return float(digits)
    except ValueError:
        return float("inf")


def _info(path: Path, drawing: Drawing, chosen: Choice, rows: _Rows) -> SourceInfo:
    found: text_encoding.Detection = drawing.encoding
    says = text_encoding.canonical(drawing.encoding_declared or "")
    return SourceInfo(
        path=path,
        driver=drawing.driver,
        layer=", ".join([*chosen.line_layers, *(n for n in chosen.text_layers if n not in chosen.line_layers)]),
        layers=tuple(Layer(name, "LineString") for name in drawing.line_layers()),
        count=len(rows.label),
        fields=tuple(Field(name, name, "object") for name in FIELDS),
        crs=recognise(None),
        geometry_type="Polygon",
        bounds=None,
        encoding=found.encoding,
        encoding_guessed=found.guessed,
        encoding_reason=found.reason,
        encoding_mixed=found.mixed,
        encoding_declared=says if says not in {None, found.encoding} and found.guessed else None,
    )
