"""Settings come from the environment, are checked at once, and are all documented."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from landsvc.core.config import REPOSITORY, Settings
from landsvc.core.errors import InvalidSetting


def test_nothing_set_gives_a_working_service():
    settings = Settings.from_env({})
    assert (settings.database_url, settings.srid, settings.host, settings.port) == (None, 9212, "127.0.0.1", 8000)


def test_empty_variable_counts_as_not_set():
    assert Settings.from_env({"LANDSVC_PORT": "", "LANDSVC_DATABASE_URL": ""}) == Settings.from_env({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDSVC_PORT", "0"),
        ("LANDSVC_PORT", "65536"),
        ("LANDSVC_PORT", "８０００"),
        ("LANDSVC_PORT", "-1"),
        ("LANDSVC_WORKERS", "many"),
        ("LANDSVC_THREADS", "1.5"),
        ("LANDSVC_SRID", "VN-2000"),
        ("LANDSVC_DATUM_SHIFT", "Z"),
        ("LANDSVC_LOOKUP_PER_MINUTE", "often"),
        ("LANDSVC_TRUSTED_PROXIES", "proxy.example.org"),
        ("LANDSVC_TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_bad_value_names_the_variable_and_the_way_out(name, value):
    with pytest.raises(InvalidSetting) as caught:
        Settings.from_env({name: value})
    assert name in caught.value.message()
    assert name in caught.value.way_out()


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.from_env({}).port = 9000  # type: ignore[misc]


def test_data_folder_is_absolute():
    assert Settings.from_env({"LANDSVC_DATA": "here"}).data_dir == Path("here").absolute()


def test_every_setting_is_documented():
    source = (REPOSITORY / "landsvc/core/config.py").read_text("utf-8")
    known = set(re.findall(r"`(LANDSVC_[A-Z_]+)`", source))
    documented = set(
        re.findall(r"`(LANDSVC_[A-Z_]+)`", (REPOSITORY / "docs/configuration.md").read_text("utf-8"))
    )
    assert len(known) >= len(dataclasses.fields(Settings))
    assert known <= documented
