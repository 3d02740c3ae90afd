"""Judge a file as a whole: where it lies, in which zone and scale, in which order of axes and which encoding."""

from __future__ import annotations

from collections.abc import Mapping

from landsvc.cadastre.importing.findings import Findings
from landsvc.cadastre.importing.places import Unit
from landsvc.cadastre.importing.plan import Plan
from landsvc.cadastre.importing.reading import Source
from landsvc.cadastre.importing.whereabouts import doubtful_scale, other_zones, require_in_province


def judge_file(*, plan: Plan, source: Source, findings: Findings, current: Mapping[str, Unit]) -> None:
    """Note what was guessed of the file; raise `OutsideProvince`. `current` are the communes of today by code."""
    require_in_province(plan, source.rings.bounds()[:, :2], current)
    if plan.axis_swapped:
        findings.add("IMP-COLUMNS-SWAPPED" if plan.points else "IMP-AXIS", [])
    if plan.srid_alternatives:
        findings.add("IMP-ZONE", [], note=", ".join(map(str, plan.srid_alternatives)))
    info = plan.info
    if info.encoding_guessed or source.encodings:
        said = f" (the file says {info.encoding_declared})" if info.encoding_declared else ""
        others = [f"{name}: {count}" for name, count in source.encodings.most_common()]
        findings.add("IMP-ENCODING", [], note=", ".join([info.encoding + said, *others]))


def judge_places(*, plan: Plan, source: Source, findings: Findings, communes: list[Unit]) -> None:
    """Note where the parcels do not fit the communes they belong to as a whole: another scale, another zone."""
    recorded = source.rings.bounds()[:, :2]
    if (why := doubtful_scale(plan, recorded, communes)) is not None:
        findings.add("IMP-SCALE-FACTOR", [], note=why)
    if zones := other_zones(plan, recorded, communes):
        findings.add("IMP-WRONG-ZONE", [], note=", ".join(map(str, zones)))
