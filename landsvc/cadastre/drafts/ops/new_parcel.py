"""Make a parcel where there was none (lập thửa đất mới)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.model import MADE_HERE, Unit, Use
from landsvc.cadastre.drafts.ops.base import Frame, Operation
from landsvc.cadastre.drafts.ops.drawn import Drawn, read_drawn
from landsvc.cadastre.drafts.ops.errors import SeriesMissing
from landsvc.cadastre.drafts.ops.pieces import codes_of, measure, new_unit
from landsvc.cadastre.drafts.ops.replace_geometry import on_corners, overlaps
from landsvc.cadastre.drafts.ops.uses import check_uses, read_use
from landsvc.cadastre.drafts.settling import fitted

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground


@dataclass(frozen=True)
class NewParcel(Operation):
    """Make a parcel from points or a survey on land that nothing covers; its uses sum to its registered area."""

    commune: str
    sheet: str
    drawn: Drawn
    uses: tuple[Use, ...]
    address: str | None = None

    op = "new_parcel"
    kind = "new"
    title = "Lập thửa đất mới"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> NewParcel:
        """Return the operation; raise `UnofferedCrs` or `PlaceOutside`."""
        uses = tuple(read_use(use) for use in body["uses"])
        return cls(body["commune"], body["sheet"], read_drawn(body, frame), uses, body.get("address"))

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the outline."""
        return (self.drawn.shape.boundary,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Make the parcel; raise what stands against it."""
        series = ground.series_of(self.commune)
        if series is None:
            raise SeriesMissing(field="commune", commune=self.commune)
        legal = sum((use.area_m2 for use in self.uses), Decimal(0))
        check_uses(ground, self.sheet, legal, self.uses)
        zone = self.drawn.zone or frame.srid
        facts = self._facts(*series, legal, zone)
        shape = on_corners(ground, self.drawn.shape, self.drawn.within_m)
        fit = fitted(ground, [(replace(facts, geometry=None), shape)], overlaps)
        land = fit.shapes[facts.id]
        (code,) = codes_of([land], facts.name, frame, "points")
        made = new_unit(
            ground,
            replace(facts, geometry=land, measured_m2=round(measure(land, frame, zone), 4)),
            code,
            seq,
        )
        ground.add(made, code, fit.nodes, seq)

    def _facts(self, series_id: int, issuing: str, legal: Decimal, zone: int) -> Unit:
        name = f"{self.commune}-{self.sheet}"
        return Unit(
            0,
            MADE_HERE,
            "parcel",
            name,
            None,
            self.commune,
            series_id,
            issuing,
            self.sheet,
            None,
            legal,
            None,
            zone,
            self.address,
            None,
            None,
            None,
            self.uses,
            (),
            source=self.drawn.source,
        )
