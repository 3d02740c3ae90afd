"""Judge a whole file against the rules and decide what becomes of every row; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing import findings as outcome
from landsvc.cadastre.importing.attributes import Attributes, Texts, Uses, absent, cleaned, read_uses
from landsvc.cadastre.importing.findings import Findings, uncover
from landsvc.cadastre.importing.places import Placed, Unit, place
from landsvc.cadastre.importing.plan import Plan
from landsvc.cadastre.importing.quality import MIN_AREA_M2, Extent, Overlaps, extent_of, find_overlaps, slivers
from landsvc.cadastre.importing.reading import Source
from landsvc.cadastre.importing.rings import THREADS, Booleans, Floats, Integers, Rings, Shapes
from landsvc.cadastre.importing.rules import RULES
from landsvc.cadastre.importing.settle import Settled, settle
from landsvc.cadastre.importing.whole_file import judge_file, judge_places
from landsvc.core.memory import hand_back
from landsvc.core.progress import Progress

OBJECT_USES = frozenset({"DGT", "DTL", "SON", "TVC", "MNC", "DPC"})
"""Land that is occupied without a number: roads, canals, rivers, dikes."""
WITHOUT_LABEL = frozenset({"IMP-LABEL-MISSING", "IMP-LABEL-UNREADABLE", "IMP-LINE-DOUBLE"})
"""Rules that say already why a polygon of a drawing has no number."""
WITHOUT_POINT = frozenset({"IMP-POINT-UNREADABLE"})
"""Rules that say already why a row has no area."""
AREA_DIFFERENCE = 0.01
MOST_PLACES = 10_000
AREA_DIFFERENCE_M2 = 1.0


@dataclass(frozen=True)
class Neighbours:
    """Current parcels beside the import."""

    unit_id: Integers
    rings: Rings


@dataclass(frozen=True)
class Register:
    """What the register says, as far as an import needs it."""

    issued: Mapping[str, Unit]
    current: Mapping[str, Unit]
    use_codes: frozenset[str]
    replaced_codes: Mapping[str, str]
    numbers_of: Callable[[Unit], set[tuple[str, str]]]
    """Sheet and number of all parcels ever numbered in the series this import writes to."""
    neighbours_of: Callable[[Rings], Neighbours]


@dataclass
class Examined:
    """A file with everything decided. Rows are 0-based; `active` are the ones that would be loaded."""

    plan: Plan
    source: Source
    attributes: Attributes
    uses: Uses
    placed: Placed
    findings: Findings
    status: Texts
    active: Integers
    numbered: Booleans
    is_object: Booleans
    fabric: Settled
    """The active rows, then the neighbours."""
    neighbours: Neighbours
    overlaps: Overlaps
    """Between members of `fabric`."""
    extents: dict[str, Extent]
    measured_m2: Floats
    """Area as recorded, in the survey's own zone (in the working system where that is in degrees)."""
    measured_srid: int
    legal_m2: Floats
    max_move_mm: float

    @property
    def refused(self) -> bool:
        """Tell whether nothing may be written."""
        return bool((self.status == outcome.REFUSED).any())

    def key(self, row: int) -> str | None:
        """Return the sheet and number a row claims, as people write them."""
        sheet, number = self.attributes.sheet[row], self.attributes.number[row]
        return f"{sheet or '?'}/{number or '?'}" if sheet or number else None


def examine(plan: Plan, source: Source, register: Register, on_step: Progress) -> Examined:
    """Judge every row; coordinates of the result are in the working system."""
    return _Examination(plan, source, register, on_step).run()


