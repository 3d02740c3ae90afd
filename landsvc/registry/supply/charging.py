"""Ask for what supplying data costs when the request is entered, and hold the reply back until it is paid or waived.

Source: Luật Phí và lệ phí 97/2015/QH13; a request whose fee is not paid is not answered (Nghị định 101/2024/NĐ-CP).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from landsvc.core.i18n import money
from landsvc.finance.fees import service as fees
from landsvc.finance.fees.entries import Item, Order
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers.effects import Given
from landsvc.registry.supply import rules, service
from landsvc.registry.supply.errors import FeeNotPaid
from landsvc.registry.supply.facts import SUPPLY, DataAsked

PROVINCE = "province"


def ask_fee(session: Session, code: str, given: Given, actor: Actor) -> None:
    """Ask for what the entered request costs; entered otherwise later, the difference is asked for or waived.

    Of a kind of asker nobody knows nothing is asked: the rehearsal names it.
    """
    request = DataAsked.model_validate(given[SUPPLY][0])
    askers, costs = service.list_askers(session)
    asker = next((each for each in askers if each.code == request.asker), None)
    if asker is None:
        return
    whole = dossiers.get_whole(session, code)
    lines = rules.charges(costs, asker, len(request.parcels) or len(whole.parcels))
    branch = dossiers.branch_of(session, whole.dossier)
    fees.ask_again(
        session,
        code,
        [Item(each.fee.name_vi, each.total_vnd) for each in lines],
        purpose=fees.SUPPLY,
        branch=branch[0] if branch else PROVINCE,
        actor=actor,
    )


def require_paid(session: Session, code: str, total_vnd: int) -> None:
    """Raise `FeeNotPaid` where a reply costs something that was neither paid nor waived."""
    if not total_vnd:
        return
    order = order_of(session, code)
    if order is None:
        raise FeeNotPaid(dossier=code, order="–", owed=money(total_vnd))
    if order.balance_vnd > 0:
        raise FeeNotPaid(dossier=code, order=order.code, owed=money(order.balance_vnd))


def order_of(session: Session, code: str) -> Order | None:
    """Return the order of fees for the data a dossier asks for."""
    return next((each for each in fees.orders_of(session, code) if each.purpose == fees.SUPPLY), None)
