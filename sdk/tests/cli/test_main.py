import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import msgspec
import pytest

import live
from workstead_cli.commands import OWN

SOURCES = Path(__file__).parents[2] / "src"
HEAVY = ("urllib3", "http.client", "ssl", "asyncio", "rich", "litestar", "sqlalchemy", "numpy")


@pytest.fixture
def sdk_alone(tmp_path):
    """A folder of packages with the SDK and what it needs, and no server."""
    folder = tmp_path / "alone"
    folder.mkdir()
    for name in ("workstead_wire", "workstead_client", "workstead_cli"):
        (folder / name).symlink_to(SOURCES / name)
    for module in (msgspec, click):
        package = Path(module.__file__).parent
        (folder / package.name).symlink_to(package)
    return folder


def run_alone(folder: Path, code: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=live.clean_environ(home) | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_works_without_the_server_package(sdk_alone, home):
    code = "import sys; from workstead_cli.main import main; main(['--help'])"
    shown = run_alone(sdk_alone, code, home)
    assert shown.returncode == 0, shown.stderr
    assert "sync " in shown.stdout
    assert "quickstart" not in shown.stdout


def test_without_click_one_sentence_says_what_to_install(sdk_alone, home):
    (sdk_alone / "click").unlink()
    shown = run_alone(sdk_alone, "from workstead_cli.main import main; main(['--help'])", home)
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr.splitlines() == [
        "Error: the command line needs click; install it with: pip install 'workstead-sdk[cli]'"
    ]


def test_help_lists_the_server_commands_and_loads_nothing_heavy(home):
    code = (
        "import sys, atexit; from workstead_cli.main import main; "
        f"atexit.register(lambda: print('LOADED', [name for name in {HEAVY} if name in sys.modules])); "
        "main(['--help'])"
    )
    env = live.clean_environ(home)
    shown = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert "LOADED []" in shown.stdout
    for name in (*OWN, "up", "quickstart"):
        assert f"\n  {name} " in shown.stdout


def test_every_command_has_help(cli):
    for name in OWN:
        shown = cli(name, "--help")
        assert shown.returncode == 0, shown.stderr
        assert f"Usage: workstead {name}" in shown.stdout


@pytest.mark.parametrize("args", [("nosuch",), ("run", "nosuch"), ("run", "list", "--nosuch"), ("run", "show")])
def test_what_is_not_understood_exits_with_2(cli, args):
    shown = cli(*args)
    assert shown.returncode == 2
    assert "Usage:" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_no_server_is_one_sentence(cli):
    shown = cli("status")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr == (
        "Error: no server is known here; start one with `workstead up`, or name one with `workstead login URL` "
        "or the variable WORKSTEAD_URL\n"
    )


def test_a_server_that_is_away_is_one_sentence(cli):
    # Port 9 is "discard", where nothing answers.
    shown = cli("status", WORKSTEAD_URL="http://127.0.0.1:9", WORKSTEAD_TOKEN="wst_x")
    assert shown.returncode == 1
    assert len(shown.stderr.splitlines()) == 1
    assert "no server answers at http://127.0.0.1:9" in shown.stderr


def test_damaged_accounts_are_one_sentence(cli, home):
    home.mkdir()
    (home / "accounts.json").write_text("{")
    shown = cli("status")
    assert shown.returncode == 1
    assert len(shown.stderr.splitlines()) == 1
    assert "is damaged" in shown.stderr


def test_ctrl_c_is_quiet(live_server, home):
    """While a login waits for its code."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from workstead_cli.main import main; main()", "login", live_server.url],
        env=live.clean_environ(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - CI may ignore it
    )  # fmt: skip
    process.stdout.readline(), process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (130, "")  # click ends the line that has ^C


def test_a_closed_pipe_is_quiet(home):
    reader, writer = os.pipe()
    os.close(reader)
    shown = subprocess.run(
        [sys.executable, "-c", "from workstead_cli.main import main; main()", "--help"],
        env=live.clean_environ(home), stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (shown.returncode, shown.stderr) == (1, "")
