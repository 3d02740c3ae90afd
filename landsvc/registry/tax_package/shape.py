"""The shape of a line of a yearly package, as a JSON Schema (2020-12) that travels with it."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_AREA = {"type": "number", "minimum": 0, "description": "m²"}
_USES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code", "areaM2", "shared"],
        "additionalProperties": False,
        "properties": {
            "code": _TEXT | {"description": "Loại đất"},
            "areaM2": _AREA,
            "shared": {"type": "boolean", "description": "Sử dụng chung"},
            "termUntil": {"type": "string", "format": "date"},
            "origin": _TEXT | {"description": "Nguồn gốc sử dụng"},
        },
    },
}
_HOLDERS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["right", "party", "kind", "mode"],
        "additionalProperties": False,
        "properties": {
            "right": _TEXT,
            "party": _TEXT | {"description": "Code in the register; no name and no number of a person."},
            "kind": _TEXT,
            "mode": {"enum": ["sole", "joint", "shares"]},
            "share": {"type": "string", "pattern": "^[0-9]+/[0-9]+$"},
        },
    },
}
_PLACES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["group", "position", "confirmed", "parts"],
        "additionalProperties": False,
        "properties": {
            "group": {"enum": ["farm", "other"]},
            "position": {"type": "integer", "minimum": 1, "description": "Vị trí"},
            "street": _TEXT,
            "alley": _TEXT,
            "confirmed": {"type": "boolean", "description": "Whether an officer confirmed what the map says."},
            "parts": {"type": "array", "description": "Bands of depth with their share of the land."},
        },
    },
}
_REFS = {"type": "array", "items": _TEXT, "minItems": 1}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A line of parcels-*.ndjson.gz",
    "description": "A parcel on 1 January and what changed since a year before; what is not known is left out.",
    "type": "object",
    "required": ["parcel"],
    "additionalProperties": False,
    "properties": {
        "parcel": _TEXT | {"description": "commune-sheet-number, first the commune that numbered it"},
        "code": _TEXT | {"description": "Mã thửa đất, 12 characters"},
        "commune": _TEXT | {"description": "Of today's communes; left out when it is no more"},
        "areaM2": _AREA,
        "uses": _USES,
        "places": _PLACES,
        "holders": _HOLDERS,
        "change": {"enum": ["new", "changed", "gone"]},
        "before": {
            "type": "object",
            "additionalProperties": False,
            "description": "Of what is gone all, of what changed only what did.",
            "properties": {"commune": _TEXT, "areaM2": _AREA, "uses": _USES, "holders": _HOLDERS},
        },
        "from": _REFS | {"description": "Parcels that it came from"},
        "to": _REFS | {"description": "Parcels that came from it"},
    },
}
