"""Say what can go wrong with reports and objections."""

from __future__ import annotations

from landsvc.core import i18n
from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, Forbidden, InvalidInput, NotFound, RuleViolation


class FeedbackNotFound(NotFound):
    """Code and secret do not belong together, or nobody has this code. 404."""

    slug = "feedback-not-found"
    title = "Nothing is found with this code and secret"
    detail = "Code and secret do not belong together, or nobody has them."
    remedy = "Look at what you wrote down when you sent it: both are needed."


class FeedbackNowhere(RuleViolation):
    """The place lies in no commune of the province. 422."""

    slug = "feedback-nowhere"
    title = "The place is not in this province"
    detail = "No commune of this register covers the place."
    remedy = (
        "Write a parcel such as 25195-12-345, a plus code, or latitude and longitude such as 11.535, 106.883."
    )


class FeedbackPlaceUnfit(InvalidInput):
    """This is no place. 400."""

    slug = "feedback-place-unfit"
    title = "This is no place we can read"
    detail = "It is no parcel, no whole plus code, and no latitude with longitude."
    remedy = "Write a parcel such as 25195-12-345, a plus code such as 7P38GVPM+26, or 11.535, 106.883."


class FeedbackWordsUnfit(InvalidInput):
    """The text is too short or too long. 400."""

    slug = "feedback-words-unfit"
    title = "Write what you saw"
    detail = "The text needs 5 to 3,000 characters."
    remedy = "Say in a few sentences what it is about."


class FeedbackCategoryUnfit(InvalidInput):
    """There is no such category. 400."""

    slug = "feedback-category-unfit"
    title = "Choose what it is about"
    detail = "None of the categories was chosen."
    remedy = "Choose one of the list."


class DisplayOver(RuleViolation):
    """The plan is not on public display today. 422."""

    slug = "display-over"
    title = "This plan is not on public display"
    detail = "Opinions on a plan are taken while it is on public display."
    remedy = (
        "/plans/display tells which plans are, and until when. What is wrong on the ground is reported any time."
    )


class FeedbackMoved(Conflict):
    """Somebody did something with it meanwhile. 409."""

    slug = "feedback-moved"
    title = "Somebody did something with it meanwhile"
    detail = "It does not stand any more as it was shown."
    remedy = "Look at it again."


class FeedbackDiffers(Conflict):
    """This form was sent before, and said something else. 409."""

    slug = "feedback-differs"
    title = "This form was sent before"
    detail = "It was sent before and said something else; that stays as it is."
    remedy = "Open the page anew and write again: this is another message."


class FourEyesFeedback(Forbidden):
    """Who wrote the answer does not release it. 403."""

    slug = "four-eyes-feedback"
    title = "Another officer releases this answer"
    detail = "Who wrote an answer does not release it."
    remedy = "Ask a colleague to read and release it."


class PlannerNeeded(Forbidden):
    """Opinions on plans are answered by planners. 403."""

    slug = "planner-needed"
    title = "A planner answers this"
    detail = "Opinions on plans are answered by planners of the province."
    remedy = "Leave it to a planner."


class ReopenedOnce(Conflict):
    """It was reopened before. 409."""

    slug = "reopened-once"
    title = "It was reopened once before"
    detail = "Another answer can be asked for once."
    remedy = "Write anew, or lodge a complaint with the office."


class FeedbackAnswerUnfit(RuleViolation):
    """The answer lacks words, or an answer to an objection says not what came of it. 422."""

    slug = "outcome-needed"
    title = "The answer is not whole"
    detail = "It needs words, and an answer to an opinion on a plan says what came of it."
    remedy = "Write the answer with its grounds, and choose what came of it."


class LateNeedsReason(RuleViolation):
    """An answer that is late says why. 422."""

    slug = "late-needs-reason"
    title = "This answer is late"
    detail = "It was to be answered by {due}."
    remedy = "Write why it is late; whoever wrote reads it with the answer."


