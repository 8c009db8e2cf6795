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

START_DEADLINE_S = 60


def find_postgres() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; None when the machine has none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextlib.contextmanager
def running_postgres(databases: Sequence[str]) -> Iterator[list[str]]:
    """Addresses (SQLAlchemy's) of new, empty databases."""
    programs = find_postgres()
    assert programs is not None
    # PostgreSQL refuses to run as root.
    user = _plain_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}

    def call(program: str, *arguments: str) -> None:
        subprocess.run([programs / program, *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)

    call("initdb", "-D", str(folder / "data"), "-U", "tests", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options], cwd=folder, stdout=log, stderr=log, **who
        )
    try:
        _wait(folder, server)
        for name in databases:
            call("createdb", "-h", str(folder), "-U", "tests", name)
        yield [f"postgresql+psycopg://tests@/{name}?host={folder}" for name in databases]
    finally:
        server.send_signal(signal.SIGINT)  # does not wait for clients that are still connected
        server.wait()
        shutil.rmtree(folder)


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
