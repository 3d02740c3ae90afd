"""Answer the search box as JSON, and put what was found into words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from flask import Response, request
from pydantic import Field

from landsvc.cadastre.search import Found, SearchBox
from landsvc.core.api import NOT_MODIFIED, Api, ApiModel, QueryModel, Text, answer_bytes, content, problems
from landsvc.core.i18n import current_language, day, gettext
from landsvc.core.throttle import Throttle

MAX_RESULTS = 50


class SearchQuery(QueryModel):
    """What to look for."""

    q: Text = Field(
        min_length=1,
        max_length=200,
        description="A place with or without accents, `345/12 Tân Khai`, `tờ 12 thửa 345`, a parcel reference or"
        " code, coordinates in either order, or a plus code.",
        json_schema_extra={"example": "345/12 Tân Khai"},
    )
    limit: int = Field(10, ge=1, le=MAX_RESULTS, description="How many results to give at most.")


class SearchResult(ApiModel):
    """One thing the text may mean."""

    kind: Literal["parcel", "unit", "oldUnit", "coordinate", "plusCode", "plan"]
    label: str
    detail: str
    ref: str = Field(description="Parcel reference, unit code, plan code, or `lon,lat`.")
    point: list[float] | None = Field(description="Longitude and latitude.")
    bbox: list[float] | None = Field(description="west, south, east, north in degrees.")
    score: float = Field(description="Likelihood from 0 to 1.")
    note: str | None
    parcel: str | None = Field(
        description="For a parcel, what opens it and no other with the same number; null for all else."
    )


class SearchAnswer(ApiModel):
    """What a text may mean, likeliest first."""

    query: str
    results: list[SearchResult]


def make_api(box: SearchBox, throttle: Throttle) -> Api:
    """Return the endpoint of the search box; `throttle` says how often one address may ask."""
    api = Api("search", tag="Search", description="Find a place from one line of text.", schemas=(SearchAnswer,))

    @api.get(
        "/search",
        responses={
            200: content(SearchAnswer),
            304: NOT_MODIFIED,
            **problems(http_429="Too many searches from this address."),
        },
    )
    def search(query: SearchQuery) -> Response:
        """Find parcels, communes old and new, coordinates and plans."""
        throttle.check(request.remote_addr)
        answer = {"query": query.q, "results": results(box, query.q, query.limit)}
        return answer_bytes(json.dumps(answer, ensure_ascii=False).encode())

    return api


def results(box: SearchBox, text: str, limit: int) -> list[dict[str, Any]]:
    """Return search results as the API gives them, in the reader's language."""
    return [present(found) for found in box.search(text, min(limit, MAX_RESULTS))]


def present(found: Found) -> dict[str, Any]:
    """Return one result in words."""
    label, detail = WORDS[found.kind](found)
    return {
        "kind": found.kind,
        "label": label,
        "detail": detail,
        "ref": found.ref,
        "point": None if found.point is None else [round(ordinate, 7) for ordinate in found.point],
        "bbox": None if found.box is None else [round(ordinate, 7) for ordinate in found.box],
        "score": round(min(found.score, 1.0), 3),
        "note": _note(found),
        "parcel": found.parcel,
    }


def _parcel(found: Found) -> tuple[str, str]:
    facts = found.facts
    if "number" not in facts:
        return str(facts["ref"]), str(facts["commune"] or "")
    label = gettext("Parcel %(number)s, sheet %(sheet)s", number=facts["number"], sheet=facts["sheet"])
    if facts["issuer"] == facts["commune"]:
        return label, str(facts["commune"])
    return label, gettext("%(new)s (formerly %(old)s)", new=facts["commune"], old=facts["issuer"])


def _unit(found: Found) -> tuple[str, str]:
    facts = found.facts
    return facts["name"], gettext("formerly %(names)s", names=facts["kin"]) if facts["kin"] else facts["code"]


def _old_unit(found: Found) -> tuple[str, str]:
    facts = found.facts
    now = gettext("now %(names)s", names=facts["kin"]) if facts["kin"] else ""
    return facts["name"], now or gettext("until %(day)s", day=day(facts["ended"]))


def _coordinate(found: Found) -> tuple[str, str]:
    facts = found.facts
    lon, lat = found.point or (0.0, 0.0)
    label = f"{lat:.6f}, {lon:.6f}"
    if facts["srid"] == 4326:
        return label, gettext("latitude, longitude (WGS 84)")
    return label, f"EPSG:{facts['srid']}: {facts['x']:.2f} E, {facts['y']:.2f} N"


def _plus_code(found: Found) -> tuple[str, str]:
    return str(found.facts["text"]), _coordinate(found)[0]


def _plan(found: Found) -> tuple[str, str]:
    facts = found.facts
    name = facts["nameEn"] if current_language() == "en" and facts["nameEn"] else facts["name"]
    if not facts["decision"]:
        return str(name), found.ref
    if not facts["decidedOn"]:
        return str(name), str(facts["decision"])
    date = day(facts["decidedOn"])
    return str(name), gettext("%(decision)s of %(date)s", decision=facts["decision"], date=date)


def _note(found: Found) -> str | None:
    match found.note:
        case "retired":
            return gettext("This parcel is no longer current.")
        case "olderMap":
            return gettext("It had this number on map %(series)s.", series=found.facts["series"])
        case "otherOrder":
            return gettext("Read as sheet/parcel.")
        case "swapped":
            return gettext("Read as north first, east second.")
        case "halfNumber":
            return gettext("Give both the sheet and the parcel number.")
        case "noNumberThere":
            return gettext("No parcel with this sheet and number was found there.")
    return None


WORDS: dict[str, Callable[[Found], tuple[str, str]]] = {
    "parcel": _parcel,
    "unit": _unit,
    "oldUnit": _old_unit,
    "coordinate": _coordinate,
    "plusCode": _plus_code,
    "plan": _plan,
}
