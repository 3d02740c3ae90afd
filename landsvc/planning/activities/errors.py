"""Say what can go wrong when planners change the decision table."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, Forbidden, InvalidInput, NotFound, RuleViolation


class UnfitActivityLine(InvalidInput):
    """A line cannot be read, or says no law and no missing fact. 400."""

    slug = "unfit-activity-line"
    title = "This cannot be a line of the decision table"
    detail = "{place}{given!r} is not {wanted}."
    remedy = "Mend it and send everything again: nothing was entered."


class NothingToChange(InvalidInput):
    """Every line is in force as it was sent. 400."""

    slug = "activities-unchanged"
    title = "This changes nothing"
    detail = "Every line that was sent is in force already."
    remedy = "Change what should be answered, or leave it."


class NoSuchActivityChange(NotFound):
    """There is no proposal of this number. 404."""

    slug = "activity-change-not-found"
    title = "There is no such proposal"
    detail = "No proposal has this number."
    remedy = "Look for it in the list of proposals."


class PlannerChangesActivities(Forbidden):
    """Only planners change the table. 403."""

    slug = "planner-changes-activities"
    title = "Planners change what may be done on land"
    detail = "The account has no such role."
    remedy = "Ask a planner."


class ActivityDayPast(RuleViolation):
    """A change may not begin in the past. 422."""

    slug = "activity-day-past"
    title = "What was answered before stays as it was"
    detail = "A line begins today at the earliest; {day} was given."
    remedy = "Choose today or a later day."


class ActivityChangeDecided(Conflict):
    """Somebody decided the proposal. 409."""

    slug = "activity-change-decided"
    title = "Somebody decided this proposal meanwhile"
    detail = "It waits no more."
    remedy = "Load the page again and see what was decided."


class ActivityLineMoved(Conflict):
    """The line changed since it was proposed, or changes later. 409."""

    slug = "activity-line-moved"
    title = "The line changed since it was proposed"
    detail = "Another change was confirmed for {activity}, {land}."
    remedy = "Reject this proposal and propose the line anew, from what is in force now."


class FourEyesActivities(Forbidden):
    """Who proposed lines does not decide them. 403."""

    slug = "four-eyes-activities"
    title = "Another planner decides this"
    detail = "Who proposed the lines does not confirm or reject them."
    remedy = "Ask a colleague; you can take your proposal back."


class ActivityChangeOfOthers(Forbidden):
    """Only who proposed lines takes them back. 403."""

    slug = "activity-change-of-others"
    title = "Who proposed it takes it back"
    detail = "The proposal is somebody else's."
    remedy = "Reject it, and say why."


on_violation("planner-changes-activities", lambda _: PlannerChangesActivities())
on_violation("activity-day-past", lambda facts: ActivityDayPast(field="fromDay", day=facts.get("day", "")))
on_violation("activity-change-decided", lambda _: ActivityChangeDecided())
on_violation(
    "activity-line-moved",
    lambda facts: ActivityLineMoved(activity=facts.get("activity", ""), land=facts.get("land", "")),
)
# Two proposals for one case that are confirmed at the same moment.
on_violation("ex_activity_rule_case_valid", lambda _: ActivityLineMoved(activity="–", land="–"))
on_violation("four-eyes-activities", lambda _: FourEyesActivities())
on_violation("activity-change-of-others", lambda _: ActivityChangeOfOthers())
