"""Ask for alerts, confirm and end them, note what happened, and tell it at most once an hour.

Anybody may follow plans, around a parcel or in an area; who follows a parcel itself proves to hold it, by a dossier or
by being signed in as its holder. An address gets nothing but the one question whether it is right until it says so. It
is sealed, and forgotten when the alert ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.orm import Session

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.secrets import Vault
from landsvc.core.sending import service as sending
from landsvc.core.sending.addresses import address_of, ways
from landsvc.core.sending.letters import PAGE
from landsvc.core.sending.service import Received
from landsvc.registry.alerts import queries, rules, sealing
from landsvc.registry.alerts.errors import (
    AlertAddressUnfit,
    AlertAreaUnfit,
    AlertChannelMissing,
    AlertCodeWrong,
    AlertLinkUnknown,
    AlertNotHolder,
)
from landsvc.registry.alerts.queries import AlertLine as AlertLine
from landsvc.registry.alerts.queries import Due
from landsvc.registry.alerts.queries import Followed as Followed
from landsvc.registry.alerts.wording import Links, Wording
from landsvc.registry.citizens import service as citizens
from landsvc.registry.dossiers.tracking import plain

PARCEL, AREA = "parcel", "area"
MOST_TOLD = 50


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: a parcel of theirs (with code and secret of a dossier), or plans around or in a place."""

    about: str
    channel: str
    address: str
    language: str
    unit_id: int | None = None
    code: str = ""
    secret: str = ""
    account_id: int | None = None
    """Who is signed in: they need no code and secret for a parcel of their own."""
    around_m: int = 0
    drawn: str = ""


def channels(settings: Settings) -> list[str]:
    """Return the ways messages are sent here; the inbox on the page always is one."""
    return [*ways(settings), PAGE]


def ask(session: Session, vault: Vault, settings: Settings, wish: Wish, sender: str) -> str:
    """Keep what somebody asks for and send the question whether the address is right; return the alert's number.

    As the role `landsvc_tracker`. Raises `AlertChannelMissing`, `AlertAddressUnfit`, `AlertNotHolder`,
    `AlertAreaUnfit`, `AlertNowhere` or `AlertLimit`.
    """
    if wish.channel not in channels(settings):
        raise AlertChannelMissing(field="channel", channel=wish.channel[:20])
    address = address_of(wish.channel, wish.address)
    if address is None:
        raise AlertAddressUnfit(field="address")
    drawn = rules.area_of(wish.drawn) if wish.drawn else None
    if wish.about == AREA and drawn is None and (wish.drawn or wish.unit_id is None):
        raise AlertAreaUnfit(field="area")
    alert, code = str(uuid4()), sealing.new_code()
    queries.ask(
        session,
        id=alert,
        about=wish.about,
        unit_id=wish.unit_id,
        party_id=_holder(session, wish),
        channel=wish.channel,
        language=wish.language,
        address=sealing.sealed(vault, alert, address) if address else None,
        address_index=vault.index(address, sealing.ADDRESS) if address else None,
        sender_index=vault.index(sender, sealing.SENDER),
        code_index=vault.index(f"{alert} {code}", sealing.CODE) if address else None,
        around_m=float(wish.around_m),
        drawn=drawn,
    )
    if address:
        words = Wording(settings, wish.language)
        link = (
            f"{words.home}/alerts/confirm?t={sealing.token(vault, alert, sealing.CONFIRM)}&lang={wish.language}"
        )
        letter = words.confirm(address, wish.channel, code, link, _stop_link(vault, words, alert))
        sending.post(
            session, vault, letter, key=f"alert:{alert}", kind="alert.confirm", channel=wish.channel, box=alert
        )
    return alert


def confirm_by_code(session: Session, vault: Vault, alert: str, code: str) -> bool:
    """Confirm an address by the code sent to it; return whether it fits. A wrong one counts, so commit in any case."""
    digits = "".join(each for each in code if each.isdigit())[: sealing.CODE_DIGITS]
    return queries.confirm(session, alert=alert, codes=vault.indexes(f"{alert} {digits}", sealing.CODE))


