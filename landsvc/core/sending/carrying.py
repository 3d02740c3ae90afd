"""Send what waits, channel by channel, again until it is taken.

No transaction is open while another machine is waited for. A message is counted and put off before it is sent, so who
dies amid sending leaves it due again, under the same id: it is sent at least once and noted once. A channel that fails
rests, ever longer; meanwhile the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import Random

import structlog

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.secrets import Vault
from landsvc.core.sending import letters, queries, rules
from landsvc.core.sending.queries import Claimed
from landsvc.core.sending.senders import Outcome, Sender

MOST_IN_A_ROUND = 50
LEASE_S = 120.0
"""How long a message under way is left alone: longer than any conversation takes."""
REST_S, MOST_REST_S = 1.0, 60.0
log = structlog.get_logger(__name__)


class Carrier:
    """What sends messages, round by round."""

    def __init__(self, database: Database, vault: Vault, senders: Mapping[str, Sender]) -> None:
        self._database, self._vault, self._senders = database, vault, senders
        self._chance = Random()  # noqa: S311 - spreads pauses, no secret
        self._rests: dict[str, tuple[float, float]] = {}
        """Until when a channel rests, and for how long it did."""

    def round(self) -> int:
        """Send what is due, at most some on each channel; return how many were sent."""
        return sum(self._serve(channel, sender) for channel, sender in self._senders.items())

    def _serve(self, channel: str, sender: Sender) -> int:
        until, rested = self._rests.get(channel, (0.0, 0.0))
        if time.monotonic() < until:
            return 0
        for sent in range(MOST_IN_A_ROUND):
            outcome = self._send_next(channel, sender)
            if outcome is None:
                return sent
            if outcome.kind != "taken" and not outcome.is_final:
                rest = min(max(REST_S, 2 * rested), MOST_REST_S)
                self._rests[channel] = (time.monotonic() + rest, rest)
                return sent + 1
            self._rests.pop(channel, None)
        return MOST_IN_A_ROUND

    def _send_next(self, channel: str, sender: Sender) -> Outcome | None:
        """Send the next message due; return what came of it, None where none is due."""
        with self._database.unit_of_work(IMPORT_ROLE) as session:
            claimed = queries.claim(session, channel=channel, lease_s=LEASE_S)
        if claimed is None:
            return None
        outcome = sender.send(claimed.message, letters.opened(self._vault, claimed.message, claimed.sealed))
        self._keep(channel, claimed, outcome)
        return outcome

    def _keep(self, channel: str, claimed: Claimed, outcome: Outcome) -> None:
        """Write down what came of it, and when it is tried again."""
        delay_s = None if outcome.is_final else self._delay_s(claimed, outcome)
        with self._database.unit_of_work(IMPORT_ROLE) as session:
            queries.add_attempt(
                session,
                message=claimed.message,
                number=claimed.number,
                outcome=outcome.kind,
                status=outcome.status,
                reason=outcome.reason,
                millis=outcome.millis,
            )
            if outcome.kind == "taken":
                queries.taken(session, message=claimed.message)
                return
            queries.wait(session, message=claimed.message, delay_s=delay_s)
        facts = {"message": claimed.message, "channel": channel, "attempt": claimed.number}
        told = log.error if delay_s is None else log.warning
        told(
            "message-given-up" if delay_s is None else "message-failed",
            **facts,
            status=outcome.status,
            reason=outcome.reason,
        )

    def _delay_s(self, claimed: Claimed, outcome: Outcome) -> float | None:
        chance = self._chance.random()
        return rules.delay_s(claimed.tries, claimed.waited_s, chance, outcome.retry_after_s)
