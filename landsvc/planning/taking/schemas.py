"""Shape of what planned works would take of a parcel."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from landsvc.core.api import ApiModel
from landsvc.planning.taking.service import Asked


class TakingZoneOut(ApiModel):
    """A zone for public works on the parcel."""

    theme: str
    theme_name: str
    theme_name_en: str
    code: str
    name: str | None
    name_en: str | None
    use_code: str = Field(description="The planned use.")
    plan: str
    decision: str | None
    decided_on: date | None
    authority: str | None
    status: Literal["inForce", "pending"]
    reach: Literal["inside", "edge", "line"] = Field(
        description="Further into the parcel than the plan may be off; over its edge within that; or drawn as a line or"
        " mark without a width."
    )
    accuracy_m: float | None = Field(alias="accuracyM", description="How far the plan may be off, metres.")
    area_m2: float | None = Field(alias="areaM2")
    certain_m2: float | None = Field(alias="certainM2", description="Beyond the accuracy of the zone's edge.")
    uncertain_m2: float | None = Field(alias="uncertainM2")
    length_m: float | None = Field(alias="lengthM")
    count: int | None


class TakingPieceOut(ApiModel):
    """A piece that would be left."""

    area_m2: float = Field(alias="areaM2")
    plot: Literal["enough", "tooSmall", "depends", "unknown"] = Field(
        description="Its area against the minimum plots of the parcel's uses: enough for each, too small for each, for"
        " some of them, or no minimum is known. Access and frontage are not looked at."
    )


class TakingMinimumOut(ApiModel):
    """The minimum plot of a use in the parcel's commune."""

    use_code: str
    area_m2: float = Field(alias="areaM2")
    frontage_m: float | None = Field(alias="frontageM")
    source: str = Field(description="The decision it stands in.")


class TakingRuleOut(ApiModel):
    """What the law says beside it."""

    code: str
    says_vi: str
    says_en: str
    source: str
    certainty: Literal["S", "K", "?"] = Field(
        description="S from the text, K generally known, ? to be confirmed by the province."
    )


class TakingSilentOut(ApiModel):
    """A theme that tells of works, but not for all of this land."""

    code: str
    name: str
    name_en: str
    covered_pct: float | None = Field(description="Part of the parcel its plans in force speak about.")


class TakingOut(ApiModel):
    """What zones for public works take of a parcel, and what would be left. No decision of recovery is told."""

    parcel: str
    stage: Literal["annual", "planned", "pending", "line", "edge", "nothing", "withoutData"] = Field(
        description="In the annual plan, in a plan alone, in a plan to come; works drawn as a line without a width, or"
        " over the edge within the accuracy of their plan, which is neither yes nor no; nothing; or no plan in"
        " force speaks about the land."
    )
    area_m2: float = Field(alias="areaM2", description="The registered area, else the computed one.")
    taken_m2: float = Field(alias="takenM2", description="Of all zones in force together, each m² once.")
    taken_pct: float
    annual_m2: float = Field(alias="annualM2", description="Of it what the annual plan has.")
    certain_m2: float | None = Field(
        alias="certainM2",
        description="Of it what lies beyond the accuracy of the plans; null where one has none.",
    )
    uncertain_m2: float | None = Field(alias="uncertainM2")
    left_m2: float = Field(alias="leftM2")
    pieces_m2: list[float] = Field(
        alias="piecesM2", description="What is left, piece by piece, the largest first."
    )
    pieces: list[TakingPieceOut] = Field(
        description="The same against the minimum plots, where something is taken beyond the accuracy of the plans."
    )
    minimum_plots: list[TakingMinimumOut]
    rules: list[TakingRuleOut] = Field(description="What applies to it; nothing is promised by it.")
    zones: list[TakingZoneOut]
    without_data: list[TakingSilentOut] = Field(
        description="Themes whose plans in force do not speak about the whole parcel: they may say otherwise."
    )
    on: date = Field(description="The day whose plans are told.")

    @classmethod
    def of(cls, asked: Asked) -> TakingOut:
        """Shape an answer."""
        found = asked.taking
        return cls(
            parcel=asked.parcel["ref"],
            stage=found.stage,  # type: ignore[arg-type]  # one of those of rules
            areaM2=found.area_m2,
            takenM2=found.taken_m2,
            taken_pct=found.taken_pct,
            annualM2=found.annual_m2,
            certainM2=found.certain_m2,
            uncertainM2=found.uncertain_m2,
            leftM2=found.left_m2,
            piecesM2=list(found.pieces_m2),
            pieces=[TakingPieceOut(areaM2=each.area_m2, plot=each.plot) for each in asked.pieces],  # type: ignore[arg-type]
            minimum_plots=[
                TakingMinimumOut(
                    use_code=each.use, areaM2=each.area_m2, frontageM=each.frontage_m, source=each.source
                )
                for each in asked.minimums
            ],
            rules=[
                TakingRuleOut(
                    code=each.code,
                    says_vi=each.says_vi,
                    says_en=each.says_en,
                    source=each.source,
                    certainty=each.certainty,  # type: ignore[arg-type]  # what the database takes
                )
                for each in asked.rules
            ],
            zones=[
                TakingZoneOut.model_validate(
                    {name: value for name, value in each.items() if name not in ("m2", "since")}
                )
                for each in found.zones
            ],
            without_data=[
                TakingSilentOut(
                    code=each["code"],
                    name=each["name"],
                    name_en=each["nameEn"],
                    covered_pct=each.get("coveredPct"),
                )
                for each in found.silent
            ],
            on=asked.times.valid_at,
        )
