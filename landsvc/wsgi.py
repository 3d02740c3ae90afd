"""Hold the WSGI application for any server: `landsvc.wsgi:app`. Made once in each serving process."""

from __future__ import annotations

import signal

from landsvc.app import create_app
from landsvc.core import log, processes
from landsvc.core.config import Settings

processes.follow_supervisor(signal.SIGKILL)
log.configure()
app = create_app(Settings.from_env())
