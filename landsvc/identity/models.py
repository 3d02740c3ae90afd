"""Tables of `identity`: people and machines that ask, how they show who they are, and what they did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TIMESTAMP, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "identity"
NOW = text("clock_timestamp()")


class Role(Base):
    """What somebody may be in the office (vai trò)."""

    __tablename__ = "role"
    __table_args__ = ({"schema": SCHEMA, "comment": "Vai trò: what somebody may be in the office"},)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    office: Mapped[bool] = mapped_column(Boolean, comment="Whether it lets into the workspace")
    sort: Mapped[int] = mapped_column(SmallInteger)
    writes: Mapped[bool] = mapped_column(
        Boolean,
        server_default=text("false"),
        comment="Whether it lets change the register in the communes of a branch",
    )


class Account(Base):
    """A person who signs in (tài khoản)."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("login"),
        CheckConstraint("login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'", name="login"),
        CheckConstraint("display_name <> ''", name="display_name"),
        {"schema": SCHEMA, "comment": "Tài khoản: a person who signs in"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(
        Text, comment="Argon2id in PHC form; null: this person has no password"
    )
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    disabled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"
    __table_args__ = ({"schema": SCHEMA, "comment": "Vai trò của tài khoản: which roles an account has"},)
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"), primary_key=True)
    role_code: Mapped[str] = mapped_column(ForeignKey("identity.role.code"), primary_key=True)


class Branch(Base):
    """An office that covers some communes or all (chi nhánh văn phòng đăng ký đất đai)."""

    __tablename__ = "branch"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{1,31}$'", name="code"),
        CheckConstraint("name_vi <> '' AND name_en <> ''", name="names"),
        {
            "schema": SCHEMA,
            "comment": "Chi nhánh văn phòng đăng ký đất đai: an office that covers some communes or all",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    covers_all: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    closed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class BranchCommune(Base):
    """A commune a branch covers (địa bàn), by its code: this room knows nothing of land."""

    __tablename__ = "branch_commune"
    __table_args__ = (
        CheckConstraint("commune_code ~ '^[0-9]{5}$'", name="code"),
        CheckConstraint("NOT isempty(valid)", name="valid"),
        ExcludeConstraint(
            ("branch_id", "="),
            ("commune_code", "="),
            ("valid", "&&"),
            using="gist",
            name="ex_branch_commune_valid",
        ),
        {"schema": SCHEMA, "comment": "Địa bàn của chi nhánh: the communes a branch covers, by their codes"},
    )
    branch_id: Mapped[int] = mapped_column(ForeignKey("identity.branch.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(
        DATERANGE,
        primary_key=True,
        server_default=text("daterange((clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, NULL)"),
        comment="The days the branch covers the commune",
    )


class AccountBranch(Base):
    """Where somebody works."""

    __tablename__ = "account_branch"
    __table_args__ = ({"schema": SCHEMA, "comment": "Tài khoản thuộc chi nhánh: where somebody works"},)
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"), primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("identity.branch.id"), primary_key=True)
    roles: Mapped[list[str] | None] = mapped_column(
        ARRAY(Text), comment="What the person is there; null: every role of the account"
    )


class AccountAuthority(Base):
    """For whom somebody signs (thẩm quyền ký)."""

    __tablename__ = "account_authority"
    __table_args__ = (
        CheckConstraint(
            "CASE kind WHEN 'branch' THEN branch_id IS NOT NULL AND commune_code IS NULL"
            " WHEN 'department' THEN branch_id IS NULL AND commune_code IS NULL"
            " WHEN 'commune-chairman' THEN branch_id IS NULL AND commune_code ~ '^[0-9]{5}$' ELSE false END",
            name="of",
        ),
        Index(
            "ux_account_authority_once",
            "account_id",
            "kind",
            text("coalesce(branch_id, 0)"),
            text("coalesce(commune_code, '')"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        {
            "schema": SCHEMA,
            "comment": "Thẩm quyền ký: who signs for a branch, the department, or as chairman of a commune",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"))
    kind: Mapped[str] = mapped_column(Text)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("identity.branch.id"))
    commune_code: Mapped[str | None] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class SignedIn(Base):
    """Somebody signed in on one device (phiên làm việc)."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        CheckConstraint("level IN (2, 3)", name="level"),
        Index("ix_session_account_id", "account_id"),
        {"schema": SCHEMA, "comment": "Phiên làm việc: somebody signed in, on one device"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(
        LargeBinary, comment="SHA-256 of what the cookie holds; the cookie itself is not kept"
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    address: Mapped[str | None] = mapped_column(Text)
    level: Mapped[int] = mapped_column(
        SmallInteger,
        server_default=text("2"),
        comment="How the person said who they are: 2 by an account of ours, 3 by the national identity",
    )


class PasswordLink(Base):
    """A link by which a person chooses a password, once (liên kết đặt mật khẩu)."""

    __tablename__ = "password_link"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        {
            "schema": SCHEMA,
            "comment": "Liên kết đặt mật khẩu: by which a person chooses a password, once; at most one for an account",
        },
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(
        LargeBinary, comment="SHA-256 of what the link holds; the link itself is not kept"
    )
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class OidcLink(Base):
    """Whom an OpenID provider names, and as which account that person signs in."""

    __tablename__ = "oidc_link"
    __table_args__ = (
        UniqueConstraint("account_id", "issuer"),
        CheckConstraint("issuer <> '' AND subject <> ''", name="named"),
        {"schema": SCHEMA, "comment": "Liên kết định danh điện tử: whom a provider names, and their account"},
    )
    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="What the provider calls this person, never given to another"
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class OidcFlow(Base):
    """A sign-in begun at an OpenID provider and not finished."""

    __tablename__ = "oidc_flow"
    __table_args__ = (
        CheckConstraint("octet_length(state_hash) = 32 AND octet_length(browser_hash) = 32", name="hashes"),
        Index("ix_oidc_flow_expires_at", "expires_at"),
        {"schema": SCHEMA, "comment": "A sign-in begun at an OpenID provider and not finished"},
    )
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(
        LargeBinary, comment="SHA-256 of the cookie that nonce and verifier are worked out from"
    )
    wanted: Mapped[str] = mapped_column(Text, comment="The page to go on to")
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class ApiClient(Base):
    """A machine that calls the API (hệ thống kết nối; OAuth 2 client)."""

    __tablename__ = "api_client"
    __table_args__ = (
        UniqueConstraint("client_id"),
        CheckConstraint("client_id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'", name="client_id"),
        CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
        CheckConstraint(
            "octet_length(previous_hash) = 32 AND previous_until IS NOT NULL AND previous_hash <> secret_hash"
            " OR previous_hash IS NULL AND previous_until IS NULL",
            name="previous",
        ),
        {"schema": SCHEMA, "comment": "Hệ thống kết nối: a machine that calls the API (OAuth 2 client)"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, comment="SHA-256 of a secret of 256 random bits")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    previous_hash: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="SHA-256 of the secret before, good beside the new one until previous_until"
    )
    previous_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class AccessToken(Base):
    """A bearer token given to a machine (mã truy cập)."""

    __tablename__ = "access_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        Index("ix_access_token_api_client_id", "api_client_id"),
        {"schema": SCHEMA, "comment": "Mã truy cập: a bearer token given to a machine"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Attempt(Base):
    """How often a login or an address failed to sign in lately."""

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("kind IN ('address', 'client', 'login', 'oidc', 'pair')", name="kind"),
        CheckConstraint("count >= 0", name="count"),
        Index("ix_attempt_since", "since"),
        {"schema": SCHEMA, "comment": "How often a login or an address failed to sign in lately"},
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[bytes] = mapped_column(
        LargeBinary,
        primary_key=True,
        comment="SHA-256 of the login or address: people type passwords where logins belong",
    )
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    count: Mapped[int] = mapped_column(Integer)


class AuditEntry(Base):
    """Something somebody did or read (nhật ký)."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint(r"action ~ '^[a-z][a-z-]*(\.[a-z][a-z-]*)+$'", name="action"),
        Index("ix_audit_account_id", "account_id", "id"),
        Index("ix_audit_object", "object", "id"),
        Index("ix_audit_at", "at", "id"),
        Index("ix_audit_action", "action", "id"),
        Index(
            "ix_audit_about",
            text("(details -> 'about')"),
            postgresql_using="gin",
            postgresql_where=text("details ? 'about'"),
        ),
        {"schema": SCHEMA, "comment": "Nhật ký: who did or read what, from where; only ever added to"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    action: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("identity.account.id"))
    api_client_id: Mapped[int | None] = mapped_column(ForeignKey("identity.api_client.id"))
    address: Mapped[str | None] = mapped_column(Text)
    object: Mapped[str | None] = mapped_column(Text, comment="What it was done to, such as parcel:4711")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class AuditPending(Base):
    """An entry of the trail that is not sealed yet; without a foreign key, so that one taken away is missed."""

    __tablename__ = "audit_pending"
    __table_args__ = (
        {"schema": SCHEMA, "comment": "Nhật ký chờ niêm phong: entries of the trail that are not sealed yet"},
    )
    audit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(
        LargeBinary, comment="identity.audit_digest of the entry as it was added"
    )


class AuditSeal(Base):
    """A link of the hash chain over the trail (chuỗi niêm phong)."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        UniqueConstraint("audit_id"),
        CheckConstraint("place > 0", name="place"),
        CheckConstraint("octet_length(digest) = 32 AND octet_length(chain) = 32", name="hashes"),
        {
            "schema": SCHEMA,
            "comment": "Chuỗi niêm phong nhật ký: the hash chain over the trail; only ever added to",
        },
    )
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(
        BigInteger, comment="No foreign key: a seal outlives an entry that somebody took away"
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(
        LargeBinary,
        comment="SHA-256 of the chain before (32 zero bytes at place 1), the place (8 bytes, big-endian) and"
        " the digest",
    )
