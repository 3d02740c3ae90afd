"""Play the machine of a tax office: read slips on, acknowledge each, send some back, notice the others.

What becomes of a slip hangs on the seed and its number alone, so that the same play can be had again. Messages are sent
late, twice, in another order, or get lost and are sent again in the next round, as often as the manner says. Amounts
are invented: a tax office computes them, this one does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import requests

from landsvc.sim.errors import AddressUnsafe, ServiceRefused

API = "/api/v1"
TIMEOUT_S = 20
PAGE = 50
OFFICE_CODE = "7100001"
SUB_ITEMS = ("1006", "2801")
PAY_DAYS = 30
DONE = frozenset({200, 201})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Manner:
    """How the machine behaves: shares from 0 to 1 of slips or messages, and seconds."""

    returns: float = 0.0
    duplicates: float = 0.0
    losses: float = 0.0
    wrong_amounts: float = 0.0
    shuffled: bool = False
    delay_s: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class Message:
    """Something to send: where, what, and the key it is sent under however often."""

    path: str
    body: Mapping[str, Any]
    key: str


class TaxOffice:
    """The machine of one tax office; it remembers what it sent as long as it runs, and may begin anew at any time."""

    def __init__(self, address: str, client_id: str, secret: str, manner: Manner) -> None:
        """Take the address of the service and what proves the client; raise `AddressUnsafe`."""
        found = urlsplit(address)
        if found.scheme != "https" and not (found.scheme == "http" and found.hostname in LOOPBACK):
            raise AddressUnsafe(field="address", address=address)
        self._address, self._client, self._manner = address.rstrip("/"), (client_id, secret), manner
        self._http = requests.Session()
        self._chance = Random(manner.seed)  # noqa: S311 - a play, no secret
        self._after, self._waiting = 0, list[Message]()
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
        for slip in self._new_slips():
            self._waiting += self._answers(slip)
        if self._manner.shuffled:
            self._chance.shuffle(self._waiting)
        self._waiting = [each for each in self._waiting if not self._deliver(each)]
        return len(self._waiting)

    def _new_slips(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._ask("GET", f"/tax/slips?after={self._after}&limit={PAGE}").json()["slips"]
            found += page
            if not page:
                return found
            self._after = page[-1]["seq"]

    def _answers(self, slip: Mapping[str, Any]) -> list[Message]:
        """Return what the office answers to a slip: that it has it, and then a return or a notice."""
        number = slip["slipNo"]
        if slip["state"] in {"replaced", "returned"}:
            return []
        fate = Random(f"{self._manner.seed} {number}")  # noqa: S311 - a play, no secret
        way = f"/tax/slips/{number}"
        has_it = Message(f"{way}/receipts", {"documentNo": f"TB-{number}"}, f"{number}-receipt")
        if fate.random() < self._manner.returns and slip["version"] == 1:
            back = {"reasons": [fate.choice(["price-missing", "land-unclear"])], "note": "sim"}
            return [has_it, Message(f"{way}/returns", back, f"{number}-return")]
        notice = Message("/tax/notices", _notice(slip, fate), f"{number}-notice")
        if fate.random() >= self._manner.wrong_amounts:
            return [has_it, notice]
        lines = [{**each, "amountVnd": each["amountVnd"] + 1} for each in notice.body["lines"]]
        return [has_it, notice, Message(notice.path, {**notice.body, "lines": lines}, f"{number}-wrong")]

    def _deliver(self, message: Message) -> bool:
        """Send one message, perhaps late or twice; return False where it got lost on the way."""
        if self._chance.random() < self._manner.losses:
            self.counts["lost"] += 1
            return False
        sleep(self._manner.delay_s)
        for _ in range(1 + (self._chance.random() < self._manner.duplicates)):
            answer = self._ask("POST", message.path, message)
            self.counts["sent"] += 1
            self.counts["taken" if answer.status_code in DONE else "refused"] += 1
        return True

    def _ask(self, method: str, path: str, message: Message | None = None) -> requests.Response:
        """Ask the service, with a new token where the old one is over; what it may refuse comes back as it is."""
        for fresh in (False, True):
            if fresh or "Authorization" not in self._http.headers:
                self._http.headers["Authorization"] = f"Bearer {self._token()}"
            answer = self._send(method, path, message)
            if answer.status_code != requests.codes.unauthorized:
                break
        if answer.status_code not in DONE | {409, 422}:
            raise ServiceRefused(way=f"{method} {path}", status=answer.status_code, text=answer.text[:200])
        return answer

    def _send(self, method: str, path: str, message: Message | None) -> requests.Response:
        try:
            return self._http.request(
                method,
                f"{self._address}{API}{path}",
                json=message.body if message else None,
                headers={"Idempotency-Key": message.key} if message else None,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ServiceRefused(way=f"{method} {path}", status="–", text=type(error).__name__) from None

    def _token(self) -> str:
        asked = requests.post(
            f"{self._address}{API}/oauth/token",
            data={"grant_type": "client_credentials", "scope": "tax:read tax:write"},
            auth=self._client,
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
        if asked.status_code not in DONE:
            raise ServiceRefused(way="POST /oauth/token", status=asked.status_code, text=asked.text[:200])
        return str(asked.json()["access_token"])


def _notice(slip: Mapping[str, Any], fate: Random) -> dict[str, Any]:
    """Return a notice of invented amounts that answers a slip, on the day the slip was issued."""
    issued = date.fromisoformat(slip["issuedAt"][:10])
    last = (issued + timedelta(days=PAY_DAYS)).isoformat()
    amounts = [fate.randrange(100_000, 50_000_000) for _ in SUB_ITEMS]
    return {
        "taxOfficeCode": OFFICE_CODE,
        "noticeNo": f"{slip['slipNo']}/TB",
        "issuedOn": issued.isoformat(),
        "dossier": slip["dossier"],
        "slipNo": slip["slipNo"],
        "ofTotal": 1,
        "lines": [
            {
                "lineNo": at,
                "subItem": item,
                "amountVnd": amount,
                "obligationId": f"{slip['slipNo']}-{item}",
                "dues": [{"on": last, "amountVnd": amount}],
            }
            for at, (item, amount) in enumerate(zip(SUB_ITEMS, amounts, strict=True), 1)
        ],
    }
