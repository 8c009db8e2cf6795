"""The master key: where it is kept, and what it opens."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import pytest

from workstead.keys.rings import KEY_BYTES, Ring, new_key, open_source, seal, unseal
from workstead.settings import Settings
from workstead_wire.errors import Conflict, Unavailable


def text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def test_the_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    source = open_source(Settings(home=tmp_path))
    ring = source.read()
    assert open_source(Settings(home=tmp_path)).read() == ring
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600


def test_growing_keeps_the_old_keys_and_trimming_one_of_them(tmp_path: Path) -> None:
    source = open_source(Settings(home=tmp_path))
    first = source.read()
    wrapped = first.wrap(new_key(), "w")
    second, third = source.grow(), source.grow()
    assert (second.keys[1:], third.keys[1:]) == (first.keys, second.keys)
    assert third.unwrap(wrapped, "w") == first.unwrap(wrapped, "w")
    assert [ring.wraps_now(wrapped) for ring in (first, third)] == [True, False]
    source.trim()
    assert source.read().keys == third.keys[:2]
    with pytest.raises(Unavailable, match="is not here; put it back"):
        source.read().unwrap(wrapped, "w")


def test_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    new, old = new_key(), new_key()
    monkeypatch.setenv("WORKSTEAD_MASTER_KEY", text(new))
    alone = open_source(Settings(home=tmp_path, master_key_source="environment", master_key=text(new)))
    assert alone.read() == Ring((new,))
    with pytest.raises(Conflict, match="put a new key and a comma before the present one"):
        alone.grow()
    both = open_source(Settings(home=tmp_path, master_key_source="environment", master_key=f"{text(new)}, {text(old)}"))
    assert both.grow() == Ring((new, old))
    assert list(tmp_path.iterdir()) == []


def test_children_do_not_inherit_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKSTEAD_MASTER_KEY", text(new_key()))
    open_source(Settings(home=tmp_path, master_key_source="environment", master_key=os.environ["WORKSTEAD_MASTER_KEY"]))
    assert "WORKSTEAD_MASTER_KEY" not in os.environ


@pytest.mark.parametrize("value", ["", "short", text(secrets.token_bytes(KEY_BYTES - 1)), "ä" * 44])
def test_what_is_no_key_is_refused_without_being_quoted(tmp_path: Path, value: str) -> None:
    with pytest.raises(Conflict, match="holds no master key") as error:
        open_source(Settings(home=tmp_path, master_key_source="environment", master_key=value))
    assert not value or value not in str(error.value)


def test_an_unknown_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="'vault'; it may be file, environment or keyring"):
        open_source(Settings(home=tmp_path, master_key_source="vault"))


def test_a_ring_never_shows_its_keys() -> None:
    key = new_key()
    assert key.hex() not in repr(Ring((key,)))
    assert repr(key) not in repr(Ring((key,)))


def test_what_is_sealed_opens_for_its_own_use_alone() -> None:
    key = new_key()
    sealed = seal(key, b"plain", "w/name/1")
    assert unseal(key, sealed, "w/name/1") == b"plain"
    assert b"plain" not in sealed
    for changed in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[1:]):
        with pytest.raises(Unavailable, match="was changed"):
            unseal(key, changed, "w/name/1")
    with pytest.raises(Unavailable, match="was changed"):
        unseal(key, sealed, "w/other/1")