class _Examination:
    """One run, step by step; each step notes findings."""

    def __init__(self, plan: Plan, source: Source, register: Register, on_step: Progress) -> None:
        self.plan, self.source, self.register, self.on_step = plan, source, register, on_step
        self.total = len(source)
        self.findings = Findings(self.total)
        self.mode = plan.options.on_defect
        self.attributes = cleaned(source.table, plan.fields.fields)
        self.rings = _finite(source.rings.with_xy(plan.to_working(source.rings.xy)))
        self.mapped = np.diff(self.rings.shape) > 0
        self.aside = np.zeros(self.total, dtype=bool)
        """Rows that will not be loaded."""

    def run(self) -> Examined:
        judge_file(plan=self.plan, source=self.source, findings=self.findings, current=self.register.current)
        self._place()
        self._note_made()
        self._judge_attributes()
        neighbours = self.register.neighbours_of(self.rings)
        active, fabric, overlaps = self._settle(neighbours)
        self._note_repairs(active, fabric)
        self._note_areas()
        extents = self._extents(active, fabric, overlaps)
        hand_back()
        return Examined(
            self.plan,
            self.source,
            self.attributes,
            self.uses,
            self.placed,
            self.findings,
            self._status(),
            active,
            self.numbered,
            self.is_object,
            fabric,
            neighbours,
            overlaps,
            extents,
            self.measured,
            self.measured_srid,
            self.legal,
            float(fabric.moved_mm[: len(active)].max(initial=0.0)),
        )

    def _place(self) -> None:
        options = self.plan.options
        given = self.attributes.commune
        if options.commune is not None:
            given = np.full(self.total, options.commune, dtype=object)
        box = self.rings.bounds()
        self.middle = (box[:, :2] + box[:, 2:]) / 2
        self.placed = place(given, self.middle, issued=self.register.issued, current=self.register.current)
        self._defect("IMP-UNKNOWN-COMMUNE", absent(self.placed.commune), fatal=True)
        self._defect("IMP-OUTSIDE", self.placed.outside)
        communes = {code for code in self.placed.commune.tolist() if code is not None}
        known = [self.register.current[code] for code in sorted(communes)]
        judge_places(plan=self.plan, source=self.source, findings=self.findings, communes=known)

    def _note_made(self) -> None:
        """Note what was wrong with the lines and labels of a drawing, or with a table of points."""
        self.unlabelled, self.unread = np.zeros((2, self.total), dtype=bool)
        for item in self.source.drawn:
            rows = np.array([*item.rows], dtype=np.int64)
            others = None if item.others is None else np.array([*item.others], dtype=np.int64)
            places = [shapely.transform(place, self.plan.to_working) for place in item.places]
            self.findings.add(item.rule, rows, places=places, others=others, note=item.note)
            concerned = np.concatenate([rows, [] if others is None else others]).astype(np.int64)
            concerned = concerned[concerned >= 0]
            if RULES[item.rule].kind == "defect" and self.mode == "quarantine":
                self.aside[concerned] = True
            self.unlabelled[concerned] |= item.rule in WITHOUT_LABEL
            self.unread[concerned] |= item.rule in WITHOUT_POINT

    def _judge_attributes(self) -> None:
        self.uses = read_uses(self.attributes.use, self.register.use_codes, self.register.replaced_codes)
        self.findings.add("IMP-USE-LEGACY", np.flatnonzero(self.uses.legacy))
        self._defect("IMP-USE-UNKNOWN", self.uses.unknown)
        has_key = ~absent(self.attributes.sheet) & ~absent(self.attributes.number)
        self.is_object = self._objects()
        lost = self._lost()
        self._defect("IMP-NOT-SURFACE", lost & ~self.unread)
        self._defect_fatal(lost & ~has_key)
        self._defect("IMP-NOTHING", ~self.mapped & ~lost & ~has_key, fatal=True)
        self.findings.add("IMP-NO-GEOMETRY", np.flatnonzero(~self.mapped & ~lost & has_key))
        self._defect("IMP-NO-NUMBER", self.mapped & ~has_key & ~self.is_object & ~self.unlabelled)
        repeated = self._repeated_numbers(has_key)
        self._defect("IMP-DUPLICATE", repeated, note="number")
        self._defect_fatal(repeated & ~self.mapped)
        self.numbered = has_key & ~repeated

    def _lost(self) -> Booleans:
        """Return rows whose geometry is there and is no area, or none that can be read or placed."""
        given = (np.diff(self.source.rings.shape) > 0) | self.source.closed | self.source.unreadable
        given[list(self.source.other)] = True
        lost: Booleans = given & ~self.mapped
        return lost

    def _objects(self) -> Booleans:
        """Return rows without a number whose every use is that of a road, canal or river."""
        occupied = np.zeros(self.total, dtype=bool)
        occupied[self.uses.row] = True
        other = np.zeros(self.total, dtype=bool)
        other[self.uses.row[~np.isin(self.uses.code.astype(str), list(OBJECT_USES))]] = True
        return self.mapped & occupied & ~other & absent(self.attributes.number)

    def _repeated_numbers(self, has_key: Booleans) -> Booleans:
        """Return rows whose number was taken before: by an earlier row, or in the register for ever."""
        rows = np.flatnonzero(has_key & (self.placed.issuer >= 0))
        repeated = np.zeros(self.total, dtype=bool)
        taken: dict[int, set[tuple[str, str]]] = {}
        for row, issuer in zip(rows.tolist(), self.placed.issuer[rows].tolist(), strict=True):
            if issuer not in taken:
                taken[issuer] = self.register.numbers_of(self.placed.issuers[issuer])
            key = (self.attributes.sheet[row], self.attributes.number[row])
            repeated[row] = key in taken[issuer]
            taken[issuer].add(key)
        return repeated

    def _settle(self, neighbours: Neighbours) -> tuple[Integers, Settled, Overlaps]:
        """Settle what is left, set aside what a defect excludes, and settle again until nothing more goes."""
        while True:
            active = np.flatnonzero(self.mapped & ~self.aside)
            together = self._together(active, neighbours)
            fabric = settle(together, lambda done, of: self.on_step("Noding", done, of))
            hand_back()
            thin = self._thin(active, fabric)
            sound = np.diff(fabric.rings.shape) > 0
            overlaps = find_overlaps(
                fabric.rings, np.flatnonzero(sound), lambda done, of: self.on_step("Overlaps", done, of)
            )
            hand_back()
            # What lies between two parcels that were there before is known already.
            overlaps = overlaps.with_one_below(len(active))
            out = self._excluded(active, fabric, thin, overlaps, neighbours)
            if not out.size:
                self._note_overlaps(active, overlaps, neighbours)
                return active, fabric, overlaps
            self.aside[out] = True

    def _together(self, active: Integers, neighbours: Neighbours) -> Rings:
        """Return the active rows, then the neighbours; no copy where that is all rows and nothing else."""
        rows = self.rings if len(active) == self.total else self.rings.take(active)
        return Rings.joined([rows, neighbours.rings]) if len(neighbours.rings) else rows

    def _thin(self, active: Integers, fabric: Settled) -> Booleans:
        def both(shapes: Shapes) -> Floats:
            return np.stack([shapely.area(shapes), slivers(shapes)], axis=1)

        sizes, thin = fabric.rings.measured(both, np.arange(len(active))).T
        self.sizes: Floats = sizes
        narrow: Booleans = thin.astype(bool)
        return narrow

    def _excluded(
        self, active: Integers, fabric: Settled, thin: Booleans, overlaps: Overlaps, neighbours: Neighbours
    ) -> Integers:
        """Return rows to set aside now; note why."""
        too_small = active[self.sizes < MIN_AREA_M2]
        wanted = active[thin] if self.mode != "admit" else too_small
        if self.mode == "refuse":
            self._note_slivers(active[thin], fabric, active)
            return np.zeros(0, dtype=np.int64)
        if wanted.size:
            self._note_slivers(wanted, fabric, active)
            return wanted
        if self.mode == "admit":
            self._note_slivers(active[thin], fabric, active)
            return np.zeros(0, dtype=np.int64)
        if not len(overlaps.a):
            return np.zeros(0, dtype=np.int64)
        count = len(active)
        first = np.where(overlaps.a < count, overlaps.a, -1)
        second = np.where(overlaps.b < count, overlaps.b, -1)
        out = uncover(first, second, overlaps.area_m2, self.sizes)
        self._note_overlaps(active, overlaps, neighbours)
        return active[out]

    def _note_slivers(self, rows: Integers, fabric: Settled, active: Integers) -> None:
        shapes = fabric.rings.shapes(np.searchsorted(active, rows))
        size = float(shapely.area(shapes).sum()) if len(rows) else 0.0
        self.findings.add("IMP-SLIVER", rows, places=list(shapes), area_m2=size)

    def _note_overlaps(self, active: Integers, overlaps: Overlaps, neighbours: Neighbours) -> None:
        names = np.concatenate([active, -1 - neighbours.unit_id])
        for rule, part in (("IMP-OVERLAP", ~overlaps.equal), ("IMP-DUPLICATE", overlaps.equal)):
            later, earlier = names[overlaps.b[part]], names[overlaps.a[part]]
            later, earlier = np.maximum(later, earlier), np.minimum(later, earlier)
            area = float(overlaps.area_m2[part].sum())
            note = "" if rule == "IMP-OVERLAP" else "shape"
            self.findings.add(
                rule, later, places=list(overlaps.common[part]), area_m2=area, others=earlier, note=note
            )

    def _note_repairs(self, active: Integers, fabric: Settled) -> None:
        mended = np.flatnonzero(fabric.repaired[: len(active)])
        shapes = self.rings.shapes(active[mended])
        change = float(np.abs(fabric.area_change_m2[mended]).sum())
        self.findings.add("IMP-INVALID-RING", active[mended], places=list(shapes), area_m2=change)
        self.findings.add("IMP-RING-OPEN", np.flatnonzero(self.source.closed & self.mapped & ~self.aside))
        curved = np.flatnonzero(self.source.curved & ~self.aside)
        self.findings.add("IMP-CURVE", curved, places=self._places(curved))
        self.findings.add("IMP-COLLECTION", np.flatnonzero(self.source.collected & ~self.aside))

    def _note_areas(self) -> None:
        unit = self.plan.unit_m
        rows = np.flatnonzero(self.mapped)
        self.measured = np.full(self.total, np.nan)
        recorded = self.source.rings if unit else self.rings
        self.measured[rows] = recorded.measured(shapely.area, rows) * (unit or 1.0) ** 2
        self.measured_srid = self.plan.srid if unit else self.plan.working
        given = np.round(self.attributes.legal_area_m2, 1)
        given[~(given > 0)] = np.nan
        missing = np.isnan(given) & self.mapped & ~self.aside
        self.findings.add("IMP-NO-AREA", np.flatnonzero(missing))
        self.legal = np.where(np.isnan(given), np.maximum(np.round(self.measured, 1), 0.1), given)
        off = np.abs(self.legal - self.measured)
        different = self.mapped & ~self.aside & (off > AREA_DIFFERENCE_M2) & (off > AREA_DIFFERENCE * self.legal)
        rows = np.flatnonzero(different)
        self.findings.add("IMP-AREA-DIFF", rows, places=self._places(rows), area_m2=float(off[rows].sum()))
        stated = np.bincount(self.uses.row[np.isnan(self.uses.area_m2)], minlength=self.total)
        several = (np.bincount(self.uses.row, minlength=self.total) > 1) & (stated > 0) & ~self.aside
        self.findings.add("IMP-USE-SHARE", np.flatnonzero(several))

    def _extents(self, active: Integers, fabric: Settled, overlaps: Overlaps) -> dict[str, Extent]:
        odd = np.zeros(len(fabric.rings), dtype=bool)
        odd[overlaps.unmatched] = True
        made: dict[str, Extent] = {}
        codes = self.placed.commune[active].astype(str)
        wanted, many = np.unique(codes, return_counts=True)

        def extent(code: str) -> Extent:
            rows = np.flatnonzero(codes == code)
            return extent_of(fabric.rings.shapes(rows), odd[rows])

        with ThreadPoolExecutor(THREADS) as pool:
            # The largest first: no thread is left alone with one at the end.
            coming = {code: pool.submit(extent, code) for code in wanted[np.argsort(-many)].tolist()}
            for done, code in enumerate(wanted.tolist(), 1):
                found = made[code] = coming.pop(code).result()
                gaps = found.gaps
                if gaps:
                    size = float(shapely.area(gaps).sum())
                    self.findings.add("IMP-GAP", np.full(len(gaps), -1), places=gaps, area_m2=size, note=code)
                self.on_step("Gaps", done, len(wanted))
        return made

    def _defect(self, rule: str, marks: Booleans, *, fatal: bool = False, note: str = "") -> None:
        rows = np.flatnonzero(marks)
        self.findings.add(rule, rows, places=self._places(rows), note=note)
        if fatal or self.mode == "quarantine":
            self._defect_fatal(marks)

    def _places(self, rows: Integers) -> list[Any]:
        """Return the polygons of some rows, None for those without one, or for all where they are too many."""
        mapped = rows[self.mapped[rows]] if len(rows) <= MOST_PLACES else rows[:0]
        shapes = dict(zip(mapped.tolist(), self.rings.shapes(mapped), strict=True))
        return [shapes.get(row) for row in rows.tolist()]

    def _defect_fatal(self, marks: Booleans) -> None:
        if self.mode != "refuse":
            self.aside |= marks

    def _status(self) -> Texts:
        status = np.full(self.total, outcome.LOADED, dtype=object)
        status[self.findings.with_rule_kind("repair")] = outcome.REPAIRED
        defective = self.findings.with_rule_kind("defect")
        if self.mode == "refuse":
            if defective.any() or self.findings.has_file_defect():
                status[:] = outcome.REFUSED
            return status
        status[defective] = outcome.ADMITTED
        if self.mode == "quarantine":
            # Who merely lay under a row that was set aside is itself as it was.
            kept = defective & ~self.aside
            status[kept] = np.where(
                self.findings.with_rule_kind("repair")[kept], outcome.REPAIRED, outcome.LOADED
            )
        status[self.aside] = outcome.QUARANTINED
        return status


def _finite(rings: Rings) -> Rings:
    """Return the polygons, those with an infinite coordinate empty: a projection does not reach everywhere."""
    bad = np.flatnonzero(~np.isfinite(rings.xy).all(axis=1))
    if not bad.size:
        return rings
    rows = np.unique(rings.shape_of_ring()[rings.ring_of_corner()[bad]])
    return rings.replaced(rows, np.full(len(rows), None, dtype=object))
