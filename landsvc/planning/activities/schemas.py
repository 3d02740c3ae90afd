"""Shape of what may be done on a parcel."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from landsvc.core.api import ApiModel
from landsvc.planning.activities.rules import Decision, Line, Tree, reach_of
from landsvc.planning.activities.service import Told
from landsvc.planning.schemas import BuildingOut

Verdict = Literal["allowed", "allowed-if", "unknown", "not-allowed"]
NOTICE_VI = (
    "Chỉ có giá trị tham khảo. Giấy chứng nhận và quyết định của cơ quan có thẩm quyền mới có giá trị pháp lý."
)
NOTICE_EN = "For reference only. The certificate and the decisions of the competent authority decide."


class ActivityUseOut(ApiModel):
    """A registered use of the parcel."""

    code: str
    name: str
    area_m2: float | None = Field(alias="areaM2")


class ActivityZoneOut(ApiModel):
    """A zone that says something of the activity, with what it takes of the parcel."""

    theme: str
    theme_name: str
    theme_name_en: str | None
    code: str
    name: str | None
    area_m2: float | None = Field(alias="areaM2")
    length_m: float | None = Field(alias="lengthM")
    share_pct: float | None
    reach: Literal["inside", "edge", "line"] | None = Field(
        description="Edge: all of it lies within the accuracy of its plan, so it may not reach the parcel at all; line:"
        " drawn without a width; null where the plan tells no accuracy."
    )
    plan: str | None = Field(description="Code of the plan.")
    decision: str | None
    building: BuildingOut | None = Field(description="Limits of building that the plan states here.")


class ActivityLineOut(ApiModel):
    """What one line of the decision table says, and what it is about: a use, or a zone."""

    answer: Verdict
    use: ActivityUseOut | None
    zone: ActivityZoneOut | None
    condition: str | None
    condition_en: str | None
    missing: str | None = Field(description="The fact without which nobody can tell.")
    missing_en: str | None
    law: str | None
    certainty: str = Field(description="S from the text of the law, K as generally known, ? to be confirmed.")

    @classmethod
    def of(cls, line: Line) -> ActivityLineOut:
        """Shape a line."""
        rule = line.rule
        return cls(
            answer=line.verdict,  # type: ignore[arg-type]  # the database holds it to the four
            use=None if line.use is None else _use(line.use),
            zone=None if line.theme is None or line.zone is None else _zone(line.theme, line.zone),
            condition=None if line.asks else rule.condition_vi or None,
            condition_en=None if line.asks else rule.condition_en or None,
            missing=rule.missing_vi if line.asks else None,
            missing_en=rule.missing_en if line.asks else None,
            law=rule.law or None,
            certainty=rule.certainty,
        )


class SilentThemeOut(ApiModel):
    """A theme that could say otherwise, and of which there are no data, data on a part, or no line here."""

    code: str
    name: str
    name_en: str | None

    @classmethod
    def of(cls, theme: Tree) -> SilentThemeOut:
        """Shape a theme of a look-up."""
        return cls(code=theme["code"], name=theme["name"], name_en=theme.get("nameEn"))


class ActivityOut(ApiModel):
    """Whether one thing may be done: one word for the parcel, then line by line."""

    code: str
    name: str
    name_en: str
    answer: Verdict
    lines: list[ActivityLineOut]
    without_data: list[SilentThemeOut]
    unjudged: list[SilentThemeOut] = Field(
        description="Themes that lie on the parcel, and of which the decision table says nothing yet."
    )
    unanswered: list[ActivityUseOut] = Field(
        description="Uses of the parcel of which the decision table says nothing yet."
    )

    @classmethod
    def of(cls, found: Decision) -> ActivityOut:
        """Shape an answer."""
        return cls(
            code=found.activity.code,
            name=found.activity.name_vi,
            name_en=found.activity.name_en,
            answer=found.verdict,  # type: ignore[arg-type]  # the database holds it to the four
            lines=[ActivityLineOut.of(each) for each in found.lines],
            without_data=[SilentThemeOut.of(each) for each in found.without_data],
            unjudged=[SilentThemeOut.of(each) for each in found.unjudged],
            unanswered=[_use(each) for each in found.unanswered],
        )


class MinimumPlotOut(ApiModel):
    """What a new parcel of a use must have at least in the parcel's commune, when one is split."""

    use_code: str
    area_m2: float = Field(alias="areaM2")
    frontage_m: float | None = Field(
        alias="frontageM", description="Metres along a road; null where none is asked."
    )
    source: str = Field(description="The decision it stands in.")


class ActivitiesOut(ApiModel):
    """What may be done on a parcel, by its registered uses and the zones on it."""

    parcel: str = Field(description="Reference of the parcel.")
    code: str | None = Field(description="Its code of 12 characters.")
    valid_at: date
    known_at: datetime
    notice: str
    notice_en: str
    activities: list[ActivityOut]
    minimum_plots: list[MinimumPlotOut] = Field(
        description="Of each registered use that has one: what every piece needs when the parcel is split."
    )

    @classmethod
    def of(cls, told: Told) -> ActivitiesOut:
        """Shape an answer."""
        parcel = told.tree["parcel"]
        return cls(
            parcel=parcel["ref"],
            code=parcel.get("code"),
            valid_at=told.tree["validAt"],
            known_at=told.tree["knownAt"],
            notice=NOTICE_VI,
            notice_en=NOTICE_EN,
            activities=[ActivityOut.of(each) for each in told.decisions],
            minimum_plots=[
                MinimumPlotOut(
                    use_code=each.use,
                    areaM2=float(each.area_m2),
                    frontageM=None if each.frontage_m is None else float(each.frontage_m),
                    source=each.source,
                )
                for each in told.minimums
            ],
        )


def _use(use: Tree) -> ActivityUseOut:
    return ActivityUseOut(code=use["code"], name=str(use.get("name") or use["code"]), areaM2=use.get("areaM2"))


def _zone(theme: Tree, zone: Tree) -> ActivityZoneOut:
    plan = zone.get("plan") or {}
    return ActivityZoneOut(
        theme=theme["code"],
        theme_name=theme["name"],
        theme_name_en=theme.get("nameEn"),
        code=zone["code"],
        name=zone.get("name"),
        areaM2=zone.get("areaM2"),
        lengthM=zone.get("lengthM"),
        share_pct=zone.get("sharePct"),
        reach=reach_of(zone),  # type: ignore[arg-type]  # one of the three
        plan=plan.get("code"),
        decision=plan.get("decision"),
        building=None if zone.get("building") is None else BuildingOut.model_validate(zone["building"]),
    )
