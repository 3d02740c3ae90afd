"""Carry out a message: each row by the service that takes the same over our own API, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import Database
from landsvc.core.i18n import gettext
from landsvc.core.secrets import Vault
from landsvc.finance import service as payments
from landsvc.finance.catalogues import service as catalogues
from landsvc.finance.envelope.errors import MessageFieldInvalid, TranCodeUnknown
from landsvc.finance.envelope.fields import members_of, name_of
from landsvc.finance.envelope.reading import Envelope
from landsvc.finance.mirror import service as mirror
from landsvc.finance.mirror.schemas import NoticeActIn, NoticeIn
from landsvc.finance.schemas import PaymentIn
from landsvc.finance.slips import service as slips
from landsvc.finance.slips.schemas import ReturnIn
from landsvc.identity.actors import Client

Result = dict[str, str]
ModelT = TypeVar("ModelT", bound=BaseModel)
OF_LINE = ("obligationId", "subItem", "exemption")


class Carrier:
    """Carries out rows for one client, in the caller's transaction."""

    def __init__(self, session: Session, database: Database, vault: Vault, client: Client) -> None:
        self.session, self.database, self.vault, self.client = session, database, vault, client

    def carry(self, message: Envelope) -> list[Result]:
        """Carry a message out; return a row for each thing that was taken.

        Raises `TranCodeUnknown`, `MessageFieldInvalid`, or what the services of its rows raise.
        """
        code = message.head("TRAN_CODE")
        known = catalogues.entries(self.session, self.database, "message-codes", clock.today())
        kind = next((each.maps_to for each in known if each.code == code), None)
        rows = {
            "notice": self._notices,
            "payment": self._payments,
            "confirmation": self._confirmations,
            "return": self._returns,
        }
        if kind is None or kind not in rows:
            raise TranCodeUnknown(field="TRAN_CODE", code=code)
        given = [members_of(kind, row, at) for at, row in enumerate(message.rows, 1)]
        return rows[kind](given)

    def _notices(self, rows: Sequence[dict[str, object]]) -> list[Result]:
        """Take notices in: the rows of one number are its lines, rows of one obligation its dues."""
        found: dict[tuple[object, object], dict[str, Any]] = {}
        for at, row in enumerate(rows, 1):
            _add_row(found.setdefault((row["taxOfficeCode"], row["noticeNo"]), {}), dict(row), at)
        done = []
        for at, notice in enumerate(found.values(), 1):
            stated = _valid(NoticeIn, "notice", notice, at).notice()
            kept, is_new = mirror.take_notice(self.session, self.vault, stated, client=self.client)
            done.append(_result(is_new, SO_QUYET_DINH=stated.notice_no, ID=str(kept.id)))
        return done

    def _payments(self, rows: Sequence[dict[str, object]]) -> list[Result]:
        done = []
        for at, row in enumerate(rows, 1):
            stated = _valid(PaymentIn, "payment", row, at).stated()
            kept, is_new = payments.take_payment(
                self.session, self.database, self.vault, stated, client=self.client
            )
            done.append(_result(is_new, SO_THAM_CHIEU=stated.reference_no, ID=str(kept.id)))
        return done

    def _confirmations(self, rows: Sequence[dict[str, object]]) -> list[Result]:
        done = []
        for at, row in enumerate(rows, 1):
            office, number = str(row.pop("taxOfficeCode")), str(row.pop("noticeNo"))
            act = _valid(NoticeActIn, "confirmation", row, at).act("confirmed")
            notice = mirror.notice_id_of(self.session, office, number)
            kept, is_new = mirror.take_act(self.session, self.vault, notice, act, client=self.client)
            done.append(_result(is_new, SO_QUYET_DINH=number, ID=str(kept.id)))
        return done

    def _returns(self, rows: Sequence[dict[str, object]]) -> list[Result]:
        done = []
        for at, row in enumerate(rows, 1):
            slip = str(row.pop("slip"))
            given = _valid(ReturnIn, "return", row, at).to_domain()
            kept, is_new = slips.answer(self.session, slip, given, client=self.client)
            done.append(_result(is_new, SO_PHIEU=kept.slip_no))
        return done


def _add_row(notice: dict[str, Any], row: dict[str, Any], at: int) -> None:
    """Put one row into its notice; what rows of one notice say of it must agree."""
    line = {name: row.pop(name) for name in OF_LINE if name in row}
    amount, due_on = row.pop("amountVnd"), row.pop("dueOn", None)
    if due_on is None and amount != 0:
        # Never guessed: whoever owes would be late from a day that nobody told them.
        raise MessageFieldInvalid(field="HAN_NOP", row=at, name="HAN_NOP", why=gettext("it lacks"))
    due = {"on": due_on or row["issuedOn"], "amountVnd": amount}
    lines = notice.setdefault("lines", [])
    for name, value in row.items():
        if notice.setdefault(name, value) != value:
            tag = name_of("notice", name)
            raise MessageFieldInvalid(
                field=tag, row=at, name=tag, why=gettext("it differs from an earlier row of the notice")
            )
    same = next((each for each in lines if "obligationId" in line and _same(each, line)), None)
    if same is None:
        same = line | {"lineNo": len(lines) + 1, "amountVnd": 0, "dues": []}
        lines.append(same)
    same["dues"].append(due)
    amounts = [each["amountVnd"] for each in same["dues"]]
    same["amountVnd"] = sum(amounts) if all(isinstance(each, int) for each in amounts) else due["amountVnd"]


def _same(known: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    return all(known.get(name) == line.get(name) for name in OF_LINE)


def _valid(model: type[ModelT], kind: str, given: Mapping[str, object], at: int) -> ModelT:
    """Return members as our schema takes them; raise `MessageFieldInvalid`."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        place = [each for each in error.errors()[0]["loc"] if isinstance(each, str)]
        member = {"on": "dueOn"}.get(place[-1], place[-1]) if kind == "notice" and place else (place or [""])[0]
        tag = name_of(kind, member)
        raise MessageFieldInvalid(
            field=tag, row=at, name=tag, why=gettext("it does not hold what it should")
        ) from None


def _result(is_new: bool, **fields: str) -> Result:
    return fields | {"MOI": "1" if is_new else "0"}
