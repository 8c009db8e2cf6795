"""Clock, ids, pages, home and settings."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstead.foundation import clock, ids, pages
from workstead.foundation.home import Home, read_address
from workstead.settings import load_settings
from workstead_wire.errors import Conflict, InvalidInput


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_comes_back_to_the_microsecond(moment):
    assert clock.to_datetime(clock.from_datetime(moment)) == moment


def test_a_moment_without_zone_is_utc():
    assert clock.from_datetime(datetime(1970, 1, 1, 0, 0, 1)) == 1_000_000  # noqa: DTZ001


def test_names_look_as_in_the_lesson():
    assert re.fullmatch(r"[a-z]+_[a-z]+_[a-z0-9]{8}", ids.display_name())
    assert re.fullmatch(r"aidevcollege\d{10}", ids.resource_name("aidevcollege"))
    assert re.fullmatch(r"[a-z0-9]+\d{10}", ids.resource_name("__--"))


@given(st.integers(), st.text())
def test_a_cursor_brings_its_place_back(number, word):
    assert pages.decode_cursor(pages.encode_cursor(number % 2**62, word), int, str) == (number % 2**62, word)


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA", "WzFd", "ÿ", "A" * 5000])
def test_a_foreign_cursor_is_refused_with_a_sentence(cursor):
    with pytest.raises(InvalidInput, match="no cursor of this list"):
        pages.decode_cursor(cursor, int, str)


def test_one_server_a_home(tmp_path):
    home = Home(tmp_path / "h")
    home.announce("http://127.0.0.1:1")
    with pytest.raises(Conflict, match=r"another server runs on the home .*127\.0\.0\.1:1"):
        Home(tmp_path / "h")
    home.release()
    assert read_address(tmp_path / "h") is None
    Home(tmp_path / "h").release()


def test_the_owners_token_is_private_and_stays(tmp_path):
    home = Home(tmp_path / "h")
    secret = home.token()
    assert home.token() == secret
    assert (tmp_path / "h" / "token").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "h").stat().st_mode & 0o777 == 0o700
    home.release()


def test_settings_come_from_the_environment_and_say_what_is_wrong(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path))
    monkeypatch.setenv("WORKSTEAD_PORT", "9001")
    monkeypatch.setenv("WORKSTEAD_STOP_INSTANCES", "true")
    settings = load_settings(host=None)
    assert (settings.home, settings.port, settings.stop_instances) == (tmp_path, 9001, True)
    assert load_settings(port=7).port == 7
    monkeypatch.setenv("WORKSTEAD_PORT", "many")
    with pytest.raises(ValueError, match="WORKSTEAD_PORT is 'many', but must be a whole number"):
        load_settings()
