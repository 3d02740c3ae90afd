"""Play steps from a file: what the tax office does with which dossier, in order, and what it expects to be answered.

A step is a JSON object: `do` says what, `dossier` for which (a code, or a name of the list of dossiers), `notice` which
notice of ours where there are several (1 without it). `times` sends it as often, `expect` names the status to
be answered (200 or 201 without it) and `code` that of the problem.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from landsvc.sim import paper
from landsvc.sim.errors import StepFailed, StepUnfit
from landsvc.sim.receiving import HANG, REFUSE, Receiver
from landsvc.sim.tax import TaxOffice
from landsvc.sim.wire import DONE, Message

WAITS, PAUSE_S = 150, 0.2
"""How often a step that waits for the other side looks, and the seconds between: half a minute in all."""


def read_steps(path: Path) -> list[dict[str, Any]]:
    """Return the steps of a file; raise `StepUnfit`."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise StepUnfit(step="–", reason="the file is no JSON") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) and "do" in each for each in found):
        raise StepUnfit(step="–", reason="the file is no list of objects with `do`")
    return found


class Script:
    """What plays steps for one tax office."""

    def __init__(
        self, office: TaxOffice, dossiers: Mapping[str, str] | None = None, receiver: Receiver | None = None
    ) -> None:
        self.office, self._dossiers, self._receiver = office, dossiers or {}, receiver
        self._does = {
            "pull": self._pull,
            "await": self._await,
            "receipt": self._receipt,
            "return": self._return,
            "notice": self._notice,
            "confirm": self._confirm,
            "cancel": self._cancel,
            "defer": self._defer,
            "pay": self._pay,
            "reconcile": self._reconcile,
            "outage": self._outage,
            "wait": self._wait,
        }

    def play(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Do the steps one after the other; raise `StepUnfit` or `StepFailed`."""
        for step in steps:
            self.do(step)

    def do(self, step: Mapping[str, Any]) -> Any:
        """Do one step; return what was answered."""
        known = self._does.get(str(step.get("do")))
        if known is None:
            raise StepUnfit(step=step.get("do"), reason=f"one of {', '.join(self._does)}")
        try:
            return known(step)
        except KeyError as error:
            raise StepUnfit(step=step["do"], reason=f"{error.args[0]} is missing") from None

    def _pull(self, _step: Mapping[str, Any]) -> Any:
        return self.office.new_slips()

    def _await(self, step: Mapping[str, Any]) -> Any:
        """Read on until a dossier has a slip of a version."""
        for _ in range(WAITS):
            self.office.new_slips()
            found = self.office.books.slip_of(self._code(step))
            if found and found["version"] >= step.get("version", 1):
                return found
            sleep(PAUSE_S)
        raise StepFailed(step="await", expected=f"version {step.get('version', 1)}", told="no such slip")

    def _receipt(self, step: Mapping[str, Any]) -> Any:
        slip = self._slip(step)
        path = f"/tax/slips/{slip['slipNo']}/receipts"
        return self._send(step, path, {"documentNo": f"TB-{slip['slipNo']}"}, f"{slip['slipNo']}-receipt")

    def _return(self, step: Mapping[str, Any]) -> Any:
        slip = self._slip(step)
        said = {"reasons": step["reasons"]} | ({"note": step["note"]} if "note" in step else {})
        return self._send(step, f"/tax/slips/{slip['slipNo']}/returns", said, f"{slip['slipNo']}-return")

    def _notice(self, step: Mapping[str, Any]) -> Any:
        slip = self._slip(step)
        replaces = step.get("replaces")
        said = paper.notice(
            slip,
            step["lines"],
            number=self._number(step),
            of_total=step.get("ofTotal", 1),
            replaces=None if replaces is None else self._number({**step, "notice": replaces}),
        )
        return self._send(step, paper.NOTICES, said, said["noticeNo"])

    def _confirm(self, step: Mapping[str, Any]) -> Any:
        return self._act(step, "confirmations", {})

    def _cancel(self, step: Mapping[str, Any]) -> Any:
        return self._act(step, "cancellations", {})

    def _defer(self, step: Mapping[str, Any]) -> Any:
        until = paper.day_of(self._slip(step)) + timedelta(days=int(step["days"]))
        return self._act(step, "deferrals", {"until": until})

    def _act(self, step: Mapping[str, Any], what: str, more: Mapping[str, date]) -> Any:
        number = self._number(step)
        said = paper.act(f"{number}/{what}", paper.day_of(self._slip(step)), reason=step.get("reason"), **more)
        path = f"{paper.NOTICES}/{self.office.books.id_of(number) or 0}/{what}"
        return self._send(step, path, said, f"{number}-{what}")

    def _pay(self, step: Mapping[str, Any]) -> Any:
        number = self._number(step)
        known = self.office.books.sent.get(number)
        if known is None:
            raise StepUnfit(step="pay", reason=f"the notice {number} was not sent")
        line_no = step.get("line", 1)
        said = paper.payment(
            known["body"],
            line_no,
            step["amountVnd"],
            reference=f"{number}-{line_no}-{step.get('reference', 1)}".replace("/", "-"),
            at=paper.early(paper.day_of(self._slip(step))),
            notice_no=step.get("wrongNotice"),
        )
        return self._send(step, paper.PAYMENTS, said, f"{said['referenceNo']}-{step.get('key', 1)}")

    def _reconcile(self, step: Mapping[str, Any]) -> Any:
        day = date.fromisoformat(step["day"]) if "day" in step else paper.day_of(self._slip(step))
        status, told = self.office.reconcile(day, step.get("version", 1))
        return _checked(step, status, told)

    def _outage(self, step: Mapping[str, Any]) -> Any:
        if self._receiver is None or step["how"] not in {REFUSE, HANG}:
            raise StepUnfit(step="outage", reason=f"needs --hook-port, and `how` {REFUSE} or {HANG}")
        self._receiver.fail(step["how"], float(step["seconds"]))

    def _wait(self, step: Mapping[str, Any]) -> Any:
        sleep(float(step["seconds"]))

    def _send(self, step: Mapping[str, Any], path: str, said: Mapping[str, Any], key: str) -> Any:
        status, told = self.office.send(Message(path, said, key), times=step.get("times", 1))
        return _checked(step, status, told)

    def _code(self, step: Mapping[str, Any]) -> str:
        return self._dossiers.get(step["dossier"], str(step["dossier"]))

    def _slip(self, step: Mapping[str, Any]) -> dict[str, Any]:
        found = self.office.books.slip_of(self._code(step))
        if found is None:
            raise StepUnfit(step=step["do"], reason=f"no slip of {step['dossier']} was read yet")
        return found

    def _number(self, step: Mapping[str, Any]) -> str:
        return f"{self._slip(step)['slipNo']}/TB{step.get('notice', 1)}"


def _checked(step: Mapping[str, Any], status: int, told: Any) -> Any:
    """Return what was answered; raise `StepFailed` where another status or problem was expected."""
    expected = {step["expect"]} if "expect" in step else DONE
    if status not in expected or ("code" in step and told.get("code") != step["code"]):
        wanted = f"{sorted(expected)} {step.get('code', '')}".strip()
        raise StepFailed(step=step["do"], expected=wanted, told=f"{status} {told.get('code', '')}".strip())
    return told
