"""Say what can go wrong with messages to people."""

from __future__ import annotations

from landsvc.core.errors import Conflict, NotFound


class MessageDiffers(Conflict):
    """A message was posted under this key already, and it says something else. 409."""

    slug = "message-differs"
    title = "Another message was posted under this key"
    detail = "The message {key} is there already and differs in: {parts}."
    remedy = "Post the new message under a key of its own."


class MessageNotWaiting(NotFound):
    """No such message waits to be sent. 404."""

    slug = "message-not-waiting"
    title = "This message does not wait"
    detail = "{message} was sent, or there is no such message."
    remedy = "/office/admin/messages shows what waits and what was given up."
