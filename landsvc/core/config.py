"""Read the settings of one running service from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from landsvc.core.errors import InvalidSetting
from landsvc.core.proxies import Network, networks_of

DEFAULT_SRID = 9212
DEFAULT_MEGAPIXELS = 4000
"""A commune of 40 km² at 0.1 m: some twenty minutes to read and write."""
DEFAULT_RECONCILE_HOUR = 1
PREFIX = "LANDSVC_"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
REPOSITORY = Path(__file__).resolve().parents[2]


def working_srid(environ: Mapping[str, str] | None = None) -> int:
    """Return the SRID the tables are made in: projected, metric (`LANDSVC_SRID`)."""
    raw = (os.environ if environ is None else environ).get(f"{PREFIX}SRID", str(DEFAULT_SRID))
    try:
        return int(raw)
    except ValueError:
        raise InvalidSetting("LANDSVC_SRID", raw, "a whole number such as 9212") from None


# The one global: tables carry the SRID in their column type.
WORKING_SRID = working_srid()


@dataclass(frozen=True)
class NationalId:
    """The OpenID provider of the national identity, which citizens sign in with. Its names of things are its own."""

    issuer: str
    """`LANDSVC_NATIONAL_ID_ISSUER`."""
    client_id: str
    """`LANDSVC_NATIONAL_ID_CLIENT_ID`: what it calls this service."""
    client_secret: str | None = field(repr=False)
    """`LANDSVC_NATIONAL_ID_CLIENT_SECRET`, or the first line of `LANDSVC_NATIONAL_ID_CLIENT_SECRET_FILE`."""
    name: str
    """`LANDSVC_NATIONAL_ID_NAME`: what its button says."""
    scope: str
    """`LANDSVC_NATIONAL_ID_SCOPE`: what is asked for."""
    number_claim: str
    """`LANDSVC_NATIONAL_ID_NUMBER_CLAIM`: what its ID tokens call the personal identification number."""
    name_claim: str
    """`LANDSVC_NATIONAL_ID_NAME_CLAIM`: what they call the name."""
    acr: str | None
    """`LANDSVC_NATIONAL_ID_ACR`: how sure it must be of whom it names (`acr`); as sure as it likes when not said."""


@dataclass(frozen=True)
class Settings:
    """Everything an operator can choose. Documented in docs/configuration.md."""

    database_url: str | None
    """`LANDSVC_DATABASE_URL`: a managed PostgreSQL; empty means the embedded cluster."""
    public_database_url: str | None
    """`LANDSVC_PUBLIC_DATABASE_URL`: the same server, logging in as the public role."""
    data_dir: Path
    """`LANDSVC_DATA`: where the embedded cluster and its files live."""
    srid: int
    """`LANDSVC_SRID`: working reference system, projected and metric."""
    datum_shift: str
    """`LANDSVC_DATUM_SHIFT`: A, B or C, the VN-2000 to WGS 84 variant pinned in this database."""
    host: str
    """`LANDSVC_HOST`: address to listen on."""
    port: int
    """`LANDSVC_PORT`: port to listen on."""
    workers: int
    """`LANDSVC_WORKERS`: server processes."""
    threads: int
    """`LANDSVC_THREADS`: threads in each server process."""
    web_dir: Path
    """`LANDSVC_WEB`: templates, static files and translations."""
    gis_data_dir: Path
    """`LANDSVC_GIS_DATA`: code lists and sample data shipped with the service."""
    pg_bin: Path | None
    """`LANDSVC_PGBIN`: folder of PostgreSQL's programs, when not Debian's."""
    base_url: str
    """`LANDSVC_BASE_URL`: public address, used in links and problem types; empty means the request's own."""
    lookup_per_minute: int
    """`LANDSVC_LOOKUP_PER_MINUTE`: look-ups one address may make in a minute in each process; 0 = no limit."""
    office_name: str
    """`LANDSVC_OFFICE_NAME`: the office that issues extracts, as it stands in their heading."""
    trusted_proxies: tuple[Network, ...]
    """`LANDSVC_TRUSTED_PROXIES`: reverse proxies whose X-Forwarded headers are believed; none by default."""
    hook_networks: tuple[Network, ...]
    """`LANDSVC_HOOK_NETWORKS`: networks of our own that slips may be pushed into; none by default."""
    raster_megapixels: int
    """`LANDSVC_RASTER_MEGAPIXELS`: million pixels a raster may have to be taken in."""
    document_megabytes: int
    """`LANDSVC_DOCUMENT_MEGABYTES`: how large the file of a paper may be."""
    upload_megapixels: int
    """`LANDSVC_UPLOAD_MEGAPIXELS`: million pixels a picture sent by a stranger may have."""
    draft_megabytes: int
    """`LANDSVC_DRAFT_MEGABYTES`: how large the papers of one application from home may be together."""
    drafts_gigabytes: int
    """`LANDSVC_DRAFTS_GIGABYTES`: how large those of all applications may be that were not lodged yet."""
    draft_days: int
    """`LANDSVC_DRAFT_DAYS`: after how many days a draft that nobody touched is forgotten."""
    ratings_least: int
    """`LANDSVC_RATINGS_LEAST`: from how many ratings of a service in a branch on they are shown."""
    display_reminder_days: int
    """`LANDSVC_DISPLAY_REMINDER_DAYS`: how many days before a public display ends followers hear of it; 0 = never."""
    reconcile_hour: int
    """`LANDSVC_RECONCILE_HOUR`: from which hour of the night the days' money is compared."""
    scan_command: str
    """`LANDSVC_SCAN_COMMAND`: a program that looks for viruses in a file on its standard input; none by default."""
    secret_file: Path | None
    """`LANDSVC_SECRET_FILE`: the keys that seal personal numbers; `secret.keys` of the data folder when not said."""
    secret_keys: str | None = field(repr=False)
    """`LANDSVC_SECRET_KEYS`: these keys themselves, instead of a file."""
    signing_file: Path | None
    """`LANDSVC_SIGNING_FILE`: key and certificate that sign what is printed; `signing.p12` of the data folder."""
    signing_passphrase: str | None = field(repr=False)
    """`LANDSVC_SIGNING_PASSPHRASE`: what opens that file; none by default."""
    oidc_issuer: str | None
    """`LANDSVC_OIDC_ISSUER`: the OpenID provider officers may sign in with; none by default."""
    oidc_client_id: str | None
    """`LANDSVC_OIDC_CLIENT_ID`: what it calls this service."""
    oidc_client_secret: str | None = field(repr=False)
    """`LANDSVC_OIDC_CLIENT_SECRET`, or the first line of `LANDSVC_OIDC_CLIENT_SECRET_FILE`."""
    oidc_name: str
    """`LANDSVC_OIDC_NAME`: what its button says."""
    national_id: NationalId | None
    """The provider citizens sign in with; none by default."""
    mail_server: tuple[str, int] | None
    """`LANDSVC_MAIL_SERVER`: host and port of the mail server that takes messages to people; none by default."""
    mail_security: str
    """`LANDSVC_MAIL_SECURITY`: starttls, tls, or none for a server on this machine."""
    mail_from: str
    """`LANDSVC_MAIL_FROM`: the address messages come from."""
    mail_user: str | None
    """`LANDSVC_MAIL_USER`: whom the mail server knows this service as."""
    mail_password: str | None = field(repr=False)
    """`LANDSVC_MAIL_PASSWORD`, or the first line of `LANDSVC_MAIL_PASSWORD_FILE`."""
    messaging_url: str | None
    """`LANDSVC_MESSAGING_URL`: where short messages are posted to; none by default."""
    messaging_token: str | None = field(repr=False)
    """`LANDSVC_MESSAGING_TOKEN`, or the first line of `LANDSVC_MESSAGING_TOKEN_FILE`."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Build settings from `environ`; raise `InvalidSetting` naming the variable at fault."""
        env = os.environ if environ is None else environ

        def text(name: str) -> str | None:
            return env.get(PREFIX + name) or None

        def number(name: str, default: int, low: int, high: int) -> int:
            raw = text(name)
            if raw is None:
                return default
            if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
                raise InvalidSetting(PREFIX + name, raw, f"a whole number from {low} to {high}")
            return int(raw)

        def networks(name: str) -> tuple[Network, ...]:
            raw = text(name) or ""
            try:
                return networks_of(raw)
            except ValueError:
                example = "a list of addresses and networks such as 127.0.0.1, 10.0.0.0/8"
                raise InvalidSetting(PREFIX + name, raw, example) from None

        def issuer(of: str) -> str | None:
            raw = text(f"{of}_ISSUER")
            if raw is not None and not is_safe_address(raw):
                raise InvalidSetting(f"{PREFIX}{of}_ISSUER", raw, "an https address (http on this machine only)")
            if raw is not None and text(f"{of}_CLIENT_ID") is None:
                raise InvalidSetting(f"{PREFIX}{of}_CLIENT_ID", "", "what the OpenID provider calls this service")
            return raw

        def national_id() -> NationalId | None:
            raw = issuer("NATIONAL_ID")
            if raw is None:
                return None
            return NationalId(
                issuer=raw,
                client_id=text("NATIONAL_ID_CLIENT_ID") or "",
                client_secret=secret("NATIONAL_ID_CLIENT_SECRET"),
                name=(text("NATIONAL_ID_NAME") or "VNeID").strip(),
                scope=text("NATIONAL_ID_SCOPE") or "openid profile",
                number_claim=text("NATIONAL_ID_NUMBER_CLAIM") or "personal_id",
                name_claim=text("NATIONAL_ID_NAME_CLAIM") or "name",
                acr=text("NATIONAL_ID_ACR"),
            )

        def mail_server() -> tuple[str, int] | None:
            raw = text("MAIL_SERVER")
            if raw is None:
                return None
            host, _, port = raw.rpartition(":")
            if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
                raise InvalidSetting(
                    f"{PREFIX}MAIL_SERVER", raw, "a host and a port such as mail.example.org:587"
                )
            return host.strip("[]"), int(port)

        def mail_security(server: tuple[str, int] | None) -> str:
            raw = text("MAIL_SECURITY") or "starttls"
            if raw not in {"starttls", "tls"} and not (raw == "none" and server and server[0] in LOOPBACK):
                wanted = "starttls or tls (none for a server on this machine only)"
                raise InvalidSetting(f"{PREFIX}MAIL_SECURITY", raw, wanted)
            return raw

        def mail_from() -> str:
            raw = text("MAIL_FROM") or ""
            if text("MAIL_SERVER") and not ("@" in raw and raw.isprintable()):
                raise InvalidSetting(f"{PREFIX}MAIL_FROM", raw, "the address messages come from")
            return raw

        def messaging_url() -> str | None:
            raw = text("MESSAGING_URL")
            if raw is not None and not is_safe_address(raw):
                raise InvalidSetting(
                    f"{PREFIX}MESSAGING_URL", raw, "an https address (http on this machine only)"
                )
            return raw

        def secret(name: str) -> str | None:
            return text(name) or first_line(text(f"{name}_FILE"), f"{PREFIX}{name}_FILE")

        server = mail_server()
        variant = (text("DATUM_SHIFT") or "B").upper()
        if variant not in {"A", "B", "C"}:
            raise InvalidSetting(f"{PREFIX}DATUM_SHIFT", variant, "A, B or C (see docs/geo.md)")
        return cls(
            database_url=text("DATABASE_URL"),
            public_database_url=text("PUBLIC_DATABASE_URL"),
            data_dir=Path(text("DATA") or default_data_dir()).absolute(),
            srid=working_srid(env),
            datum_shift=variant,
            host=text("HOST") or "127.0.0.1",
            port=number("PORT", 8000, 1, 65535),
            workers=number("WORKERS", 2, 1, 64),
            threads=number("THREADS", 2, 1, 64),
            web_dir=Path(text("WEB") or REPOSITORY / "web"),
            gis_data_dir=Path(text("GIS_DATA") or REPOSITORY / "gis_data"),
            pg_bin=Path(path) if (path := text("PGBIN")) else None,
            base_url=(text("BASE_URL") or "").rstrip("/"),
            lookup_per_minute=number("LOOKUP_PER_MINUTE", 600, 0, 1_000_000),
            office_name=(text("OFFICE_NAME") or "").strip(),
            trusted_proxies=networks("TRUSTED_PROXIES"),
            hook_networks=networks("HOOK_NETWORKS"),
            raster_megapixels=number("RASTER_MEGAPIXELS", DEFAULT_MEGAPIXELS, 1, 1_000_000),
            document_megabytes=number("DOCUMENT_MEGABYTES", 20, 1, 60),
            upload_megapixels=number("UPLOAD_MEGAPIXELS", 60, 1, 250),
            draft_megabytes=number("DRAFT_MEGABYTES", 100, 1, 10_000),
            drafts_gigabytes=number("DRAFTS_GIGABYTES", 20, 1, 100_000),
            draft_days=number("DRAFT_DAYS", 90, 1, 3650),
            ratings_least=number("RATINGS_LEAST", 3, 1, 1000),
            display_reminder_days=number("DISPLAY_REMINDER_DAYS", 3, 0, 60),
            reconcile_hour=number("RECONCILE_HOUR", DEFAULT_RECONCILE_HOUR, 0, 23),
            scan_command=(text("SCAN_COMMAND") or "").strip(),
            secret_file=Path(path).absolute() if (path := text("SECRET_FILE")) else None,
            secret_keys=text("SECRET_KEYS"),
            signing_file=Path(path).absolute() if (path := text("SIGNING_FILE")) else None,
            signing_passphrase=text("SIGNING_PASSPHRASE"),
            oidc_issuer=issuer("OIDC"),
            oidc_client_id=text("OIDC_CLIENT_ID"),
            oidc_client_secret=secret("OIDC_CLIENT_SECRET"),
            oidc_name=(text("OIDC_NAME") or "OpenID Connect").strip(),
            national_id=national_id(),
            mail_server=server,
            mail_security=mail_security(server),
            mail_from=mail_from(),
            mail_user=text("MAIL_USER"),
            mail_password=secret("MAIL_PASSWORD"),
            messaging_url=messaging_url(),
            messaging_token=secret("MESSAGING_TOKEN"),
        )


def is_safe_address(address: str) -> bool:
    """Return whether secrets may go to an address: https, or http that stays on this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    here = parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))


def first_line(path: str | None, name: str) -> str | None:
    """Return the first line of the file that holds a secret, named by a variable; None without a path."""
    if path is None:
        return None
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InvalidSetting(name, path, "a text file that the service may read") from None
    if not lines or not lines[0].strip():
        raise InvalidSetting(name, path, "a file with the secret in its first line")
    return lines[0].strip()


def default_data_dir() -> str:
    """Return the data folder used when none is named: enterable by the cluster's OS user."""
    if os.geteuid() == 0:
        return "/var/lib/landsvc"
    return str(Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "landsvc")
