"""Say what the JSON schema of facts bears beside the standard's keys, and read its members plainly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ASKS = "asks"
"""Key in a member's JSON schema: what a form offers, such as `land`, `right`, `party`, `certificate`, `exemption`."""
SEALED = "sealed"
"""Key in a member's JSON schema: it is a personal number, kept sealed and shown by its end only."""
SEALED_TEXT = r"sealed:(?P<key>[0-9]{1,5}):(?P<kept>[\w=-]{20,400}):(?P<digest>[0-9a-f]{64}):(?P<end>.{0,60})"
"""How a marked member is kept (`dossiers.sealed_facts`)."""
Schema = Mapping[str, Any]


def plain_member(part: Schema, defs: Schema) -> dict[str, Any]:
    """Return a member without references and without the alternative of nothing; what stands outside prevails."""
    outer = {key: value for key, value in part.items() if key not in {"anyOf", "$ref", "allOf"}}
    inner: Schema = {}
    if "$ref" in part:
        inner = defs[part["$ref"].rsplit("/", 1)[1]]
    elif "anyOf" in part:
        inner = plain_member(next(each for each in part["anyOf"] if each.get("type") != "null"), defs)
    # A model's own title is the name of its class, and its description its docstring: no words for people.
    words = {"title", "description"} if "properties" in inner else set()
    return {key: value for key, value in inner.items() if key not in words} | outer
