"""Write messages in the reader's language, outside any request: no names, no figures, a link to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from landsvc.core.config import Settings
from landsvc.core.sending.letters import SMS, Letter
from landsvc.core.sending.words import catalogue, home
from landsvc.registry.alerts.queries import News


@dataclass(frozen=True)
class Links:
    """Where a message leads: the alert's own page, its end, and the end of each parcel where there are several."""

    mine: str
    stop: str
    units: Mapping[int, str] = field(default_factory=dict)


MOST_LINES = 20
MOST_OF_SMS = 3


class Wording:
    """The words of one language, and where links lead."""

    def __init__(self, settings: Settings, language: str) -> None:
        self.language = language
        self.home = home(settings)
        self._words = catalogue(settings.web_dir, language)

    def confirm(self, to: str, channel: str, code: str, link: str, stop: str) -> Letter:
        """Return the message that asks whether an address is right."""
        gettext = self._words.gettext
        if channel == SMS:
            return Letter(to, "", gettext("Land alerts: your code is %(code)s.") % {"code": code}, self.language)
        lines = [
            gettext("Somebody asked for land alerts at this address. Was it you?"),
            "",
            gettext("Then open this page and press the button:"),
            link,
            "",
            gettext("Or type this code on the page where you asked: %(code)s") % {"code": code},
            "",
            gettext(
                "If it was not you, do nothing: nothing more is sent, and the address is forgotten in two days."
            ),
        ]
        subject = gettext("Confirm your land alerts")
        return Letter(to, subject, "\n".join(lines) + "\n", self.language, stop)

    def news(self, to: str, channel: str, told: Sequence[News], *, links: Links, holds: bool) -> Letter:
        """Return the message that tells what happened; `holds` is false in the last one."""
        gettext = self._words.gettext
        shown = _without_repeats(told, holds=holds)
        if channel == SMS:
            lines = [self._line(each) for each in shown[:MOST_OF_SMS]]
            return Letter(to, "", " ".join([*lines, links.mine]), self.language)
        lines = [gettext("What you follow was changed in the register or in a plan:"), ""]
        for each in shown[:MOST_LINES]:
            lines += [f"- {self._line(each)}", f"  {self._link(each)}"]
            if each.unit_id is not None and each.unit_id in links.units:
                lines += ["  " + gettext("To hear no more of this parcel:"), f"  {links.units[each.unit_id]}"]
        if len(shown) > MOST_LINES:
            lines.append(gettext("And %(count)s more.") % {"count": len(shown) - MOST_LINES})
        if not holds:
            lines += ["", gettext("You hold this parcel no more: this was the last message.")]
        lines += ["", gettext("All that was told to you:"), links.mine]
        lines += ["", gettext("To end these messages:"), links.stop]
        return Letter(to, self._line(shown[0]), "\n".join(lines) + "\n", self.language, links.stop)

    def _line(self, news: News) -> str:
        gettext = self._words.gettext
        day = f"{news.on_day:%d/%m/%Y}" if news.on_day else ""
        text = {
            "parcel.changed": gettext("Parcel %(subject)s: its land, number or uses were changed."),
            "right.changed": gettext("Parcel %(subject)s: an entry about rights was changed."),
            "parcel.followed": gettext("Parcel %(now)s came of parcel %(was)s: you hear of it from now on."),
            "parcel.restored": gettext("Parcel %(subject)s is told to you again."),
            "parcel.left": gettext("You hold parcel %(subject)s no more: it is told to you no longer."),
            "plan.displayed": gettext("Plan “%(subject)s” is under consultation where you follow."),
            "plan.adopted": gettext("Plan “%(subject)s” was adopted where you follow."),
            "plan.adjusted": gettext("Plan “%(subject)s” was adjusted where you follow."),
            "plan.cancelled": gettext("Plan “%(subject)s” was cancelled where you follow."),
            "plan.changed": gettext("Plan “%(subject)s”: zones were changed where you follow."),
            "plan.in_force": gettext("Plan “%(subject)s” is in force from %(day)s where you follow."),
            "plan.lapsed": gettext("Plan “%(subject)s” is cancelled from %(day)s where you follow."),
            "display.begun": gettext("Opinions on plan “%(subject)s” are taken until %(day)s where you follow."),
            "display.ending": gettext("Soon over: opinions on plan “%(subject)s” are taken until %(day)s."),
        }[news.kind]
        now, was = (" ".join(each.split()) for each in (news.subject, news.was or news.subject))
        subject = now if now == was else gettext("%(now)s (before: %(was)s)") % {"now": now, "was": was}
        return text % {"subject": subject, "day": day, "now": now, "was": was}

    def _link(self, news: News) -> str:
        if news.kind.startswith("display."):
            return f"{self.home}/plans/display/{quote(news.plan or '', safe='/')}?lang={self.language}"
        if news.kind.startswith("plan."):
            return f"{self.home}/maps/planning?lang={self.language}"
        return f"{self.home}/?parcel={quote(news.subject)}&lang={self.language}"


def _without_repeats(told: Sequence[News], *, holds: bool) -> list[News]:
    """Return each thing once: what happened three times within the hour is one line.

    That a parcel is lost is said by the last message itself.
    """
    shown = list({(each.kind, each.subject, each.on_day): each for each in told}.values())
    return [each for each in shown if holds or each.kind != "parcel.left"] or shown
