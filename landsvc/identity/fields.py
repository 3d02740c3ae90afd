"""Say once which personal data the register holds and who may see which: the table behind every check of roles.

`readers("name")` names the roles that see a field whole; whoever hides asks that, and the tests hold what everybody is
answered, and the grants of the database, against the same rows. The rooms above name their columns here, as text.

Source: Luật Đất đai 31/2024/QH15 Điều 166 khoản 5; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 Điều 3, 7;
QĐ 2304/QĐ-BNNMT (2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from landsvc.core.errors import N_

YES, OWN, MASKED, NO = "yes", "own", "masked", "no"
"""Whole; only of oneself, or of one's own dossier; only its end, or without whose it is; not at all."""
LAND = "Luật Đất đai 31/2024/QH15, Điều 166 khoản 5; QĐ 2304/QĐ-BNNMT (2025)"
PEOPLE = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 3, Điều 7"
TAXES = "NĐ 252/2026/NĐ-CP, Điều 17"
AUDIENCE = ("public", "receipt", "citizen")
OFFICE = (
    *("counter", "processor", "surveyor", "checker", "signer", "archivist"),
    *("planner", "leader", "auditor", "admin"),
)
MACHINES = ("tax:read", "tax:persons", "channel")
WHO: Final = (*AUDIENCE, *OFFICE, *MACHINES)
"""Whoever asks: strangers, who holds a receipt, a person who is signed in, the roles of the office, machines."""
CASES = ("counter", "processor", "surveyor", "checker", "signer", "archivist", "auditor")
"""Who works on cases or keeps and audits the register: not planners, leaders and administrators."""


@dataclass(frozen=True)
class Field:
    """A kind of personal data: who sees it, by which law, and where it is kept."""

    code: str
    name: str
    law: tuple[str, ...]
    seen: dict[str, str]
    """Who sees it how; whoever is not named does not see it."""
    columns: tuple[str, ...]
    roles: tuple[str, ...] = ("landsvc_editor",)
    """The roles of the database that read one of these columns."""

    def seen_by(self, who: str) -> str:
        """Return how somebody sees it."""
        return self.seen.get(who, NO)


def _cases(**more: str) -> dict[str, str]:
    """Return that who works on cases sees it whole, and a person their own."""
    return {"citizen": OWN, **dict.fromkeys(CASES, YES), **more}


