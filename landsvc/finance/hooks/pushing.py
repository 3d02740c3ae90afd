"""Push what waits: slips in the order of their numbers, one at a time to each address, again until they are taken.

No transaction is open while another machine is waited for: it would hold back every reader of events. A delivery is
counted and put off before it is sent, so who dies amid a push leaves it due again, under the same id. An address that
fails rests, ever longer; meanwhile the others go on. The number of the slip (`seq`) tells the receiver what it misses:
the same slips stand at `GET /api/v1/tax/slips?after=`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from random import Random

import structlog
from sqlalchemy.orm import Session

from landsvc import __version__
from landsvc.core import clock
from landsvc.core.db import TAX_ROLE, Database
from landsvc.core.proxies import Network
from landsvc.core.secrets import Vault
from landsvc.finance.hooks import queries, rules, sealing, sending
from landsvc.finance.hooks.queries import Claimed, Target
from landsvc.finance.hooks.sending import Outcome
from landsvc.finance.slips import service as slips
from landsvc.finance.slips.service import Slip
from landsvc.identity.actors import Client

TYPE = "slip.issued"
PLANNED, MOST_IN_A_ROUND = 1000, 50
LEASE_S = 30.0
"""How long a delivery under way is left alone: longer than any exchange takes."""
REST_S, MOST_REST_S = 1.0, 60.0
log = structlog.get_logger(__name__)


class Pusher:
    """What pushes slips, round by round."""

    def __init__(self, database: Database, vault: Vault, allowed: Sequence[Network] = ()) -> None:
        self._database, self._vault, self._allowed = database, vault, allowed
        self._chance = Random()  # noqa: S311 - spreads pauses, no secret
        self._rests: dict[int, tuple[float, float]] = {}
        """Until when an address rests, and for how long it did."""

    def round(self) -> int:
        """Send what is due, at most some for each address; return how many were sent."""
        with self._database.read_only(TAX_ROLE) as session:
            targets = queries.open_hooks(session)
        return sum(self._serve(each) for each in targets)

    def _serve(self, target: Target) -> int:
        """Queue what is new for an address and send what is due, until one fails; return how many were sent."""
        with self._database.unit_of_work(TAX_ROLE) as session:
            queries.plan(session, hook=target.id, most=PLANNED)
        until, rested = self._rests.get(target.id, (0.0, 0.0))
        if time.monotonic() < until:
            return 0
        for sent in range(MOST_IN_A_ROUND):
            taken = self._push_next(target)
            if taken is None:
                return sent
            if not taken:
                rest = min(max(REST_S, 2 * rested), MOST_REST_S)
                self._rests[target.id] = (time.monotonic() + rest, rest)
                return sent + 1
            self._rests.pop(target.id, None)
        return MOST_IN_A_ROUND

    def _push_next(self, target: Target) -> bool | None:
        """Send the next slip due; return whether it was taken, None where none is due."""
        with self._database.unit_of_work(TAX_ROLE) as session:
            claimed = queries.claim(session, hook=target.id, lease_s=LEASE_S)
            if claimed is None:
                return None
            body, secrets = self._said(session, target, claimed)
        timestamp = int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"landsvc/{__version__}",
            "webhook-id": claimed.delivery,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": rules.signatures(secrets, claimed.delivery, timestamp, body),
        }
        outcome = sending.send(target.address, body, headers, self._allowed)
        with self._database.unit_of_work(TAX_ROLE) as session:
            self._keep(session, target, claimed, outcome)
        return outcome.kind == "taken"

    def _said(self, session: Session, target: Target, claimed: Claimed) -> tuple[bytes, list[str]]:
        """Return the bytes to send and the secrets to sign them with; the trail says that the machine read the slip."""
        client = Client(target.api_client_id, target.client_id, target.client_name, frozenset())
        slip = slips.get_slip(session, self._vault, claimed.slip_no, who=client)
        kept = queries.keys_of(session, hook=target.id)
        return body_of(slip), [sealing.opened_key(self._vault, target.id, each) for each in kept]

    def _keep(self, session: Session, target: Target, claimed: Claimed, outcome: Outcome) -> None:
        """Write down what came of it, and when it is tried again."""
        told = sealing.sealed_told(self._vault, claimed.delivery, claimed.number, outcome.told)
        queries.add_attempt(
            session,
            delivery=claimed.delivery,
            number=claimed.number,
            outcome=outcome.kind,
            status=outcome.status,
            reason=outcome.reason,
            told=told,
            millis=outcome.millis,
        )
        if outcome.kind == "taken":
            queries.taken(session, delivery=claimed.delivery)
            return
        delay_s = self._delay_s(claimed, outcome)
        queries.wait(session, delivery=claimed.delivery, delay_s=delay_s)
        facts = {"delivery": claimed.delivery, "client": target.client_id, "attempt": claimed.number}
        if delay_s is None:
            log.error("push-given-up", **facts, status=outcome.status, reason=outcome.reason)
        else:
            log.warning("push-failed", **facts, status=outcome.status, reason=outcome.reason, again_s=delay_s)

    def _delay_s(self, claimed: Claimed, outcome: Outcome) -> float | None:
        if outcome.status == rules.GONE:
            return None
        chance = self._chance.random()
        return rules.delay_s(claimed.tries, claimed.waited_s, chance, outcome.retry_after_s)


def body_of(slip: Slip) -> bytes:
    """Return what is pushed of a slip: the same bytes each time. Its `jws` is the whole proof."""
    line = slip.line
    data = {
        "seq": line.id,
        "slipNo": line.slip_no,
        "dossier": line.dossier,
        "version": line.version,
        "replaces": line.replaces,
        "issuedAt": line.issued_at.isoformat(),
        "sha256": line.sha256.hex(),
        "keyId": line.key_id,
        "jws": slip.jws,
    }
    said = {"type": TYPE, "timestamp": line.issued_at.isoformat(), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
