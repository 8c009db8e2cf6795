"""However files are put, overwritten, deleted and swept: what a row holds is there, and nothing else stays."""

from __future__ import annotations

import hashlib
import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

import live

NAMES = st.sampled_from(["a", "b", "folder/c"])
CONTENTS = st.sampled_from([b"", b"one", b"two"])
_numbers = itertools.count()


def make_machine(server: live.Live) -> type[RuleBasedStateMachine]:
    """A machine that does to a workspace's files what it does to a dictionary."""

    class Files(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.url = server.make_workspace(f"contents{next(_numbers)}").url
            self.account = server.http.get(self.url).json()["storage_account"]
            self.files: dict[str, bytes] = {}
            self.sent: set[bytes] = set()

        @rule(name=NAMES, content=CONTENTS)
        def put(self, name: str, content: bytes) -> None:
            server.http.put(self.place(name), content=content).raise_for_status()
            self.files[name] = content

        @rule(name=NAMES)
        def delete(self, name: str) -> None:
            reply = server.http.delete(self.place(name))
            assert reply.is_success == (name in self.files)
            self.files.pop(name, None)

        @rule(content=CONTENTS)
        def send(self, content: bytes) -> None:
            digest = hashlib.sha256(content).hexdigest()
            server.http.put(f"{self.url}/snapshots/contents/{digest}", content=content).raise_for_status()
            self.sent.add(content)

        @rule()
        def sweep(self) -> None:
            server.call("POST", "/leftovers/delete")

        def teardown(self) -> None:
            for name, content in self.files.items():
                assert server.http.get(self.place(name)).content == content
            wanted = {hashlib.sha256(content).hexdigest() for content in {*self.files.values(), *self.sent}}
            folder = server.home / "storage" / self.account
            assert sorted(file.name for file in folder.rglob("*") if file.is_file()) == sorted(wanted)

        def place(self, name: str) -> str:
            return f"{self.url}/artifacts/LocalUpload/box/{name}"

    return Files


def test_no_order_loses_a_content_or_keeps_garbage(live_server: live.Live) -> None:
    run_state_machine_as_test(
        make_machine(live_server),
        settings=settings(
            max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
