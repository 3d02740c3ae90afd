"""Answer officers about surveys under /api/v1/survey. Nothing is written: the points go into a draft's operation."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from shapely.geometry import mapping

from landsvc.cadastre.importing.plan import expected_place
from landsvc.cadastre.rules import offered_srid, plane_srid
from landsvc.cadastre.survey import schemas, service
from landsvc.cadastre.survey.cogo import Place
from landsvc.cadastre.survey.pasted import read_pasted
from landsvc.cadastre.survey.steps import read_steps
from landsvc.core.api import JSON, PREFIX, Api, content, problems
from landsvc.core.web import database, settings
from landsvc.geo.crs import WGS84, transform, transform_point
from landsvc.identity.routes import OFFICER_WRITES
from landsvc.identity.web import for_officers

REFUSED = problems(
    http_401="Nobody is signed in.",
    http_403="Your roles do not reach this, or the CSRF token is missing.",
    http_415="The body is not JSON.",
    http_422="A step cannot be carried out; it is named.",
)


def make_api() -> Api:
    """Return the endpoints of surveys."""
    api = Api(
        "survey",
        tag="Survey",
        description="Boundary points from measurements and pasted tables.",
        schemas=(schemas.SurveyShown, schemas.PastedShown),
        url_prefix=f"{PREFIX}/survey",
    )

    @api.post(
        "/constructions",
        responses={200: content(schemas.SurveyShown), **REFUSED},
        security=OFFICER_WRITES,
    )
    @for_officers()
    def constructions(body: schemas.SurveyBody) -> Response:
        """Work out points from distances, offsets, a total station or a traverse."""
        srid = plane_srid(body.crs, settings().srid)
        find = _finder(srid)
        asked = [step.model_dump(by_alias=True, exclude_none=True) for step in body.steps]
        worked = service.work_out_survey(read_steps(asked), find)
        bound = [worked.at(name, 0) for name in body.boundary]
        shown = schemas.SurveyShown(
            crs=f"EPSG:{srid}",
            working_crs=f"EPSG:{settings().srid}",
            points=[_point(name, place, srid) for name, place in worked.points.items()],
            found=worked.found,
            outline=_outline(bound, srid),
        )
        return _answer(shown)

    @api.post("/points", responses={200: content(schemas.PastedShown), **REFUSED}, security=OFFICER_WRITES)
    @for_officers()
    def points(body: schemas.PastedBody) -> Response:
        """Read a pasted table of points."""
        working = settings().srid
        stated = None if body.crs is None else offered_srid(body.crs, working)
        found = read_pasted(
            body.text,
            stated=stated,
            working=working,
            variant=settings().datum_shift,
            extent=expected_place(working),
        )
        srid = found.place.srid or working
        shown = schemas.PastedShown(
            crs=f"EPSG:{srid}",
            crs_guessed=found.place.guessed,
            reason=found.place.reason,
            alternatives=[f"EPSG:{other}" for other in found.place.alternatives],
            north_first=found.north_first,
            headed=found.headed,
            points=[_point(point.name, point.at, srid, point.line) for point in found.points],
            swapped_lines=list(found.swapped),
            skipped_lines=list(found.skipped),
            working_crs=f"EPSG:{working}",
            outline=_outline([point.at for point in found.points], srid),
        )
        return _answer(shown)

    return api


def _finder(srid: int) -> service.FindCorner:
    """Return what finds corners of the register for places of a survey's own system."""
    working, variant = settings().srid, settings().datum_shift
    find = service.corner_finder(database(), working)
    if srid == working:
        return find

    def find_there(place: Place) -> Place | None:
        found = find(transform_point(*place, srid, working, variant))
        return None if found is None else transform_point(*found, working, srid, variant)

    return find_there


def _point(name: str, place: Place, srid: int, line: int | None = None) -> schemas.PointShown:
    working, variant = settings().srid, settings().datum_shift
    here = place if srid == working else transform_point(*place, srid, working, variant)
    lon, lat = transform_point(*here, working, WGS84, variant)
    shown = {} if line is None else {"line": line}
    return schemas.PointShown(
        name=name,
        position=list(place),
        working=[round(ordinate, 3) for ordinate in here],
        lon_lat=[round(lon, 9), round(lat, 9)],
        **shown,
    )


def _outline(places: Sequence[Place], srid: int) -> schemas.OutlineShown:
    working, variant = settings().srid, settings().datum_shift
    made = service.outline(places, srid, working, variant)
    shown = None if made.polygon is None else mapping(transform(made.polygon, working, WGS84, variant))
    area = None if made.polygon is None else round(made.polygon.area, 4)
    return schemas.OutlineShown.model_validate({"geometry": shown, "areaM2": area, "reason": made.reason})


def _answer(shown: schemas.SurveyShown | schemas.PastedShown) -> Response:
    body = shown.model_dump_json(by_alias=True, exclude_none=False).encode()
    return Response(body, 200, {"Cache-Control": "no-store"}, content_type=JSON)
