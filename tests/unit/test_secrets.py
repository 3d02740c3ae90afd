"""Sealed values open with their key and their context alone; equal values, and no others, have equal digests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.core.config import Settings
from landsvc.core.errors import InvalidSetting
from landsvc.core.secret_keys import SecretKeysMissing, add_key, file_of, read_keys
from landsvc.core.secrets import IDENTITY_NUMBER, SealBroken, Vault, version_of

ONE = "1:dGVzdHMgc2VhbCB3aXRoIHRoaXMga2V5IG9mIDMyIGI="
TWO = "2:YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE="
NUMBER = "079012345678"


def settings(**given: str) -> Settings:
    return Settings.from_env({f"LANDSVC_{name}": value for name, value in given.items()})


def vault(keys: str = ONE) -> Vault:
    return Vault(settings(SECRET_KEYS=keys))


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_was_sealed_opens_in_its_context_and_hides_the_text(text, context):
    sealed = vault().seal(text, context)
    assert vault().open(sealed, context) == text
    assert len(text) < 4 or text.encode() not in sealed
    with pytest.raises(SealBroken):
        vault().open(sealed, context + "x")


def test_two_seals_of_one_number_differ_and_its_digests_are_equal():
    one, other = (vault().seal(NUMBER, "c") for _ in range(2))
    assert one != other
    assert vault().index(NUMBER, IDENTITY_NUMBER) == vault().index(f" {NUMBER[:6]} {NUMBER[6:]}", IDENTITY_NUMBER)
    assert vault().index(NUMBER, IDENTITY_NUMBER) != vault().index(NUMBER, "phone")
    assert vault().index(NUMBER, IDENTITY_NUMBER) != vault().index("079012345679", IDENTITY_NUMBER)


@given(st.data())
def test_a_changed_byte_does_not_open(data):
    sealed = bytearray(vault().seal(NUMBER, "c"))
    sealed[data.draw(st.integers(3, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        vault().open(bytes(sealed), "c")


@pytest.mark.parametrize("spoilt", [b"", b"\1\0\1", b"\2" + b"\0" * 40])
def test_what_was_never_sealed_is_told(spoilt):
    with pytest.raises(SealBroken):
        vault().open(spoilt, "c")


def test_the_highest_version_seals_and_all_open_and_search():
    both = vault(f"{ONE},{TWO}")
    old = vault().seal(NUMBER, "c")
    assert (version_of(old), version_of(both.seal(NUMBER, "c"))) == (1, 2)
    assert both.open(old, "c") == NUMBER
    assert vault().index(NUMBER, IDENTITY_NUMBER) in both.indexes(NUMBER, IDENTITY_NUMBER)
    with pytest.raises(SecretKeysMissing):
        vault().open(both.seal(NUMBER, "c"), "c")


def test_without_keys_the_place_and_the_way_out_are_named(tmp_path):
    with pytest.raises(SecretKeysMissing, match=r"secret\.keys") as refused:
        Vault(settings(DATA=str(tmp_path))).seal(NUMBER, "c")
    assert "LANDSVC_SECRET_FILE" in refused.value.way_out()


@pytest.mark.parametrize(
    "text", ["", "1:short", "x:" + ONE[2:], "0:" + ONE[2:], f"{ONE}\n{ONE}", "\xff", "secret!"]
)
def test_a_file_that_holds_no_keys_is_told_without_repeating_it(tmp_path, text):
    file = tmp_path / "keys"
    file.write_text(text, "latin-1")
    with pytest.raises(InvalidSetting) as refused:
        read_keys(settings(SECRET_FILE=str(file)))
    assert not text or text not in refused.value.message()


def test_an_added_key_is_kept_beside_the_older_closed_to_others(tmp_path):
    given = settings(SECRET_FILE=str(tmp_path / "sub" / "keys"))
    assert [add_key(given), add_key(given)] == [1, 2]
    assert sorted(read_keys(given) or {}) == [1, 2]
    assert file_of(given).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "sub").iterdir()] == ["keys"]


def test_settings_do_not_show_the_keys():
    assert ONE not in repr(settings(SECRET_KEYS=ONE))
