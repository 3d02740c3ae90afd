"""Tables of `cadastre`, as the migrations made them; constraints and triggers stand in the migrations."""

from landsvc.cadastre.models.current import Parcel, ParcelDrawn, ParcelRun
from landsvc.cadastre.models.defects import Defect, DefectCount, DefectLook
from landsvc.cadastre.models.drafts import Draft, DraftOperation, DraftSlot, MinimumPlot, PreviewRun, Rule
from landsvc.cadastre.models.fabric import (
    Lineage,
    MappedExtent,
    ParcelCode,
    ParcelNumber,
    ParcelNumberPast,
    ParcelUnit,
    ParcelUse,
    ParcelVersion,
    Record,
    Survey,
    UnitEnd,
)
from landsvc.cadastre.models.guards import BulkLoad, FabricLock, KnownOverlap, ParcelHold, Quarantine
from landsvc.cadastre.models.resurvey import LinkDecision, ResurveyLink, ResurveyThreshold
from landsvc.cadastre.models.units import (
    AdminPart,
    AdminSuccession,
    AdminUnit,
    Commune,
    LandOrigin,
    LandUseLegacy,
    LandUseType,
    MapSeries,
    MapSheet,
)

__all__ = [
    "AdminPart",
    "AdminSuccession",
    "AdminUnit",
    "BulkLoad",
    "Commune",
    "Defect",
    "DefectCount",
    "DefectLook",
    "Draft",
    "DraftOperation",
    "DraftSlot",
    "FabricLock",
    "KnownOverlap",
    "LandOrigin",
    "LandUseLegacy",
    "LandUseType",
    "Lineage",
    "LinkDecision",
    "MapSeries",
    "MapSheet",
    "MappedExtent",
    "MinimumPlot",
    "Parcel",
    "ParcelCode",
    "ParcelDrawn",
    "ParcelHold",
    "ParcelNumber",
    "ParcelNumberPast",
    "ParcelRun",
    "ParcelUnit",
    "ParcelUse",
    "ParcelVersion",
    "PreviewRun",
    "Quarantine",
    "Record",
    "ResurveyLink",
    "ResurveyThreshold",
    "Rule",
    "Survey",
    "UnitEnd",
]