def confirm_by_link(session: Session, vault: Vault, given: str) -> AlertLine:
    """Confirm an address by the link sent to it; raise `AlertLinkUnknown` or `AlertCodeWrong`."""
    found = get(session, vault, given, sealing.CONFIRM)
    if not queries.confirm(session, alert=found.id, codes=None):
        raise AlertCodeWrong(field="code")
    return found


def get(session: Session, vault: Vault, given: str, use: str) -> AlertLine:
    """Return the alert a link is about; raise `AlertLinkUnknown`."""
    alert = sealing.alert_of(vault, given, use)
    found = queries.find(session, alert=alert) if alert else None
    if found is None:
        raise AlertLinkUnknown
    return found


def stop(session: Session, vault: Vault, given: str) -> None:
    """End an alert by its link, as often as one likes; raise `AlertLinkUnknown`."""
    queries.stop(session, alert=get(session, vault, given, sealing.STOP).id)


def stop_unit(session: Session, vault: Vault, given: str, unit_id: int) -> AlertLine:
    """Follow one parcel no more by its link, the last one ends the alert; raise `AlertLinkUnknown`."""
    found = get(session, vault, given, sealing.unit_use(unit_id))
    if not queries.stop_unit(session, alert=found.id, unit_id=unit_id):
        raise AlertLinkUnknown
    return found


def units(session: Session, alert: str) -> list[Followed]:
    """Return which parcels an alert follows now."""
    return queries.units(session, alert=alert)


def inbox(session: Session, vault: Vault, alert: str) -> list[Received]:
    """Return what was told to an alert, the newest first; not the question about its address."""
    found = sending.inbox(session, vault, alert, most=MOST_TOLD)
    return [each for each in found if each.kind == "alert.news"]


def tell(database: Database, vault: Vault, settings: Settings) -> int:
    """Post one message for each alert with news whose last one is an hour old; return how many."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        found = queries.due(session, most=MOST_TOLD)
        for each in found:
            _tell(session, vault, settings, each)
    return len(found)


def expire(database: Database) -> int:
    """End what nobody confirmed within two days, and forget old messages; return how many were ended."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        sending.forget_old(session)
        return queries.expire(session)


def _holder(session: Session, wish: Wish) -> int | None:
    if wish.about == AREA:
        return None
    found = None
    if wish.unit_id is not None and wish.account_id is not None:
        found = citizens.holds(session, wish.account_id, wish.unit_id)
    if found is None and wish.unit_id is not None:
        found = queries.holder_followed(
            session, code=wish.code.strip().upper(), secret=plain(wish.secret), unit_id=wish.unit_id
        )
    if found is None:
        raise AlertNotHolder(field="code")
    return found


def _tell(session: Session, vault: Vault, settings: Settings, due: Due) -> None:
    news = queries.untold(session, alert=due.id)
    words = Wording(settings, due.language)
    to = sealing.opened(vault, due.id, due.address) if due.address else ""
    mine = f"{words.home}/alerts/mine?t={sealing.token(vault, due.id, sealing.MINE)}&lang={due.language}"
    followed = [each.unit_id for each in queries.units(session, alert=due.id)]
    one_by_one = {unit: _stop_link(vault, words, due.id, unit) for unit in followed} if len(followed) > 1 else {}
    links = Links(mine, _stop_link(vault, words, due.id), one_by_one)
    letter = words.news(to, due.channel, news, links=links, holds=due.holds)
    key = f"alert:{due.id}:{news[-1].id}"
    message = sending.post(session, vault, letter, key=key, kind="alert.news", channel=due.channel, box=due.id)
    queries.told(session, alert=due.id, news=[each.id for each in news], message=message)
    if not due.holds:
        queries.leave(session, alert=due.id)


def _stop_link(vault: Vault, words: Wording, alert: str, unit: int | None = None) -> str:
    if unit is None:
        return f"{words.home}/alerts/stop?t={sealing.token(vault, alert, sealing.STOP)}&lang={words.language}"
    proof = sealing.token(vault, alert, sealing.unit_use(unit))
    return f"{words.home}/alerts/stop?t={proof}&u={unit}&lang={words.language}"
