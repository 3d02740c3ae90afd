"""A story of money between a bank, a tax office and us: drawn by chance, told in messages, and reckoned by hand.

Everybody's books are lists here. What is lost on the way is sent again at the end; until then each of the three has
other money, and what reconciliation must list is the difference of two lists.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

CHANNEL = "BANK1"
SUB_ITEM = "1006"
Message = tuple[str, str, dict[str, Any]]
"""To whose door (`bank` or a path of the tax office), under which key it counts once, and what it says."""
Listed = dict[str, int]
"""Amounts (đồng) by the key of a line."""


@dataclass(frozen=True)
class Paid:
    """What a customer paid at the bank, and what the tax office wrote down of it."""

    reference: str
    obligation: str
    amount_vnd: int
    posted_vnd: int


@dataclass(frozen=True)
class Returned:
    """A fee that was paid back: what our ledger has, and what the bank paid out (None: nothing), and how often."""

    number: int
    our_vnd: int
    their_vnd: int | None
    times: int


@dataclass
class Story:
    """One day of one tax office: who owes what, who paid what, and which message had which fate."""

    office: str
    day: date
    owed: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)
    strange_vnd: int | None = None
    """What the bank paid out for a refund that nobody here entered."""
    sent: list[Message] = field(default_factory=list)
    lost: list[Message] = field(default_factory=list)

    def notice_no(self, obligation: str, *, new: bool = False) -> str:
        """Return the number of the notice of an obligation, or of the one that replaces it."""
        return f"TB-{obligation}{'-2' if new else ''}"

    def notice(self, obligation: str, *, new: bool = False) -> Message:
        """Return the message of a notice."""
        amount = self.replaced[obligation] if new else self.owed[obligation]
        line = {
            "lineNo": 1,
            "subItem": SUB_ITEM,
            "amountVnd": amount,
            "obligationId": obligation,
            "dues": [{"on": "2026-12-01", "amountVnd": amount}],
        }
        number = self.notice_no(obligation, new=new)
        told = {
            "taxOfficeCode": self.office,
            "noticeNo": number,
            "issuedOn": self.day.isoformat(),
            "lines": [line],
        }
        return "notices", number, told | ({"supersedesNo": self.notice_no(obligation)} if new else {})

    def callback(self, each: Paid) -> Message:
        """Return what the bank tells us of a payment."""
        told = {"purpose": "tax", "accountNo": "0", "lineNo": 1, "amountVnd": each.amount_vnd}
        return "bank", each.reference, told | self._of(each)

    def posting(self, each: Paid) -> Message:
        """Return what the tax office tells us of a payment."""
        told = {
            "channel": CHANNEL,
            "subItem": SUB_ITEM,
            "amountVnd": each.posted_vnd,
            "taxOfficeCode": self.office,
        }
        return "payments", each.reference, told | self._of(each)

    def _of(self, each: Paid) -> dict[str, Any]:
        return {
            "referenceNo": each.reference,
            "obligationId": each.obligation,
            "paidAt": f"{self.day.isoformat()}T10:00:00+07:00",
        }

    def statement(self) -> dict[str, Any]:
        """Return the bank's own list of the day."""
        lines = [
            {name: value for name, value in self.callback(each)[2].items() if name != "accountNo"}
            for each in self.paid
        ]
        lines += [
            {
                "referenceNo": f"R{self.office}-{at}",
                "purpose": "refund",
                "refundNo": number,
                "amountVnd": amount,
                "paidAt": f"{self.day.isoformat()}T11:00:00+07:00",
            }
            for at, (number, amount) in enumerate(self.all_returned())
        ]
        return {"count": len(lines), "sumVnd": sum(each["amountVnd"] for each in lines), "lines": lines}

    def refund_no(self, number: int) -> str:
        """Return the number our ledger gives the refunds of this story's branch, in order."""
        return f"HT-B{self.office}-{self.day.year}-{number:06}"

    def all_returned(self) -> list[tuple[str, int]]:
        """Return every payment back that the bank made, by our number of it."""
        found = [
            (self.refund_no(each.number), each.their_vnd)
            for each in self.returned
            for _ in range(each.times)
            if each.their_vnd is not None
        ]
        return found + ([("HT-NOBODY", self.strange_vnd)] if self.strange_vnd is not None else [])

    def tax_list(self, version: int) -> dict[str, Any]:
        """Return the tax office's own list of the day."""
        theirs = {"notices": self.all_notices(), "payments": self.all_postings()}
        lines = [
            {"stream": stream, "key": key, "amountVnd": amount}
            for stream, listed in theirs.items()
            for key, amount in listed.items()
        ]
        totals = [
            {"stream": stream, "count": len(listed), "sumVnd": sum(listed.values())}
            for stream, listed in theirs.items()
        ]
        return {
            "taxOfficeCode": self.office,
            "day": self.day.isoformat(),
            "version": version,
            "totals": totals,
            "lines": lines,
        }

    def all_notices(self) -> Listed:
        """Return every notice the tax office made."""
        return {self.notice_no(each): amount for each, amount in self.owed.items()} | {
            self.notice_no(each, new=True): amount for each, amount in self.replaced.items()
        }

    def all_postings(self) -> Listed:
        """Return every payment the tax office wrote down."""
        return {f"{CHANNEL}/{each.reference}/1": each.posted_vnd for each in self.paid}

    def arrived(self, door: str) -> set[str]:
        """Return the keys of the messages for a door that came."""
        return {key for to, key, _ in self.sent if to == door}

    def expected(self) -> dict[str, Counter[tuple[str, str]]]:
        """Return what each stream must list: kind and key of everything that is not the same on both sides."""
        cameback, posted, noticed = self.arrived("bank"), self.arrived("payments"), self.arrived("notices")
        bank = {f"{each.reference}/1": each.amount_vnd for each in self.paid}
        told = {key: amount for key, amount in bank.items() if key.partition("/")[0] in cameback}
        mirrored = {f"{each.reference}/1": each.posted_vnd for each in self.paid if each.reference in posted}
        ours_posted = {f"{CHANNEL}/{key}": amount for key, amount in mirrored.items()}
        ours_noticed = {key: amount for key, amount in self.all_notices().items() if key in noticed}
        found = {
            "notices": differences(ours_noticed, self.all_notices()),
            "payments": differences(ours_posted, self.all_postings()),
            "channel": differences(told, bank),
            "channel-tax": differences(told, mirrored),
            "refunds": self._returned_otherwise(),
        }
        self._pair_by_obligation(found["channel-tax"], told, mirrored)
        return found

    def _returned_otherwise(self) -> Counter[tuple[str, str]]:
        found = Counter[tuple[str, str]]()
        for each in self.returned:
            key = f"{self.refund_no(each.number)}/1"
            if each.their_vnd is None:
                found["extra", key] += 1
                continue
            found["different", key] += each.their_vnd != each.our_vnd
            found["missing", key] += each.times - 1
        found["missing", "HT-NOBODY/1"] += self.strange_vnd is not None
        return +found

    def _pair_by_obligation(self, found: Counter[tuple[str, str]], told: Listed, mirrored: Listed) -> None:
        """Take out what another reference of the same obligation and amount explains."""
        about = {f"{each.reference}/1": each.obligation for each in self.paid}
        for extra in [key for kind, key in sorted(found) if kind == "extra"]:
            for missing in [key for kind, key in sorted(found) if kind == "missing"]:
                if (about[extra], told[extra]) == (about[missing], mirrored[missing]):
                    del found["extra", extra], found["missing", missing]
                    break

    def on_lines(self) -> tuple[dict[str, int], int]:
        """Return what must stand on the newest notice of each obligation that came, and what on none."""
        noticed, lines, nowhere = self.arrived("notices"), dict[str, int](), 0
        for each in self.paid:
            if each.reference not in self.arrived("payments"):
                continue
            old, new = self.notice_no(each.obligation), self.notice_no(each.obligation, new=True)
            number = new if new in noticed else old if old in noticed else None
            if number is None:
                nowhere += each.posted_vnd
            else:
                lines[number] = lines.get(number, 0) + each.posted_vnd
        return lines, nowhere


