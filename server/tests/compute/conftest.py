"""A world of compute instances without a machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from puppet import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A workspace whose instances run on a puppet."""
    made = World(tmp_path)
    yield made
    made.db.close()
