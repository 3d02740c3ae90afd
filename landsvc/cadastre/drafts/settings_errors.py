"""Say what can go wrong where the province sets minimum plots and forms of rules."""

from __future__ import annotations

from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class UnfitMinimum(InvalidInput):
    """A minimum plot cannot be read, or is for land there is not. 400."""

    slug = "unfit-minimum"
    title = "This cannot be a minimum plot"
    detail = "{place}{given!r} is not {wanted}."
    remedy = "Mend it and send everything again: nothing was entered."


class MinimumThere(Conflict):
    """There is such a row already. 409."""

    slug = "minimum-there"
    title = "There is such a minimum already"
    detail = "A row says the same for the same land from the same day, by the same decision."
    remedy = "Look for it in the list; a row that is wrong is replaced by another with other figures."


class RuleInForce(RuleViolation):
    """A form of a rule that holds or held is never edited. 422."""

    slug = "rule-in-force"
    title = "What is in force is never edited"
    detail = "A form of rule {rule} can begin tomorrow at the earliest."
    remedy = "Choose a later day: what was judged until then was judged by the form that held."


class RuleKept(RuleViolation):
    """The database keeps this whatever the rule says. 422."""

    slug = "rule-kept"
    title = "This rule cannot be softened"
    detail = "What {rule} asks is kept by the database itself, so it always stops the change."
    remedy = "Leave its severities as they are."


class FormPlanned(Conflict):
    """Another form of the rule begins that day. 409."""

    slug = "rule-form-planned"
    title = "A form of this rule begins that day already"
    detail = "One is planned from {day} on."
    remedy = "Take that one back first, or choose another day."


class NoFormPlanned(NotFound):
    """No form of the rule that is to come begins that day. 404."""

    slug = "no-rule-form-planned"
    title = "No such form is planned"
    detail = "No form of rule {rule} begins on {day}."
    remedy = "The page of the rule tells which are planned."


class UnfitFigure(InvalidInput):
    """A figure of a rule cannot be judged by. 400."""

    slug = "unfit-figure"
    title = "The rule cannot be judged by this"
    detail = "{name}: {given!r} is not {wanted}."
    remedy = "Give every figure of the rule, in the unit that its name ends with, and nothing else."
