"""Hold the WSGI application for any server: `landsvc.wsgi:app`. Made once in each serving process."""

from __future__ import annotations

from landsvc.app import create_app
from landsvc.core import log
from landsvc.core.config import Settings

log.configure()
app = create_app(Settings.from_env())
