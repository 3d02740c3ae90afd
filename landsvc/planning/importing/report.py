"""Tell what an import of zones or plans did: to a person, as JSON, and as a map of the defects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.report import GROUPS, MOST_FEATURES
from landsvc.cadastre.importing.report_files import fresh_geopackage, write_json, write_layer
from landsvc.planning.importing.judge import Judged
from landsvc.planning.importing.rules import RULES


@dataclass(frozen=True)
class Report:
    """One import in the shape of contracts/import-report.json, and more."""

    judged: Judged
    dry_run: bool
    record: str | None = None
    plans: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    coverage_m2: float = 0.0
    parcels: int = 0
    """Parcels whose overlay was computed anew."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows ended in which group; they sum to `read`."""
        tally = Counter(row.action for row in self.judged.rows)
        return {group: tally.get(group, 0) for group in GROUPS}

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is published."""
        reading = self.judged.reading
        return {
            "file": reading.info.path.name,
            "layer": reading.info.layer,
            "srid": reading.srid,
            "sridGuessed": reading.srid_guessed,
            "sridReason": reading.srid_reason,
            "encoding": reading.info.encoding,
            "encodingGuessed": reading.info.encoding_guessed,
            "axisSwapped": reading.axis_swapped,
            "mapping": dict(reading.fields),
            "mappingGuessed": sorted(reading.guessed),
            "onDefect": reading.options.on_defect,
            "dryRun": self.dry_run,
            "crs": f"EPSG:{reading.working}",
            "plans": list(self.plans),
            "themes": list(self.themes),
            "coverageM2": round(self.coverage_m2, 1),
            "parcelsRefreshed": self.parcels,
            "read": len(self.judged.rows),
            **self.counts,
            "maxMoveMm": 0.0,
            "findings": [self._finding(rule) for rule in self.judged.findings],
            "record": self.record,
        }

    def lines(self, language: str = "vi") -> list[str]:
        """Say the report to a person, in Vietnamese or English."""
        told = [f"{'read':<12} {len(self.judged.rows):>10,}"]
        told += [f"{group:<12} {count:>10,}" for group, count in self.counts.items()]
        told.append(f"{'plans':<12} {', '.join(self.plans)}")
        told.append(f"{'themes':<12} {', '.join(self.themes)}")
        told.append(f"{'parcels':<12} {self.parcels:>10,} computed anew")
        for rule, items in self.judged.findings.items():
            known, size = RULES[rule], sum(area for _row, area, _place in items)
            text, way_out = (known.vi, known.way_out_vi) if language == "vi" else (known.en, known.way_out_en)
            told.append(f"{rule} ({known.kind}): {len(items):,}{f', {size:,.1f} m²' if size else ''}")
            told.append(f"    {text} {way_out}")
        told.append(f"record       {self.record}" if self.record else "Nothing was written.")
        return told

    def write_json(self, path: Path) -> None:
        """Write the report to a file; raise `CannotWriteReport`."""
        write_json(path, self.as_json())

    def write_defects(self, path: Path) -> None:
        """Write every finding that has a place to a GeoPackage (working system); raise `CannotWriteReport`."""
        rows = [
            (rule, row.number, row.code, row.action, area, place)
            for rule, items in self.judged.findings.items()
            for row, area, place in items
            if place is not None and not place.is_empty
        ]
        names = ("rule", "row", "key", "action", "area_m2")
        columns = {name: np.array([row[n] for row in rows], dtype=object) for n, name in enumerate(names)}
        columns["row"] = columns["row"].astype(np.int64)
        columns["area_m2"] = columns["area_m2"].astype(np.float64)
        with fresh_geopackage(path):
            write_layer(path, "defects", columns, [row[5] for row in rows], self.judged.reading.working)

    def _finding(self, rule: str) -> dict[str, Any]:
        items, known = self.judged.findings[rule], RULES[rule]
        return {
            "rule": rule,
            "kind": known.kind,
            "text": {"vi": known.vi, "en": known.en},
            "wayOut": {"vi": known.way_out_vi, "en": known.way_out_en},
            "count": len(items),
            "areaM2": round(sum(area for _row, area, _place in items), 4),
            "features": [
                {
                    "row": row.number,
                    "key": row.code,
                    "action": row.action,
                    "geometry": None if place is None or place.is_empty else shapely.geometry.mapping(place),
                }
                for row, _area, place in items[:MOST_FEATURES]
            ],
        }
