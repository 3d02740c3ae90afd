"""Give the rooms their parts, and every application its health addresses and the envelope of its answers."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import cast

from flask import Flask, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

from landsvc.core import gauges, migrate
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.core.envelope import NONCE, Envelope
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

EXTENSION = "landsvc"


@dataclass(frozen=True)
class Parts:
    """What an application is joined from."""

    settings: Settings
    database: Database
    vault: Vault


def parts() -> Parts:
    """Return the parts of the application that answers the current request."""
    return cast(Parts, current_app.extensions[EXTENSION])


def database() -> Database:
    """Return the database of the current application."""
    return parts().database


def vault() -> Vault:
    """Return what seals personal numbers in the current application."""
    return parts().vault


def settings() -> Settings:
    """Return the settings of the current application."""
    return parts().settings


def public_address() -> str:
    """Return what links in answers begin with: `LANDSVC_BASE_URL`, else the address that was asked."""
    return settings().base_url or request.host_url.rstrip("/")


def csp_nonce() -> str:
    """Return the nonce that this answer's own scripts and styles carry."""
    return cast(str, request.environ.setdefault(NONCE, secrets.token_urlsafe(16)))


def install(app: Flask) -> None:
    """Install the envelope and the operator's addresses on `app`."""
    app.wsgi_app = Envelope(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", metrics)


def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="up")


def readyz() -> Response:
    """Say that the database answers and is at head; 503 otherwise."""
    row = database().read_one(statements("core")["revision"])
    found, head = row[0] if row else None, migrate.head()
    if found != head:
        raise migrate.NotMigrated(current=found, head=head)
    return jsonify(status="ready", revision=found)


def metrics() -> Response:
    """Give the counters of all server processes, and what waits in the database, in Prometheus' text form."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry) + gauges.told(), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest() + gauges.told(), content_type=CONTENT_TYPE_LATEST)
