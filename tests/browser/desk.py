"""People of a land office at their pages of dossiers, in a browser: whatever is filled in stands in a form."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.conftest import TELL_BREACHES, serious_faults, watched

CODE = re.compile(r"^HS-\d{4}-\d{6}-\d\d$")
PATIENCE_MS = 10_000
PICTURES = os.environ.get("LANDSVC_TEST_PICTURES")
"""A folder for pictures of the pages, for whoever wants to look at them."""


class Desk:
    """Somebody signed in, at the pages of dossiers."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self, path: str) -> Desk:
        """Open a page of the office."""
        self.page.goto(f"{self.address}{path}")
        return self

    def dossier(self, code: str) -> Desk:
        """Open a dossier."""
        return self.open(f"/office/dossiers/{code}")

    def receive(self, procedure: str, refs: Sequence[str], applicant: str, case: str = "") -> str:
        """Receive an application with every paper it always asks for; return its code."""
        self.open("/office/dossiers/new")
        self.page.get_by_label("Thủ tục").select_option(procedure)
        self.page.get_by_role("button", name="Chọn").click()
        if case:
            self.page.get_by_label("Trường hợp").select_option(case)
        self.page.get_by_label("Thửa đất").fill("\n".join(refs))
        self.page.get_by_label("Người nộp hồ sơ", exact=True).fill(applicant)
        self.page.get_by_role("button", name="Tiếp nhận").click()
        heading = self.page.get_by_role("heading", level=1)
        expect(heading).to_have_text(CODE)
        return heading.inner_text()

    def choice(self, action: str) -> Locator:
        """Return the form of what may be done, opened."""
        found = self.page.locator("details", has=self.page.locator(f"input[name=action][value={action}]"))
        if not found.evaluate("(each) => each.open"):
            found.locator("summary").click()
        return found

    def act(self, action: str, **fields: str) -> Desk:
        """Do one thing with the dossier that is shown; fields by their names."""
        form = self.choice(action)
        for name, value in fields.items():
            field = form.locator(f"[name={name}]")
            if field.evaluate("(each) => each.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.get_by_role("button").click()
        expect(self.page.locator(".timeline li").first).to_be_visible()
        expect(self.page.locator(".problem")).to_have_count(0)
        return self

    def reach(self, wanted: Locator, most: int = 120) -> Desk:
        """Press Tab until a control has the focus, as who has no mouse does."""
        for _ in range(most):
            if wanted.evaluate("(each) => each === document.activeElement"):
                return self
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {wanted}")

    def press(self, role: Literal["button", "link"], name: str) -> Desk:
        """Reach the first button or link of a name by keyboard, and press Enter."""
        self.reach(self.page.get_by_role(role, name=name).first)
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()
        return self

    def write(self, field: Locator, text: str) -> Desk:
        """Reach a field by keyboard, and type."""
        self.reach(field).page.keyboard.type(text)
        return self

    def pick(self, field: Locator, value: str) -> Desk:
        """Reach a list by keyboard, and go down to a value."""
        self.reach(field)
        for _ in range(80):
            if field.input_value() == value:
                return self
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not in {field}")

    def well(self, name: str) -> Desk:
        """Find the page well: nothing serious for axe, nothing cut off at 390 px; a picture of it where asked for."""
        self.keep(name)
        assert serious_faults(self.page) == []
        usual = self.page.viewport_size or {"width": 1280, "height": 800}
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.keep(f"{name}-390")
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} is cut off at 390 px"
        self.page.set_viewport_size(usual)
        return self

    def fetched(self, link: Locator) -> bytes:
        """Return the file a link leads to."""
        answer = self.page.request.get(f"{self.address}{link.get_attribute('href')}")
        assert answer.ok, answer.text()
        return answer.body()

    def keep(self, name: str) -> None:
        """Keep a picture of the page where somebody asked for pictures."""
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name.replace(' ', '-')}.png", full_page=True)

    def may(self, action: str) -> bool:
        """Tell whether something may be done with the dossier that is shown."""
        return self.page.locator(f"input[name=action][value={action}]").count() > 0

    def enter(self, effect: str, facts: Mapping[str, Any]) -> Desk:
        """Enter one set of facts of an effect on the page of what shall be registered."""
        form = self.page.locator("form", has=self.page.locator(f"input[name=effect][value='{effect}']")).last
        details = self.page.locator("details", has=form).last
        if not details.evaluate("(each) => each.open"):
            details.locator("summary").first.click()
        for name, value in flat(facts):
            _fill(form, name, value)
        form.get_by_role("button", name="Lưu").click()
        expect(self.page.locator(".problem")).to_have_count(0)
        return self


def flat(facts: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names of fields and values as the forms have them; lists of texts stay whole."""
    if isinstance(facts, Mapping):
        for name, value in facts.items():
            yield from flat(value, f"{prefix}.{name}" if prefix else name)
    elif isinstance(facts, list) and facts and isinstance(facts[0], Mapping):
        for at, each in enumerate(facts):
            yield from flat(each, f"{prefix}.{at}")
    else:
        yield prefix, facts


def _fill(form: Locator, name: str, value: Any) -> None:
    field = form.locator(f"[name='{name}']")
    # What is asked of each fold is asked from the page: from the form it would be looked for within the fold.
    folded = form.locator("details:not([open])", has=form.page.locator(f"[name='{name}']"))
    if folded.count():
        folded.locator("summary").click()
    if isinstance(value, list):
        for each in value:
            form.locator(f"[name='{name}'][value='{each}']").check()
    elif isinstance(value, bool):
        field.set_checked(value)
    elif field.evaluate("(each) => each.tagName") == "SELECT":
        field.select_option(str(value))
    else:
        field.fill(str(value))


@contextmanager
def seated(browser: Browser, args: Mapping[str, Any], address: str, token: str) -> Iterator[Desk]:
    """Yield the desk of who has a session; its pages may not fail in silence."""
    context = browser.new_context(**args)
    context.add_init_script(TELL_BREACHES)
    context.add_cookies([{"name": "landsvc_session", "value": token, "url": address}])
    faults: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    watched(page, faults, set())
    yield Desk(page, address)
    context.close()
    assert not faults
