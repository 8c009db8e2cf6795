"""Environments are made in place of what an earlier try has left."""

from __future__ import annotations

import sys

import pytest

from workstead.hosts import environments
from workstead_wire.errors import Unavailable


async def test_a_folder_that_an_ended_try_left_is_in_nobodys_way(tmp_path):
    env = tmp_path / "env"
    (env / "bin").mkdir(parents=True)
    (env / "bin" / "half").write_text("a")
    await environments._make_empty(env, sys.executable, tmp_path / "log")
    assert (env / "pyvenv.cfg").exists()
    assert not (env / "bin" / "half").exists()


async def test_a_python_that_is_not_there_is_said_in_a_sentence(tmp_path):
    with pytest.raises(Unavailable, match="No interpreter found"):
        await environments._make_empty(tmp_path / "env", str(tmp_path / "python"), tmp_path / "log")
