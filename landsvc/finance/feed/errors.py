"""Say what can go wrong with the change feed."""

from __future__ import annotations

from landsvc.core.errors import Unavailable


class FeedStarting(Unavailable):
    """What was there before the feed is still being told. 503."""

    slug = "feed-starting"
    title = "The change feed is still being filled"
    detail = "What the register held before the feed began is not told in full yet."
    remedy = "Ask again in some minutes, or read the changes from the first on."