class OpinionIsAnswered(RuleViolation):
    """An opinion on a plan is not turned away by one person. 422."""

    slug = "opinion-is-answered"
    title = "An opinion on a plan is answered"
    detail = "No planner alone leaves an opinion aside: it is answered, and another planner releases the answer."
    remedy = "Take it up and write what came of it, “no opinion on the plan” too; a colleague releases that."


class WordingMissing(InvalidInput):
    """Everybody may read it, and there is nothing to read. 400."""

    slug = "feedback-wording-missing"
    title = "There is no wording for everybody"
    detail = "The box is ticked, and the wording is empty."
    remedy = "Write what everybody may read, or untick the box."


class WordingTells(RuleViolation):
    """A wording for everybody may tell who somebody is. 422."""

    slug = "feedback-wording-tells"
    title = "This wording may tell who somebody is"
    detail = "Found: {found}."
    remedy = "Take it out, or tick that you looked and it tells nobody."


class WordingMoved(Conflict):
    """Another wording or answer stands there than was looked at. 409."""

    slug = "feedback-wording-moved"
    title = "The wording changed since you looked"
    detail = "The tick was for another wording or another answer. Now found: {found}."
    remedy = "Read both again as they stand now, and tick once more."


class AnswerMoved(Conflict):
    """Another answer stands there than was shown. 409."""

    slug = "feedback-answer-moved"
    title = "Another answer stands here"
    detail = "The answer was written anew since this page was opened; nothing was released."
    remedy = "Read the answer as it stands now."


class PlanNotInConsultation(RuleViolation):
    """Only a plan in consultation is on display. 422."""

    slug = "plan-not-in-consultation"
    title = "This plan is not in consultation"
    detail = "Only a plan whose state is “consultation” is shown to the public for opinions."
    remedy = "Import the plan with that state first."


class DisplayTooShort(RuleViolation):
    """A plan of this level is on display for longer, or it is said why not. 422."""

    slug = "display-too-short"
    title = "This display is short"
    detail = "It lasts {days} days; plans of this level are on display for {least} days at least."
    remedy = "Choose a later last day, or write why it is shorter: everybody reads that."


class DisplayDaysUnfit(InvalidInput):
    """The days of a display are not in order. 400."""

    slug = "display-days-unfit"
    title = "These days are not in order"
    detail = "The last day must come after the first, at most a year later; the number of the notice is needed."
    remedy = "Write both days and the number of the notice."


on_violation("feedback-nowhere", lambda _: FeedbackNowhere(field="place"))
on_violation("display-over", lambda _: DisplayOver(field="plan"))
on_violation("feedback-moved", lambda _: FeedbackMoved())
on_violation("feedback-answer-moved", lambda _: AnswerMoved())
on_violation("feedback-differs", lambda _: FeedbackDiffers())
on_violation("four-eyes-feedback", lambda _: FourEyesFeedback())
on_violation("planner-needed", lambda _: PlannerNeeded())
on_violation("reopened-once", lambda _: ReopenedOnce())
on_violation(
    "late-needs-reason", lambda facts: LateNeedsReason(field="late", due=i18n.day(str(facts.get("due", ""))))
)
on_violation("ck_feedback_event_late_words", lambda _: FeedbackAnswerUnfit(field="late"))
on_violation("opinion-is-answered", lambda _: OpinionIsAnswered())
on_violation("outcome-needed", lambda _: FeedbackAnswerUnfit(field="outcome"))
on_violation("ck_feedback_event_words", lambda _: FeedbackAnswerUnfit(field="words"))
on_violation("ck_feedback_event_outcome", lambda _: FeedbackAnswerUnfit(field="outcome"))
on_violation("ck_feedback_event_action", lambda _: FeedbackMoved())
on_violation("plan-not-in-consultation", lambda _: PlanNotInConsultation(field="plan"))
on_violation(
    "display-too-short",
    lambda facts: DisplayTooShort(field="lastDay", days=facts.get("days", ""), least=facts.get("least", "")),
)
on_violation("ck_plan_display_days", lambda _: DisplayDaysUnfit(field="lastDay"))
on_violation("ck_plan_display_notice_no", lambda _: DisplayDaysUnfit(field="noticeNo"))
