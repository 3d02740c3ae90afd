"""Say what can go wrong with procedures and dossiers."""

from __future__ import annotations

from landsvc.core.errors import NotFound


class ProcedureNotFound(NotFound):
    """No procedure has this code on the day asked for. 404."""

    slug = "procedure-not-found"
    title = "There is no such procedure"
    detail = "No procedure is called {code} on {day}."
    remedy = "Look the code up in the list of procedures, such as CN for a transfer."


class CaseNotFound(NotFound):
    """The procedure has no such case. 404."""

    slug = "case-not-found"
    title = "The procedure has no such case"
    detail = "{code} has no case {case!r}; it has {cases}."
    remedy = "Choose one of the cases of the procedure: each has its own time limit."
