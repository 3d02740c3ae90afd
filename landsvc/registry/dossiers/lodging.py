"""Open dossiers for people who are not at a counter: at the office of their land, by the service itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy.orm import Session

from landsvc.core.filestore import Kept
from landsvc.identity.actors import SERVICE, Branch
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers import service
from landsvc.registry.dossiers.model import Application, Dossier


def submit_from_outside(session: Session, application: Application, files: Sequence[Kept]) -> Dossier:
    """Open a dossier with the files of its papers; in a unit of work of the service as an editor.

    It waits for an officer to receive it, at the branch that covers its land. Raises as `service.submit`.
    """
    for kept in files:
        queries.keep_file(session, **asdict(kept))
    branch = queries.branch_of(session, commune=service.commune_of(session, application.units))
    actor = replace(SERVICE, branches=(Branch(*branch, covers_all=False),)) if branch else SERVICE
    return service.submit(session, application, actor=actor).dossier
