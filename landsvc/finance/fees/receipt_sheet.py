"""Draw a receipt of fees (biên lai thu phí, lệ phí) as a page to print: for payers and for the counter alike."""

from __future__ import annotations

from datetime import datetime

from flask import render_template

from landsvc.core import clock, i18n
from landsvc.core.i18n import gettext
from landsvc.finance.amount_words import dong_en, dong_vi
from landsvc.finance.fees.entries import Receipt


def receipt_html(receipt: Receipt, *, office: str, address: str) -> str:
    """Return the page of a receipt; it names no payer. `address` is the service's own, where it can be compared."""
    vi = i18n.current_language() == "vi"
    branch = (receipt.branch_vi if vi else receipt.branch_en) or receipt.branch
    laws = _sources(receipt, is_sample=False)
    return render_template(
        "pages/fee_receipt_pdf.html",
        language=i18n.current_language(),
        number=receipt.receipt_no,
        office=office or branch,
        facts=[(label, value) for label, value in _facts(receipt, branch, is_vi=vi) if value],
        asked=[
            (each["nameVi" if vi else "nameEn"], i18n.money(int(each["amountVnd"]))) for each in receipt.asked
        ],
        waived=i18n.money(receipt.waived_vnd) if receipt.waived_vnd else "",
        amount=i18n.money(receipt.amount_vnd),
        # The language of the law, and that of the reader.
        words=[dong_vi(receipt.amount_vnd), *([] if vi else [dong_en(receipt.amount_vnd)])],
        laws=laws,
        samples=_sources(receipt, is_sample=True),
        undone=_moment(receipt.undone_at) if receipt.undone_at else "",
        address=f"{address}/pay",
        printed=_moment(clock.now()),
    )


def _sources(receipt: Receipt, *, is_sample: bool) -> list[str]:
    """Return where amounts come from, each once: of amounts the province has set, or of samples it has yet to set."""
    found = [each for each in receipt.asked if each["law"] and (each["certainty"] == "?") is is_sample]
    return list(dict.fromkeys(str(each["law"]) for each in found))


def _facts(receipt: Receipt, branch: str, *, is_vi: bool) -> list[tuple[str, str]]:
    return [
        (gettext("Taken by"), branch),
        (gettext("Dossier"), receipt.dossier or ""),
        (gettext("Fee order"), receipt.order),
        (gettext("Taken at"), _moment(receipt.at)),
        (gettext("Way of payment"), receipt.channel_vi if is_vi else receipt.channel_en),
        (gettext("Reference of the bank"), receipt.reference_no or ""),
    ]


def _moment(at: datetime) -> str:
    local = at.astimezone(clock.OFFICE_ZONE)
    return f"{local:%H:%M}, {i18n.day(local.date())}"