def differences(ours: Listed, theirs: Listed) -> Counter[tuple[str, str]]:
    """Return what is missing here, extra here, or of another amount."""
    return Counter(
        [("missing", key) for key in theirs.keys() - ours.keys()]
        + [("extra", key) for key in ours.keys() - theirs.keys()]
        + [("different", key) for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]]
    )


def draw(chance: Random, number: int, day: date) -> Story:
    """Draw a story: up to four obligations and six payments, some wrong; messages in any order, some of them lost."""
    story = Story(f"7{number:06}", day)
    for at in range(chance.randint(1, 4)):
        obligation = f"OB{number}-{at}"
        story.owed[obligation] = chance.randint(1, 50) * 1000
        if chance.random() < 0.25:
            story.replaced[obligation] = chance.randint(1, 50) * 1000
    known = list(story.owed)
    for at in range(chance.randint(1, 6)):
        obligation = chance.choice([*known, *known, f"OB{number}-none"])
        amount = story.owed.get(obligation, 7000)
        amount = chance.choice([amount, amount, amount // 2 + 1, amount + 1])
        posted = amount + 1 if chance.random() < 0.1 else amount
        story.paid.append(Paid(f"S{number}-{at}", obligation, amount, posted))
    for number in range(1, chance.randint(0, 3) + 1):
        amount = chance.randint(1, 90) * 1000
        theirs = chance.choice([amount, amount, amount + 1, None])
        story.returned.append(Returned(number, amount, theirs, chance.choice([1, 1, 1, 2])))
    story.strange_vnd = chance.choice([None, None, None, 4000])
    messages = [story.notice(each) for each in story.owed]
    messages += [story.notice(each, new=True) for each in story.replaced]
    messages += [message for each in story.paid for message in (story.callback(each), story.posting(each))]
    chance.shuffle(messages)
    loss = chance.choice([0.0, 0.2, 0.5])
    for each in messages:
        (story.lost if chance.random() < loss else story.sent).append(each)
    return story
