"""A PostgreSQL of its own, for tests: in a temporary folder, on a Unix socket, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

START_DEADLINE_S = 60


def find_postgres() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; None when the machine has none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Postgres:
    """A PostgreSQL server in ``folder``, which it fills. ``durable``: it waits for the disk, as a real one does."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        programs = find_postgres()
        assert programs is not None
        self.folder = folder
        self._programs = programs
        self._durable = durable
        # PostgreSQL refuses to run as root.
        user = _plain_user() if os.geteuid() == 0 else None
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        self._call("initdb", "-D", str(folder / "data"), "-U", "tests", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self._server = self._start()

    def create(self, name: str) -> str:
        """A new, empty database; its address."""
        self._call("createdb", "-h", str(self.folder), "-U", "tests", name)
        return f"postgresql://tests@/{name}?host={self.folder}"

    def restart(self, pause_s: float = 0) -> None:
        """End it without waiting for its clients and start it again after a while."""
        self.stop()
        time.sleep(pause_s)
        self._server = self._start()

    def stop(self) -> None:
        """End it without waiting for its clients."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait()

    def _call(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, **self._who)

    def _start(self) -> subprocess.Popen[bytes]:
        options = ["-c", "listen_addresses=", "-k", str(self.folder)]
        options += [] if self._durable else ["-c", "fsync=off"]
        command = [self._programs / "postgres", "-D", self.folder / "data", *options]
        with (self.folder / "log").open("ab") as log:
            server = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._who)
        try:
            _wait(self.folder, server)
        except BaseException:
            server.kill()
            raise
        return server


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL server for the length of a ``with`` block."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        server = Postgres(folder, durable=durable)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def running_postgres(databases: Sequence[str]) -> Iterator[list[str]]:
    """Addresses of new, empty databases on a server of their own."""
    with running() as server:
        yield [server.create(name) for name in databases]


def need_postgres() -> None:
    """Skip the test, saying so, where there is no PostgreSQL."""
    if find_postgres() is None:
        pytest.skip("no PostgreSQL on this machine: install Debian's package postgresql to run this test")


def _plain_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    message = "PostgreSQL does not run as root, and this machine has no user 'postgres' or 'nobody'"
    raise AssertionError(message)


def _wait(folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    pid_file = folder / "data" / "postmaster.pid"
    while time.monotonic() < deadline and server.poll() is None:
        # Its last line is "ready" once connections are taken.
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    message = f"PostgreSQL did not start:\n{(folder / 'log').read_text()}"
    raise AssertionError(message)
