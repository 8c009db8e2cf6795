"""A secret set is the secret got, whatever its characters and the order of set, delete, recover, purge and rotate."""

from __future__ import annotations

import itertools

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import live

NAMES = st.sampled_from(["a", "A", "b", "Long-Name-7"])
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
_numbers = itertools.count()


def make_machine(server: live.Live) -> type[RuleBasedStateMachine]:  # noqa: C901 - its rules are its branches
    """A machine that does to a vault what it does to two dictionaries."""

    class Vault(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.url = server.make_workspace(f"vault{next(_numbers)}").url
            self.here: dict[str, list[str]] = {}
            self.gone: dict[str, list[str]] = {}

        def call(self, method: str, path: str, **more: object) -> httpx.Response:
            return server.http.request(method, f"{self.url}/{path}", **more)  # type: ignore[arg-type]

        @rule(name=NAMES, value=VALUES)
        def set(self, name: str, value: str) -> None:
            reply = self.call("PUT", f"secrets/{name}", json={"value": value})
            if name.lower() in self.gone:
                assert reply.status_code == 409
            else:
                assert reply.status_code == 200
                self.here.setdefault(name.lower(), []).append(value)

        @rule(name=NAMES)
        def delete(self, name: str) -> None:
            self.move("DELETE", f"secrets/{name}", name, self.here, self.gone, 200)

        @rule(name=NAMES)
        def recover(self, name: str) -> None:
            self.move("POST", f"deletedsecrets/{name}/recover", name, self.gone, self.here, 200)

        @rule(name=NAMES)
        def purge(self, name: str) -> None:
            self.move("DELETE", f"deletedsecrets/{name}", name, self.gone, {}, 204)

        @rule()
        def rotate_data_key(self) -> None:
            assert self.call("POST", "keyvault/rotate").status_code == 204

        @rule()
        def rotate_master_key(self) -> None:
            assert server.http.post("/api/v1/masterkey/rotate").status_code == 200

        def move(
            self, method: str, path: str, name: str, source: dict[str, list[str]], target: dict[str, list[str]], ok: int
        ) -> None:
            status = self.call(method, path).status_code
            if name.lower() in source:
                assert status == ok
                target[name.lower()] = source.pop(name.lower())
            else:
                assert status == 404

        @invariant()
        def every_version_reads_as_it_was_set(self) -> None:
            for name, values in self.here.items():
                versions = self.call("GET", f"secrets/{name}/versions").json()["items"]
                read = [
                    self.call("POST", f"secrets/{name}/read", params={"version": item["version"]}).json()["value"]
                    for item in reversed(versions)
                ]
                assert read == values
            for name in self.gone:
                assert self.call("POST", f"secrets/{name}/read").status_code == 404

    return Vault


@pytest.mark.parametrize("steps", [15])
def test_secrets_as_a_dictionary(live_server: live.Live, steps: int) -> None:
    run_state_machine_as_test(
        make_machine(live_server),
        settings=settings(
            max_examples=12, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
