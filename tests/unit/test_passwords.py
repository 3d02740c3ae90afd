"""Passwords are kept by a slow hash, and a faster one is made anew at the next signing in."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from landsvc.identity import credentials as fast

PASSWORD = "ba từ rất dài"


@pytest.fixture
def credentials() -> Any:
    """The module as servers load it: in this process its hash was made a fast one."""
    spec = importlib.util.find_spec(fast.__name__)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_guess_costs_what_rfc_9106_asks(credentials):
    found = extract_parameters(credentials.hash_password(PASSWORD))
    assert (found.type, found.time_cost, found.memory_cost, found.parallelism) == (Type.ID, 3, 64 << 10, 4)


def test_a_hash_made_with_less_is_outdated_and_still_opens(credentials):
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    assert credentials.is_outdated(weak)
    assert credentials.password_is(PASSWORD, weak)
    assert not credentials.is_outdated(credentials.hash_password(PASSWORD))
