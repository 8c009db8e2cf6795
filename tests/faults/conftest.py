"""A database of each kind for servers that are ill-treated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_env(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Settings by which a server has a database of its own."""
    if request.param == "sqlite":
        yield {}
        return
    postgres.need_postgres()
    with postgres.running(durable=True) as server:
        yield {"WORKSTEAD_DATABASE_URL": server.create("faults")}
