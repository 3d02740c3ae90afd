"""Tell officers of procedures under /api/v1/procedures."""

from __future__ import annotations

from flask import Response

from landsvc.core import clock
from landsvc.core.api import NOT_MODIFIED, Api, answer_bytes, content, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import database
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers
from landsvc.registry.dossiers import procedure_schemas as schemas
from landsvc.registry.dossiers import procedures

ANYBODY = {"http_401": "Nobody is signed in.", "http_403": "Your roles do not reach this."}


def make_api() -> Api:
    """Return the endpoints of procedures."""
    api = Api(
        "procedures",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
        schemas=(schemas.ProcedureList, schemas.ProcedureOut),
    )

    @api.get(
        "/procedures",
        responses={200: content(schemas.ProcedureList), 304: NOT_MODIFIED, **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers()
    def list_procedures(query: schemas.OnDayQuery) -> Response:
        """List the procedures in force on a day, with their time limits."""
        on_day = query.on or clock.today()
        with database().read_only(EDITOR_ROLE) as session:
            found = procedures.list_procedures(session, on_day)
        shown = schemas.ProcedureList(on=on_day, procedures=[schemas.ProcedureShown.of(each) for each in found])
        return answer_bytes(shown.model_dump_json(by_alias=True).encode())

    @api.get(
        "/procedures/<code>",
        responses={
            200: content(schemas.ProcedureOut),
            304: NOT_MODIFIED,
            **problems(**ANYBODY, http_404="No such procedure is in force that day."),
        },
        security=OFFICER_READS,
    )
    @for_officers()
    def procedure(path: schemas.ProcedurePath, query: schemas.OnDayQuery) -> Response:
        """Read a procedure: who applies, papers, steps, time limits, effects."""
        with database().read_only(EDITOR_ROLE) as session:
            found = procedures.get_procedure(session, path.code, query.on or clock.today())
        return answer_bytes(schemas.ProcedureOut.of(found).model_dump_json(by_alias=True).encode())

    return api
