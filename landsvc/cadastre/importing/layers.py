"""Choose the layers of a drawing that hold boundaries and labels: as stated, or by trying what they give."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.labels import gather, numbered_points, read_label
from landsvc.cadastre.importing.mapping import fold
from landsvc.geo.formats import errors
from landsvc.geo.formats.drawing import Drawing, Text
from landsvc.geo.linework import Faces, enclose

# Names met in drawings, folded; numbers are levels of MicroStation: 10 parcel boundaries, 13 parcel labels, 14 houses,
# 63 the frame. They only guide the trying, and --layer overrules them.
# ASSUMPTION: from the practice of FAMIS users; no norm that fixes the levels is at hand.
_NO_BOUNDARY = (
    *("khung", "frame", "luoi", "grid", "nha", "house", "building", "kichthuoc", "dim", "docao", "ghichu"),
    *("14", "63"),
)
_BOUNDARY = ("ranhthua", "ranhgioithua", "ranhgioi", "ranh", "td1", "boundary", "parcel", "thua", "10", "level10")
_LABEL = ("nhanthua", "nhan", "label", "sothua", "td2", "td4", "13", "level13", "thua")


class Choice:
    """The layers of boundaries and labels, stated or found by trying: a good layer gives polygons with one label."""

    def __init__(self, path: Path, drawing: Drawing, layer: str | None, tolerance: float) -> None:
        self.path, self.drawing, self.tolerance = path, drawing, tolerance
        self._enclosed: dict[tuple[str, ...], Faces] = {}
        named = self._named(layer)
        has_lines, has_texts = drawing.line_layers(), drawing.text_layers()
        if not has_lines:
            raise errors.NoFeatures(field="file", layer=layer or "", path=str(path))
        self.line_layers = [name for name in has_lines if name in named]
        self.text_layers = [name for name in has_texts if name in named]
        self.lines_guessed, self.texts_guessed = not self.line_layers, not self.text_layers
        if not self.line_layers:
            self.line_layers = self._boundaries(has_lines)
        self.faces = self._faces(self.line_layers)
        if not self.text_layers:
            self.text_layers = self._label_layers(has_texts)
        self.texts = [t for t in drawing.texts if t.on_map and t.layer in self.text_layers]
        self.labels = gather(self.texts, self._within(self.texts))

    def _named(self, layer: str | None) -> set[str]:
        known = [*self.drawing.line_layers(), *self.drawing.text_layers()]
        by_fold = {name.casefold(): name for name in known}
        if layer is None:
            return set()
        asked = [layer] if layer.casefold() in by_fold else [part.strip() for part in layer.split(",")]
        for name in asked:
            if name.casefold() not in by_fold:
                listed = ", ".join(dict.fromkeys(known))
                raise errors.UnknownLayer(field="layer", path=str(self.path), layer=name, layers=listed)
        return {by_fold[name.casefold()] for name in asked}

    def _faces(self, layers: list[str]) -> Faces:
        key = tuple(sorted(layers))
        if key not in self._enclosed:
            mine = np.isin(self.drawing.line_layer.astype(str), layers)
            self._enclosed[key] = enclose(self.drawing.lines[mine], self.drawing.curved[mine], self.tolerance)
        return self._enclosed[key]

    def _within(self, texts: list[Text]) -> list[int]:
        """Return the polygon each text lies in, -1 for none."""
        return within([(text.x, text.y) for text in texts], self.faces.polygons)

    def _boundaries(self, layers: list[str]) -> list[str]:
        """Start with the layer that gives the most polygons with one number, and add what gives more."""
        if len(layers) == 1:
            return layers
        points = numbered_points([text for text in self.drawing.texts if text.on_map])

        def worth(chosen: list[str]) -> tuple[int, int]:
            inside = Counter(within(points, self._faces(chosen).polygons))
            single = sum(1 for face, many in inside.items() if face >= 0 and many == 1)
            labelled = sum(1 for face in inside if face >= 0)
            return single, labelled

        open_to_all = [name for name in layers if not _hinted(name, _NO_BOUNDARY)]
        tried = sorted(open_to_all or layers, key=lambda name: not _hinted(name, _BOUNDARY))
        best = max(tried, key=lambda name: worth([name]))
        chosen, value = [best], worth([best])
        if value[1] == 0:
            raise errors.SeveralLayers(
                field="layer", path=str(self.path), count=len(layers), layers=", ".join(layers)
            )
        rest = [name for name in tried if name != best]
        while rest:
            more = max(rest, key=lambda name: worth([*chosen, name]))
            # One polygon more may be the frame around the map, with a label that lies outside every parcel.
            if worth([*chosen, more])[0] < value[0] + 2:
                break
            chosen, value = [*chosen, more], worth([*chosen, more])
            rest.remove(more)
        return sorted(chosen, key=layers.index)

    def _label_layers(self, layers: list[str]) -> list[str]:
        """Take the layer with the numbers, then those with one area or one code for each polygon that lacks it."""
        found: dict[str, dict[str, Counter[int]]] = {}
        for name in layers:
            texts = [text for text in self.drawing.texts if text.on_map and text.layer == name]
            parts = found.setdefault(name, {"number": Counter(), "area": Counter(), "use": Counter()})
            for text, face in zip(texts, self._within(texts), strict=True):
                label = read_label(text.text)
                for part in parts if label is not None and face >= 0 else ():
                    parts[part][face] += bool(getattr(label, part))
        numbered = [name for name in layers if +found[name]["number"]]
        if not numbered:
            return []
        first = max(numbered, key=lambda name: (_hinted(name, _LABEL), len(+found[name]["number"])))
        chosen = [first]
        for part in ("area", "use"):
            if sum((+found[first][part]).values()) * 2 >= len(+found[first]["number"]):
                continue
            fitting = [name for name in layers if name != first and _one_each(found[name][part])]
            if fitting:
                chosen.append(max(fitting, key=lambda name: len(+found[name][part])))
        return sorted(set(chosen), key=layers.index)


def _one_each(counted: Counter[int]) -> bool:
    """Tell whether polygons have one such text each, and not, say, the length of every edge."""
    there = +counted
    return bool(there) and sum(there.values()) <= 1.2 * len(there)


def _hinted(name: str, words: tuple[str, ...]) -> bool:
    plain = fold(name)
    return any(word == plain if word.isdigit() else word in plain for word in words)


def within(points: list[tuple[float, float]], polygons: Any) -> list[int]:
    """Return the polygon each point lies in, -1 for none."""
    face = np.full(len(points), -1, dtype=np.int64)
    if len(points) and len(polygons):
        point, polygon = shapely.STRtree(polygons).query(shapely.points(points), predicate="intersects")
        face[point[::-1]] = polygon[::-1]
    found: list[int] = face.tolist()
    return found
