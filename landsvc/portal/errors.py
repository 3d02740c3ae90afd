"""Say what can go wrong with what a reader asks of the pages."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, NotFound


class UnknownCommune(NotFound):
    """No commune of today has this code. 404."""

    slug = "unknown-commune"
    title = "There is no such commune"
    detail = "No commune of today has the code {commune}."
    remedy = "Choose a commune from the list, or leave it out to see all."


class ComparesTwoPlans(InvalidInput):
    """A comparison needs two different plans. 400."""

    slug = "compare-two-plans"
    title = "Choose two plans to compare"
    detail = "{given!r} does not name two different plans of this register."
    remedy = "Choose one plan for each side."


class UnknownProblem(NotFound):
    """No error of ours has this slug. 404."""

    slug = "unknown-problem"
    title = "There is no such kind of error"
    detail = "No answer of this service carries the code {asked}."
    remedy = "See the list of all kinds at /problems/all."


class FileNotWritten(InvalidInput):
    """The map could not be written where it was asked to."""

    slug = "map-not-written"
    title = "The map could not be written"
    detail = "{path}: {reason}."
    remedy = "Choose a folder that exists and may be written to."
