"""Play the machine of a tax office: read slips on, acknowledge each, send some back, notice the others, go on.

What becomes of a slip hangs on the seed and its number alone, so that the same play can be had again. Messages are sent
late, twice, in another order, or get lost and are sent again in the next round, as often as the manner says. Amounts
are invented: a tax office computes them, this one does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from threading import Lock
from time import sleep
from typing import Any

from landsvc.sim import paper
from landsvc.sim.books import Books
from landsvc.sim.wire import DONE, Message, Wire

PAGE = 50
DEFERRED_DAYS = 5 * 365
NEEDS = "{notice:"
"""In the path of a message: the id that was answered to the notice sent under the key behind it."""
Say = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Manner:
    """How the machine behaves: shares from 0 to 1 of slips, notices or messages, and seconds."""

    returns: float = 0.0
    duplicates: float = 0.0
    losses: float = 0.0
    wrong_amounts: float = 0.0
    shuffled: bool = False
    delay_s: float = 0.0
    seed: int = 1
    cancels: float = 0.0
    replaces: float = 0.0
    defers: float = 0.0
    pays: float = 0.0
    """Of the notices that stay: the share that is paid, in full unless one of the next three says otherwise."""
    partial: float = 0.0
    over: float = 0.0
    wrong_notices: float = 0.0
    """Of the payments: the share that names a notice nobody sent."""
    by_file: bool = False
    """Whether payments are handed in as a file of each day at the end of a round, in the place of messages."""
    confirms: bool = False
    """Whether notices paid in full are confirmed."""


def silent(_fact: Mapping[str, Any]) -> None:
    """Say nothing."""


class TaxOffice:
    """The machine of one tax office; its books say what it did before, and without a file it begins anew."""

    def __init__(
        self,
        address: str,
        client_id: str,
        secret: str,
        manner: Manner,
        books: Books | None = None,
        say: Say = silent,
    ) -> None:
        """Take the address of the service and what proves the client; raise `AddressUnsafe`."""
        self.wire, self._manner, self._say = Wire(address, client_id, secret), manner, say
        self.books = books or Books()
        self._chance = Random(manner.seed)  # noqa: S311 - a play, no secret
        self._waiting = [
            each
            for slip in self.books.slips.values()
            for each in self._answers(slip)
            if each.key not in self.books.sent
        ]
        self._one_by_one = Lock()
        self.counts: Counter[str] = Counter()
        """What was sent and what came of it: `sent`, `lost`, `taken` and `refused`."""

    def play(self, rounds: int, pause_s: float = 0.0) -> None:
        """Read on and answer, so many rounds; raise `ServiceRefused`."""
        for each in range(rounds):
            if each:
                sleep(pause_s)
            self.one_round()

    def one_round(self) -> int:
        """Read what is new, send what waits; return how many messages still wait, for they were lost."""
        with self._one_by_one:
            return self._round()

    def _round(self) -> int:
        for slip in self.new_slips():
            self._waiting += self._answers(slip)
        if self._manner.shuffled:
            self._chance.shuffle(self._waiting)
        filed = [each for each in self._waiting if self._manner.by_file and each.path == paper.PAYMENTS]
        self._waiting = [each for each in self._waiting if each not in filed and not self._deliver(each)]
        self._waiting += self._file(filed)
        return len(self._waiting)

    def new_slips(self) -> list[dict[str, Any]]:
        """Read slips on and write them down; return them."""
        found: list[dict[str, Any]] = []
        while page := self.wire.get(f"/tax/slips?after={self.books.after}&limit={PAGE}")["slips"]:
            for each in page:
                kept = {
                    name: each[name]
                    for name in ("seq", "slipNo", "dossier", "version", "state", "issuedAt", "sha256")
                }
                self.books.write("slip", **kept, pulled=True)
                self._say({"do": "pull", "slip": each["slipNo"], "dossier": each["dossier"]})
                found.append(kept)
        return found

    def send(self, message: Message, *, times: int = 1) -> tuple[int, Any]:
        """Send a message so many times; write down what was answered, and return status and JSON of the last answer."""
        for _ in range(times):
            answer = self.wire.ask("POST", message.path, message)
            told, is_taken = answer.json(), answer.status_code in DONE
            self.books.write(
                "sent",
                key=message.key,
                path=message.path,
                body=message.body,
                status=answer.status_code,
                id=told.get("id", 0) if is_taken else None,
                **({"codes": _codes(told)} if is_taken and message.path == paper.NOTICES else {}),
            )
            self.counts["sent"] += 1
            self.counts["taken" if is_taken else "refused"] += 1
            fact = {"do": "send", "path": message.path, "key": message.key, "status": answer.status_code}
            self._say(fact if is_taken else fact | {"code": told.get("code")})
        return answer.status_code, told

    def book(self, told: Mapping[str, Any]) -> int:
        """Take a payment that a bank hands on, and hand it in; confirm its notice when all of it is paid.

        `told` has channel, reference, obligationId, amount (đồng) and paidAt. Returns what the bank is answered: 200,
        also for what was taken before, or 422 where the obligation is not one of ours.
        """
        key, found = f"{told['channel']}-{told['reference']}", self.books.notice_of(str(told["obligationId"]))
        if found is None:
            return 422
        notice_key, notice, line_no = found
        said = paper.payment(
            notice,
            line_no,
            int(told["amount"]),
            reference=str(told["reference"]),
            at=datetime.fromisoformat(told["paidAt"]),
            channel=str(told["channel"]),
        )
        with self._one_by_one:
            if self.books.id_of(key) is None:
                self.send(Message(paper.PAYMENTS, said, key))
            if self._manner.confirms and self._is_paid(notice):
                on = datetime.fromisoformat(told["paidAt"]).astimezone(paper.ZONE).date()
                number = self.books.id_of(notice_key)
                way = f"{paper.NOTICES}/{number}/confirmations"
                act = paper.act(f"{notice['noticeNo']}/XN", on)
                self.send(Message(way, act, f"{notice_key}-confirmations"))
        return 200 if self.books.id_of(key) is not None else 422

    def _is_paid(self, notice: Mapping[str, Any]) -> bool:
        """Return whether payments that were taken come to every line of a notice."""
        paid = Counter[str]()
        for each in self.books.taken(paper.PAYMENTS):
            paid[each.get("obligationId", "")] += each["amountVnd"]
        return all(paid[each.get("obligationId", "")] >= each["amountVnd"] for each in notice["lines"])

    def reconcile(self, day: date, version: int = 1) -> tuple[int, Any]:
        """Hand in the list of a day as the books have it."""
        said = paper.day_list(
            day,
            version,
            self.books.slips.values(),
            self.books.taken(paper.NOTICES),
            self.books.taken(paper.PAYMENTS),
        )
        return self.send(Message(paper.DAYS, said, f"{day.isoformat()}-list-{version}"))

    def _file(self, payments: Sequence[Message]) -> list[Message]:
        """Hand payments in as a file of each office and day; return those of files that were refused."""
        left: list[Message] = []
        by_day: dict[tuple[str, date], list[Message]] = {}
        for each in payments:
            at = datetime.fromisoformat(each.body["paidAt"]).astimezone(paper.ZONE).date()
            by_day.setdefault((each.body["taxOfficeCode"], at), []).append(each)
        for (office, day), rows in by_day.items():
            left += rows if not self._hand_in(office, day, rows) else []
        return left

    def _hand_in(self, office: str, day: date, rows: Sequence[Message]) -> bool:
        """Hand payments in as one file and write each down; return whether the file was taken."""
        about = f"{paper.FILES}?taxOfficeCode={office}&day={day.isoformat()}&"
        version = 1 + sum(each["path"].startswith(about) for each in self.books.sent.values())
        told = f"version={version}&count={len(rows)}&sumVnd={sum(each.body['amountVnd'] for each in rows)}"
        key = f"{office}-{day.isoformat()}-file-{version}"
        status, found = self.send(Message(about + told, {}, key, [each.body for each in rows]))
        if status not in DONE:
            return False
        different = {(each["channel"], each["referenceNo"]) for each in found["differences"]}
        for each in rows:
            number = None if (each.body["channel"], each.body["referenceNo"]) in different else 0
            self.books.write("sent", key=each.key, path=each.path, body=each.body, status=status, id=number)
        return True

    def _answers(self, slip: Mapping[str, Any]) -> list[Message]:
        """Return what the office answers to a slip: that it has it, and then a return or a notice with what follows."""
        number = slip["slipNo"]
        if slip["state"] in {"replaced", "returned"}:
            return []
        fate = Random(f"{self._manner.seed} {number}")  # noqa: S311 - a play, no secret
        way = f"/tax/slips/{number}"
        has_it = Message(f"{way}/receipts", {"documentNo": f"TB-{number}"}, f"{number}-receipt")
        if fate.random() < self._manner.returns and slip["version"] == 1:
            back = {"reasons": [fate.choice(["price-missing", "land-unclear"])], "note": "sim"}
            return [has_it, Message(f"{way}/returns", back, f"{number}-return")]
        said = paper.notice(slip, paper.invented(fate), number=f"{number}/TB")
        first = Message(paper.NOTICES, said, f"{number}-notice")
        if fate.random() >= self._manner.wrong_amounts:
            return [has_it, first, *self._follows(slip, first, fate)]
        lines = [{**each, "amountVnd": each["amountVnd"] + 1} for each in said["lines"]]
        return [has_it, first, Message(first.path, {**said, "lines": lines}, f"{number}-wrong")]

    def _follows(self, slip: Mapping[str, Any], first: Message, fate: Random) -> list[Message]:
        """Return what becomes of a notice: cancelled, replaced, deferred, or paid somehow and perhaps confirmed."""
        manner, number, on = self._manner, slip["slipNo"], paper.day_of(slip)
        kind = fate.random()
        if kind < manner.cancels:
            said = paper.act(f"{number}/HUY", on, reason="sim")
            return [_about(first, "cancellations", said)]
        if kind < manner.cancels + manner.replaces:
            other = paper.notice(
                slip, paper.invented(fate), number=f"{number}/TB2", replaces=first.body["noticeNo"]
            )
            last = Message(paper.NOTICES, other, f"{number}-replacement")
            return [last, *self._pays(slip, last, fate)]
        if kind < manner.cancels + manner.replaces + manner.defers:
            until = on + timedelta(days=DEFERRED_DAYS)
            return [_about(first, "deferrals", paper.act(f"{number}/GN", on, reason="sim", until=until))]
        return self._pays(slip, first, fate)

    def _pays(self, slip: Mapping[str, Any], notice: Message, fate: Random) -> list[Message]:
        """Return the payments of a notice, line by line, and its confirmation where all of it was paid."""
        manner, number, on = self._manner, slip["slipNo"], paper.day_of(slip)
        if fate.random() >= manner.pays:
            return []
        way, found = fate.random(), []
        for each in notice.body["lines"]:
            amount, wrong = each["amountVnd"], None
            if way < manner.partial:
                amount = max(1, amount // 2)
            elif way < manner.partial + manner.over:
                amount += 1000
            elif way < manner.partial + manner.over + manner.wrong_notices:
                wrong = f"{number}/SAI"
            reference = f"SIM-{number}-{each['lineNo']}"
            said = paper.payment(
                notice.body, each["lineNo"], amount, reference=reference, at=paper.early(on), notice_no=wrong
            )
            found.append(Message(paper.PAYMENTS, said, reference))
        if manner.confirms and way >= manner.partial + manner.over + manner.wrong_notices:
            found.append(_about(notice, "confirmations", paper.act(f"{number}/XN", on)))
        return found

    def _deliver(self, message: Message) -> bool:
        """Send one message, perhaps late or twice; return False where it got lost, or waits for its notice's number."""
        if (whole := self._addressed(message)) is None:
            return self._is_vain(message)
        if self._chance.random() < self._manner.losses:
            self.counts["lost"] += 1
            self._say({"do": "lose", "path": whole.path, "key": whole.key})
            return False
        sleep(self._manner.delay_s)
        self.send(whole, times=1 + (self._chance.random() < self._manner.duplicates))
        return True

    def _addressed(self, message: Message) -> Message | None:
        """Return a message with its notice's number in the path; None while the service has not answered one."""
        if NEEDS not in message.path:
            return message
        key = message.path.partition(NEEDS)[2].partition("}")[0]
        if (number := self.books.id_of(key)) is None:
            return None
        return Message(message.path.replace(f"{NEEDS}{key}}}", str(number)), message.body, message.key)

    def _is_vain(self, message: Message) -> bool:
        """Return whether a message is about a notice that the service refused: it is left out."""
        key = message.path.partition(NEEDS)[2].partition("}")[0]
        return key in self.books.sent


def _about(notice: Message, what: str, said: Mapping[str, Any]) -> Message:
    return Message(f"{paper.NOTICES}/{NEEDS}{notice.key}}}/{what}", said, f"{notice.key}-{what}")


def _codes(answered: Mapping[str, Any]) -> dict[str, str]:
    """Return obligations by the payment codes that the service gave them."""
    return {each["paymentCode"]: each["obligationId"] for each in answered["lines"] if each["paymentCode"]}
