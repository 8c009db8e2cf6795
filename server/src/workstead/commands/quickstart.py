"""``workstead quickstart``: the lesson from an empty home to a registered model."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workstead.commands.progress import Progress
    from workstead.settings import Settings

START_S = 60
"""How long the server may take to answer."""
STOP_S = 30


@click.command(short_help="Do the whole lesson: server, workspace, Jupyter, training, model.")
@click.option("--exit", "leave", is_flag=True, help="Stop the server at the end instead of serving on.")
@click.option("--port", type=int, help="Port of the server; 0 takes any free one. [default: 8800, or a free one]")
def quickstart(port: int | None, *, leave: bool) -> None:
    """Start the server and do the lesson: workspace, compute instance, notebook, run, model.

    Done again in the same home, it adds a second run and the next version of the model.
    """
    # Loaded here, so that `workstead --help` stays quick.
    from workstead.commands.lesson import Lesson  # noqa: PLC0415
    from workstead.commands.progress import Progress  # noqa: PLC0415
    from workstead.settings import load_settings  # noqa: PLC0415

    progress = Progress()
    settings = load_settings(port=port)
    signal.signal(signal.SIGTERM, _leave)
    with _server(progress, settings, fixed_port=port is not None) as url:
        Lesson(progress, url, (settings.home / "token").read_text().strip()).run()
        if not leave:
            click.echo("\nThe server goes on. Ctrl-C stops it and the compute instance.")
            _wait_for_ctrl_c()


@contextmanager
def _server(progress: Progress, settings: Settings, *, fixed_port: bool) -> Generator[str]:
    """The address of the home's server: the one that runs, else one of our own, stopped at the end."""
    from workstead.foundation.home import read_address  # noqa: PLC0415

    running = read_address(settings.home)
    if running is not None and _answers(running.url):
        with progress.step(f"Use the server at {running.url}"):
            pass
        yield running.url
        return
    with progress.step("Start the server") as step:
        port = settings.port if fixed_port or _is_free(settings.host, settings.port) else 0
        command = [sys.executable, "-m", "workstead", "up", "--stop-instances", "--port", str(port)]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        url = _wait_for_server(child, settings.home)
        step.remark = f" at {url}"
    try:
        yield url
    finally:
        with progress.step("Stop the server"):
            child.terminate()
            child.wait(STOP_S)


def _wait_for_server(child: subprocess.Popen[bytes], home: Path) -> str:
    from workstead.foundation.home import read_address  # noqa: PLC0415

    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        address = read_address(home)
        if address is not None and address.pid == child.pid:
            return address.url
        if child.poll() is not None:
            raise click.ClickException("the server did not start; what it said stands above")
        time.sleep(0.02)
    child.kill()
    raise click.ClickException(f"the server did not answer within {START_S} s; see {home / 'logs' / 'server.log'}")


def _answers(url: str) -> bool:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with closing(socket.socket()) as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port))) == 0


def _is_free(host: str, port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _wait_for_ctrl_c() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo()


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)