def _all(schema_table: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{schema_table}.{name}" for name in names)


_TAX_READ = {"tax:read": YES}
FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "name",
        N_("Name of a person or organisation that holds land, applies or is named in a block"),
        (LAND, PEOPLE),
        _cases(**_TAX_READ),
        (
            *_all("registry.party_version", "name", "folded"),
            "registry.dossier_applicant.name",
            *_all("registry.application", "applicant", "representative", "wish"),
            *_all("registry.block", "person_name", "person_folded"),
            *("registry.legacy_person.name", "registry.legacy_right.facts"),
            *_all("identity.citizen", "sealed"),
            *_all("identity.contact_proof", "sealed"),
        ),
        ("landsvc_editor", "landsvc_import", "landsvc_identity"),
    ),
    Field(
        "identity-number",
        N_("Number of an identity document (citizen card, passport, business registration)"),
        (LAND, PEOPLE),
        {
            "citizen": OWN,
            **dict.fromkeys(CASES, MASKED),
            **dict.fromkeys(("processor", "signer", "auditor"), YES),
            **_TAX_READ,
        },
        (
            *_all("registry.party_document", "number_sealed", "number_index"),
            *_all("registry.block", "number_sealed", "number_index"),
            "registry.legacy_person.sealed",
        ),
        ("landsvc_editor", "landsvc_import"),
    ),
    Field(
        "birth",
        N_("Day and year of birth, sex, nationality"),
        (LAND, PEOPLE),
        _cases(**_TAX_READ),
        (
            *_all("registry.party_version", "born_on", "born_year", "sex", "nationality"),
            "registry.block.person_born_year",
            *_all("registry.legacy_person", "born_on", "born_year", "sex"),
        ),
        ("landsvc_editor", "landsvc_import"),
    ),
    Field(
        "address",
        N_("Address of a person"),
        (LAND, PEOPLE),
        _cases(**_TAX_READ),
        ("registry.party_version.address", "registry.legacy_person.address"),
        ("landsvc_editor", "landsvc_import"),
    ),
    Field(
        "contact",
        N_("Telephone number or e-mail address"),
        (LAND, PEOPLE),
        _cases(**_TAX_READ),
        (
            *("registry.dossier_applicant.contact", "registry.application.contact", "core.message.sealed"),
            *_all("identity.citizen", "sealed", "contact_index"),
            *_all("identity.contact_proof", "sealed", "contact_index"),
            "registry.feedback.contact",
        ),
        ("landsvc_editor", "landsvc_import", "landsvc_identity"),
    ),
    Field(
        "share",
        N_("Who holds a right with whom, and by which shares"),
        (LAND, PEOPLE),
        _cases(**_TAX_READ),
        (
            *_all("registry.holding_party", "num", "den"),
            *_all("registry.legacy_holder", "num", "den"),
            "registry.legacy_right.facts",
        ),
        ("landsvc_editor", "landsvc_import"),
    ),
    Field(
        "mortgage-amount",
        N_("Amount that a mortgage secures"),
        (LAND, PEOPLE),
        _cases(),
        (
            "registry.rrr_version.amount_vnd",
            "registry.legacy_mortgage.amount_vnd",
            "registry.legacy_line.amount_vnd",
            "registry.legacy_right.facts",
        ),
        ("landsvc_editor", "landsvc_import"),
    ),
    Field(
        "price-paid",
        N_("Price agreed in a contract, and what else was entered of a case"),
        (LAND, PEOPLE),
        _cases(**_TAX_READ),
        ("registry.dossier_event.details", "finance.slip.sealed", "core.idempotency.sealed"),
        ("landsvc_editor", "landsvc_tax"),
    ),
    Field(
        "tax-code",
        N_("Tax code of who owes or paid"),
        (LAND, PEOPLE, TAXES),
        {
            "citizen": OWN,
            **dict.fromkeys((*CASES, "leader"), MASKED),
            "processor": YES,
            "auditor": YES,
            **_TAX_READ,
        },
        (
            *_all("finance.tax_payment", "payer_ref", "payer_sealed", "payer_index"),
            *_all("finance.notice", "payer_sealed", "payer_index"),
            *_all("finance.payment_unplaced", "payer_ref", "payer_sealed", "payer_index"),
        ),
        ("landsvc_editor", "landsvc_tax"),
    ),
    Field(
        "obligation",
        N_("Tax or fee that somebody owes, of one dossier or parcel"),
        (LAND, PEOPLE, TAXES),
        _cases(receipt=OWN, leader=YES, **_TAX_READ),
        (
            *_all("finance.notice_line", "amount_vnd", "due_vnd"),
            "finance.notice_standing.amount_vnd",
            "finance.fee_entry.amount_vnd",
        ),
        ("landsvc_editor", "landsvc_tax"),
    ),
    Field(
        "payment",
        N_("What somebody paid, of one dossier or parcel"),
        (LAND, PEOPLE, TAXES),
        _cases(receipt=OWN, leader=YES, channel=OWN, **_TAX_READ),
        (
            "finance.tax_payment.amount_vnd",
            "finance.payment_unplaced.amount_vnd",
            "finance.payment_file_row.amount_vnd",
            "finance.payment_match.amount_vnd",
            "finance.payment_move.amount_vnd",
            "finance.reconciliation_list_line.amount_vnd",
            "finance.channel_payment.amount_vnd",
            "finance.channel_statement_line.amount_vnd",
            "finance.fee_receipt.amount_vnd",
            "finance.fee_unplaced.amount_vnd",
        ),
        ("landsvc_channel", "landsvc_editor", "landsvc_import", "landsvc_tax"),
    ),
    Field(
        "follower",
        N_("Address of who follows land, and what is sent there"),
        (PEOPLE,),
        {},
        ("registry.alert.address", "registry.alert.address_index", "core.message.sealed"),
        ("landsvc_import",),
    ),
)
FREE_TEXT: Final[tuple[str, ...]] = (
    "cadastre.defect.facts",
    "cadastre.draft.title",
    "cadastre.draft_event.reason",
    "cadastre.draft_operation.body",
    "cadastre.land_use_legacy.note",
    "cadastre.parcel_hold.subject",
    "cadastre.quarantine.attributes",
    "cadastre.record.details",
    "cadastre.record.reason",
    "cadastre.record.title",
    "cadastre.resurvey_threshold.note",
    "cadastre.unit_end.reason",
    "core.idempotency.body",
    "core.message_attempt.reason",
    "core.outbox.payload",
    "core.outbox_failure.error",
    "finance.channel_payment.purpose",
    "finance.channel_statement_line.purpose",
    "finance.fee_day_close.note",
    "finance.fee_day_close.reason",
    "finance.fee_entry.reason",
    "finance.hook_attempt.reason",
    "finance.notice_act.reason",
    "finance.payment_move.reason",
    "finance.payment_place.reason",
    "finance.price_decision.reason",
    "finance.reconciliation_item.our_detail",
    "finance.reconciliation_item.their_detail",
    "finance.reconciliation_resolution.note",
    "finance.reconciliation_resolution.reason",
    "finance.slip_answer.note",
    "identity.audit.details",
    "identity.oidc_link.subject",
    "planning.activity_change.reason",
    "planning.activity_change.words",
    "registry.alert_news.subject",
    "registry.application.wish",
    "registry.application_paper.title",
    "registry.blank_entry.note",
    "registry.certificate_entry.said",
    "registry.dossier_document.title",
    "registry.dossier_event.details",
    "registry.dossier_event.reason",
    "registry.feedback.public_words",
    "registry.feedback.words",
    "registry.feedback_event.public_words",
    "registry.feedback_event.late_words",
    "registry.feedback_event.words",
    "registry.legacy_group.reason",
    "registry.legacy_right.reason",
    "registry.legacy_right.serial_reason",
    "registry.legacy_serial.reason",
    "registry.plan_display.short_reason",
    "registry.service_rating.words",
    "registry.survey_wait.reason",
)
"""Columns into which somebody types or sends what they like: whatever stands there may name a person."""
FREE_TEXT_PUBLIC: Final = (
    "cadastre.land_use_legacy.note",
    "cadastre.record.title",
    "cadastre.resurvey_threshold.note",
    "cadastre.unit_end.reason",
)
"""Those of them that strangers may read: nothing is typed there but about land, codes, measures and names of files."""
BY_CODE: Final = {each.code: each for each in FIELDS}


def readers(code: str) -> tuple[str, ...]:
    """Return the roles of the office that see a field whole."""
    return tuple(role for role in OFFICE if BY_CODE[code].seen_by(role) == YES)


def sees(roles: frozenset[str], code: str) -> bool:
    """Tell whether one of somebody's roles sees a field whole."""
    return not roles.isdisjoint(readers(code))
