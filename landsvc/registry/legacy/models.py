"""The table of rights read from older registers, as the migration made it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from landsvc.core.db import Base
from landsvc.registry.models import told


class LegacyRight(Base):
    """A right as an older register tells it: taken in, waiting for a person, or put aside."""

    __tablename__ = "legacy_right"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_legacy_right_waiting", "reason", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_legacy_right_rrr_id", "rrr_id"),
        Index("ix_legacy_right_serial", "serial", postgresql_where=text("serial IS NOT NULL")),
        told("Quyền đọc từ sổ, phần mềm cũ: taken in, waiting for a person to match it, or put aside"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    row_no: Mapped[int] = mapped_column(Integer)
    serial: Mapped[str | None] = mapped_column(Text)
    serial_reason: Mapped[str | None] = mapped_column(Text, comment="Why its certificate was not entered")
    book_no: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date | None] = mapped_column(Date)
    rrr_id: Mapped[int | None] = mapped_column(ForeignKey("registry.rrr.id"))
    facts: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="What was read, while it is not taken in; numbers of persons are not in it"
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    decided_record_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.record.id"))


KINDS: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "integer": Integer(),
    "bigint": BigInteger(),
    "bytea": LargeBinary(),
    "bytea[]": ARRAY(LargeBinary()),
    "date": Date(),
    "numeric": Numeric(),
    "instant": TIMESTAMP(timezone=True),
    "flag": Boolean(),
}

DEFAULTS = {
    "used": "false",
    "fresh": "false",
    "same_name": "true",
    "standing": "false",
    "before": "'new'",
    "hits": "0",
}
SEALED = {"legacy_person": ", their numbers sealed"}


def on_the_way(name: str, key: str, what: str, columns: str, *indexed: str) -> Table:
    """Describe a table rows pass through, unlogged: columns as `name kind`, `!` for one that is never empty."""
    made = []
    for each in columns.split(", "):
        column, kind = each.removesuffix("!").split()
        default = DEFAULTS.get(column)
        identity = [Identity(always=True)] if column == key == "id" and name != "legacy_serial" else []
        made.append(
            Column(
                column,
                KINDS[kind],
                *identity,
                primary_key=column == key,
                nullable=not each.endswith("!"),
                server_default=None if default is None else text(default),
            )
        )
    indexes = [Index(f"ix_{name}_{column}", column) for column in indexed]
    comment = f"{what} while it is taken in{SEALED.get(name, '')}; empty otherwise"
    return Table(name, Base.metadata, *made, *indexes, schema="registry", comment=comment)


TERMS = (
    "serial text, book_no text, issued_on date, since date, origin text, form text, term_until date, purpose text"
)
NUMBERS = "code text, commune text, sheet text, number text, old_sheet text, old_number text, area_m2 numeric"
LINE = on_the_way(
    "legacy_line",
    "row_no",
    "Rows of a register",
    f"row_no integer!, key text!, digest bytea!, fault text, {NUMBERS}, {TERMS}, person bytea, num bigint, den bigint,"
    " mortgagee bytea, mortgaged_at instant, amount_vnd bigint, mortgage_no text",
    "key",
)
PERSON = on_the_way(
    "legacy_person",
    "person",
    "Persons of a register",
    "person bytea!, kind text!, name text!, born_on date, born_year integer, sex text, address text, doc_kind text,"
    " sealed bytea, indexes bytea[], party_id bigint, code text, used flag!, fresh flag!, same_name flag!",
    "party_id",
)
GROUP = on_the_way(
    "legacy_group",
    "key",
    "Rights of a register",
    f"key text!, row_no integer!, digest bytea!, reason text, before text!, {TERMS}, mode text, holding_id bigint,"
    " ba_unit_id bigint, rrr_id bigint",
)
PLACE = on_the_way(
    "legacy_place",
    "id",
    "Parcels a register names",
    f"id bigint!, key text!, {NUMBERS}, unit_id bigint, hits integer!, how text, standing flag!",
    "key",
    "unit_id",
)
HOLDER = on_the_way(
    "legacy_holder",
    "",
    "Who holds what in a register",
    "key text!, person bytea!, seq integer!, num bigint, den bigint",
    "key",
)
MORTGAGE = on_the_way(
    "legacy_mortgage",
    "",
    "Mortgages of a register",
    "key text!, person bytea!, mortgaged_at instant, amount_vnd bigint, mortgage_no text, holding_id bigint,"
    " rrr_id bigint",
    "key",
)
SERIAL = on_the_way(
    "legacy_serial",
    "id",
    "Serial numbers of a register",
    "id bigint!, rrr_id bigint!, row_no integer!, serial text!, book_no text, issued_on date, form text,"
    " certificate_id bigint, reason text",
)
