"""Hold what every room needs and knows nothing of land: configuration, database, errors, time."""

from __future__ import annotations

import os

# How every connection of this process, and of the programs it starts, writes dates and instants. SQL puts dates into
# JSON as text, so the style belongs to the program, not to a server's, a role's or a user's preference. libpq sends
# these two with the start of a session: they win over all of those, and a connection pooler keeps them too.
os.environ["PGDATESTYLE"] = "ISO, YMD"
os.environ["PGTZ"] = "Asia/Ho_Chi_Minh"
