"""Shapes of the answers about procedures and the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, Day, PathModel, QueryModel, Text
from landsvc.registry.dossiers.effects import NAMES
from landsvc.registry.dossiers.procedures import Procedure


class ProcedurePath(PathModel):
    """Which procedure."""

    code: Text = Field(
        min_length=1,
        max_length=8,
        description="Its code (mã loại biến động).",
        json_schema_extra={"example": "CN"},
    )


class OnDayQuery(QueryModel):
    """As of which day."""

    on: Day | SkipJsonSchema[None] = Field(None, description="The day it shall be in force; today without it.")


class LimitShown(ApiModel):
    """A time limit in working days: of a case, nationally or in a province."""

    case: str = Field(description="Empty for the usual case.")
    name: str
    name_en: str
    province: str = Field(
        description="Code of the province whose own text it is; empty for the national default."
    )
    days: int
    extra_days: int = Field(description="Added in mountainous and other difficult communes.")
    valid_from: date
    valid_to: date | None = Field(description="The last day.")
    tthc: str | None = Field(description="Code of the administrative procedure, where the case has its own.")
    source: str
    certainty: str = Field(description="S: found in a source; K: known; ?: to be confirmed by the province.")


class EffectShown(ApiModel):
    """Something completion does."""

    effect: str
    name: str
    name_en: str


class ProcedureShown(ApiModel):
    """A procedure of registration (thủ tục, loại biến động)."""

    code: str
    name: str
    name_en: str
    applicant: str
    applicant_en: str
    workflow: str
    effects: list[EffectShown]
    taxes: list[str] = Field(
        description="T: transfer income tax, B: registration fee, S: land-use fee, L: land rent."
    )
    blocked_by: list[str] = Field(description="Kinds of holds on the land that stop it.")
    tthc: str | None = Field(description="Code of the administrative procedure in the national database.")
    cutoff: str | None = Field(
        description="What comes in after this hour came in on the next working day; the office's own hour without it."
    )
    law: str
    certainty: str
    needs_certificate: bool = Field(description="A certificate in force is shown for it.")
    renews_certificate: bool = Field(description="It ends in another certificate, never in an annotation.")
    certificate_law: str | None = Field(description="On what these two stand.")
    certificate_certainty: str | None = Field(description="As `certainty` of a limit.")
    limits: list[LimitShown]

    @classmethod
    def of(cls, found: Procedure) -> ProcedureShown:
        """Shape a procedure."""
        return cls(**_facts(found))


class PaperShown(ApiModel):
    """A paper a procedure asks for."""

    document: str
    name: str
    name_en: str
    needed: str = Field(description="`always`, or `if` what `when` says.")
    when: str
    when_en: str


class StepShown(ApiModel):
    """A step: whose turn it is in a state."""

    state: str
    role: str
    days: int | None = Field(description="Working days; null where others have it and the office's clock stands.")
    name: str
    name_en: str


class ProcedureOut(ProcedureShown):
    """A procedure with its papers and steps."""

    documents: list[PaperShown]
    steps: list[StepShown]
    case_effects: dict[str, list[EffectShown]] = Field(
        description="What completing it does instead in cases that have their own effects, by case."
    )

    @classmethod
    def of(cls, found: Procedure) -> ProcedureOut:
        """Shape a procedure."""
        return cls(
            **_facts(found),
            case_effects={case: _effects(names) for case, names in found.case_effects.items()},
            documents=[
                PaperShown(
                    document=each.document,
                    name=each.name_vi,
                    name_en=each.name_en,
                    needed=each.needed,
                    when=each.when_vi,
                    when_en=each.when_en,
                )
                for each in found.documents
            ],
            steps=[
                StepShown(
                    state=each.state, role=each.role, days=each.days, name=each.name_vi, name_en=each.name_en
                )
                for each in found.steps
            ],
        )


class ProcedureList(ApiModel):
    """All procedures in force."""

    on: date
    procedures: list[ProcedureShown]


def _facts(found: Procedure) -> dict[str, Any]:
    facts = found.facts
    return {
        "code": facts.code,
        "name": facts.name_vi,
        "name_en": facts.name_en,
        "applicant": facts.applicant_vi,
        "applicant_en": facts.applicant_en,
        "workflow": facts.workflow,
        "effects": _effects(facts.effects),
        "taxes": list(facts.taxes),
        "blocked_by": list(facts.blocked_by),
        "tthc": facts.tthc,
        "cutoff": facts.cutoff and f"{facts.cutoff:%H:%M}",
        "law": facts.law,
        "certainty": facts.certainty,
        "needs_certificate": facts.needs_certificate,
        "renews_certificate": facts.renews_certificate,
        "certificate_law": facts.certificate_law,
        "certificate_certainty": facts.certificate_certainty,
        "limits": [
            LimitShown(
                case=each.case_code,
                name=each.case_vi,
                name_en=each.case_en,
                province=each.province_code,
                days=each.days,
                extra_days=each.extra_days,
                valid_from=each.first,
                valid_to=each.last,
                tthc=each.tthc,
                source=each.source,
                certainty=each.certainty,
            )
            for each in found.deadlines
        ],
    }


def _effects(names: Sequence[str]) -> list[EffectShown]:
    return [EffectShown(effect=name, name=NAMES[name][0], name_en=NAMES[name][1]) for name in names]
