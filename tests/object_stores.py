"""Object stores to test against: moto's server for S3 and Azurite for Azure Blob, each on a free port of loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import httpx

from environments import make_environment

MOTO = "moto[server,s3]==5.2.5"
AZURITE = "azurite@3.35.0"
NAME = "workstead"
"""The bucket, or the container."""
_ACCOUNT = "devstore"
_KEY = "d29ya3N0ZWFkLXRlc3RzLW9ubHktbm8tc2VjcmV0"
_START_S = 60.0


@contextmanager
def s3() -> Generator[dict[str, str]]:
    """A server of S3 with an empty bucket ``s3://workstead``; the variables by which obstore finds it."""
    python = make_environment([MOTO])
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with _running([str(python.parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], url):
        httpx.put(f"{url}/{NAME}").raise_for_status()
        yield {
            "AWS_ENDPOINT": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }


@contextmanager
def azure(folder: Path) -> Generator[dict[str, str]]:
    """A server of Azure Blob with an empty container ``az://workstead``; the variables by which obstore finds it."""
    python = make_environment([], npm=[AZURITE])
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(python.parent / "azurite-blob"), "--silent", "--skipApiVersionCheck", "--loose"]
    command += ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)]
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    environ = {
        "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": _KEY,
        "AZURE_STORAGE_ENDPOINT": f"{url}/{_ACCOUNT}",
        "AZURE_ALLOW_HTTP": "true",
    }
    with _running(command, url, {"AZURITE_ACCOUNTS": f"{_ACCOUNT}:{_KEY}", "PATH": path}):
        httpx.put(f"{url}/{_ACCOUNT}/{NAME}?restype=container", headers=_signed()).raise_for_status()
        yield environ


def _signed() -> Mapping[str, str]:
    """Headers of a request without body, signed by the account's key as Azure asks for it."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
    named = "".join(f"{name}:{value}\n" for name, value in headers.items())
    text = f"PUT{chr(10) * 12}{named}/{_ACCOUNT}/{_ACCOUNT}/{NAME}\nrestype:container"
    digest = hmac.new(base64.b64decode(_KEY), text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return {**headers, "Authorization": f"SharedKey {_ACCOUNT}:{signature}", "Content-Length": "0"}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def _running(command: Sequence[str], url: str, environ: Mapping[str, str] | None = None) -> Generator[None]:
    quiet = subprocess.DEVNULL
    # A group of its own: what npm and PyPI install as a command may start the server as its child.
    process = subprocess.Popen(
        command, env=os.environ | dict(environ or {}), stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        _wait(url, process)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args} does not answer at {url}")
