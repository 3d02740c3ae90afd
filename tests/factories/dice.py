"""Chance that falls the same way each time, so that a test fails because of the code and not because of a draw."""

from __future__ import annotations

import os
import random

USUAL = "20261123"
"""As in script/test."""


def dice(kind: str) -> random.Random:
    """Return the dice of one test, and print what throws them again; LANDSVC_TEST_SEED throws others."""
    told = os.environ.get("LANDSVC_TEST_SEED", USUAL)
    print(f"again: LANDSVC_TEST_SEED={told}, {kind}")
    return random.Random(f"{told} {kind}")
