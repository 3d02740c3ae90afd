"""Tell what an import did: to a person, as JSON, and as a map of the defects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing import findings as outcome
from landsvc.cadastre.importing.examine import Examined
from landsvc.cadastre.importing.findings import Finding
from landsvc.cadastre.importing.report_files import fresh_geopackage, write_json, write_layer
from landsvc.cadastre.importing.resurvey import Resurvey
from landsvc.cadastre.importing.rules import RULES

MOST_FEATURES = 200
"""Features listed for each rule in the JSON; the counts are of all, and the GeoPackage holds all."""
GROUPS = (outcome.LOADED, outcome.REPAIRED, outcome.ADMITTED, outcome.QUARANTINED, outcome.REFUSED)


@dataclass(frozen=True)
class Report:
    """One import: contracts/import-report.json, and more."""

    found: Examined
    record: str | None
    dry_run: bool
    noded_neighbours: int = 0
    resurvey: Resurvey | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows ended in which group; they sum to `read`."""
        tally = Counter(self.found.status.tolist())
        return {group: tally.get(group, 0) for group in GROUPS}

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is published."""
        plan = self.found.plan
        return {
            "file": plan.info.path.name,
            "layer": plan.info.layer,
            "srid": plan.srid,
            "sridGuessed": plan.srid_guessed,
            "sridReason": plan.srid_reason,
            "encoding": plan.info.encoding,
            "encodingGuessed": plan.info.encoding_guessed,
            "axisSwapped": plan.axis_swapped,
            "scaleFactor": plan.options.scale_factor,
            "drawing": plan.sheet.choices if plan.sheet and not plan.points else None,
            "pointTable": plan.sheet.choices if plan.sheet and plan.points else None,
            "mapping": dict(plan.fields.fields),
            "mappingGuessed": sorted(plan.fields.guessed),
            "onDefect": plan.options.on_defect,
            "dryRun": self.dry_run,
            "crs": f"EPSG:{plan.working}",
            "read": len(self.found.source),
            **self.counts,
            "noded": int(self.found.fabric.added[: len(self.found.active)].sum()),
            "nodedNeighbours": self.noded_neighbours,
            "maxMoveMm": round(self.found.max_move_mm, 2),
            "findings": [self._finding(rule, items) for rule, items in self._by_rule().items()],
            "record": self.record,
            **({"resurvey": self.resurvey.as_json(MOST_FEATURES)} if self.resurvey else {}),
        }

    def lines(self, language: str = "vi") -> list[str]:
        """Say the report to a person, in Vietnamese or English."""
        counts = self.counts
        told = [f"{'read':<12} {len(self.found.source):>10,}"]
        told += [f"{group:<12} {counts[group]:>10,}" for group in GROUPS]
        told.append(f"{'moved':<12} {self.found.max_move_mm:>10.2f} mm at most")
        for rule, items in self._by_rule().items():
            many, size = _count(items), sum(item.area_m2 for item in items)
            known = RULES[rule]
            area = f", {size:,.1f} m²" if size else ""
            notes = "; ".join(dict.fromkeys(item.note for item in items if item.note))
            text, way_out = (known.vi, known.way_out_vi) if language == "vi" else (known.en, known.way_out_en)
            told.append(f"{rule} ({known.kind}): {many:,}{area}{f' [{notes[:120]}]' if notes else ''}")
            told.append(f"    {text} {way_out}")
        if self.resurvey:
            told += self.resurvey.lines()
        if self.record:
            told.append(f"record       {self.record}")
        elif self.found.refused:
            told.append("Nothing was written.")
        return told

    def write_json(self, path: Path) -> None:
        """Write the report to a file; raise `CannotWriteReport`."""
        write_json(path, self.as_json())

    def write_defects(self, path: Path) -> None:
        """Write every finding that has a place to a GeoPackage (working system); raise `CannotWriteReport`."""
        rows = list(self._features())
        shapes = [shapely.force_2d(row["geometry"]) for row in rows]
        fields = ("rule", "kind", "row", "key", "action", "other", "text_vi", "text_en", "area_m2")
        columns = {name: np.array([row[name] for row in rows], dtype=object) for name in fields}
        columns["row"] = columns["row"].astype(np.int64)
        columns["area_m2"] = columns["area_m2"].astype(np.float64)
        with fresh_geopackage(path):
            write_layer(path, "defects", columns, shapes, self.found.plan.working)
            if self.resurvey:
                self._write_links(path, self.resurvey)

    def _write_links(self, path: Path, result: Resurvey) -> None:
        """Add every link of old and new parcels, drawn as the new one, with the legal areas of what is one thing."""
        links, old = result.links, result.old
        rows = self.found.active[links.new]
        differences = {each.row: each for each in result.differences}
        told = [differences.get(int(row)) for row in rows]
        columns = {
            "old": np.array([old.name[n] for n in links.old.tolist()], dtype=object),
            "new": np.array([self.found.key(int(row)) for row in rows], dtype=object),
            "row": rows + 1,
            "kind": links.kind,
            "state": links.state,
            "share_old": links.of_old,
            "share_new": links.of_new,
            "old_m2": np.array([np.nan if each is None else each.old_m2 for each in told]),
            "new_m2": np.array([np.nan if each is None else each.new_m2 for each in told]),
            "difference_m2": np.array([np.nan if each is None else each.difference_m2 for each in told]),
            "percent": np.array([np.nan if each is None else each.percent for each in told]),
        }
        write_layer(path, "links", columns, self.found.fabric.rings.shapes(links.new), self.found.plan.working)

    def _by_rule(self) -> dict[str, list[Finding]]:
        grouped: dict[str, list[Finding]] = {}
        for item in self.found.findings.items:
            grouped.setdefault(item.rule, []).append(item)
        return grouped

    def _finding(self, rule: str, items: list[Finding]) -> dict[str, Any]:
        known = RULES[rule]
        features: list[dict[str, Any]] = []
        for item in items:
            room = MOST_FEATURES - len(features)
            features += [self._feature(item, index, as_json=True) for index in range(min(room, len(item.rows)))]
        return {
            "rule": rule,
            "kind": known.kind,
            "text": {"vi": known.vi, "en": known.en},
            "wayOut": {"vi": known.way_out_vi, "en": known.way_out_en},
            "count": _count(items),
            "areaM2": round(sum(item.area_m2 for item in items), 4),
            "notes": list(dict.fromkeys(item.note for item in items if item.note)),
            "features": features,
        }

    def _features(self) -> Iterator[dict[str, Any]]:
        for item in self.found.findings.items:
            for index in range(len(item.places)):
                if item.places[index] is not None:
                    yield self._feature(item, index, as_json=False)

    def _feature(self, item: Finding, index: int, *, as_json: bool) -> dict[str, Any]:
        row = int(item.rows[index])
        place = item.places[index] if index < len(item.places) else None
        known = RULES[item.rule]
        other = None if item.others is None else self._other(int(item.others[index]))
        action = str(self.found.status[row]) if row >= 0 else "reported"
        if as_json:
            told = {"row": row + 1 if row >= 0 else None, "key": self.found.key(row) if row >= 0 else item.note}
            shape = None if place is None or place.is_empty else shapely.geometry.mapping(place)
            return told | {"action": action, "other": other, "geometry": shape}
        return {
            "rule": item.rule,
            "kind": known.kind,
            "row": row + 1,
            "key": self.found.key(row) if row >= 0 else item.note,
            "action": action,
            "other": other,
            "text_vi": known.vi,
            "text_en": known.en,
            "area_m2": 0.0 if place is None else place.area,
            "geometry": place,
        }

    def _other(self, row: int) -> str:
        if row < 0:
            return f"unit {-1 - row}"
        return f"row {row + 1}: {self.found.key(row) or ''}".rstrip(": ")


def _count(items: list[Finding]) -> int:
    return sum(max(len(item.rows), 1 if RULES[item.rule].whole_file else 0) for item in items)
