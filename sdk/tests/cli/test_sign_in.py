import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest

import live
from workstead_client.accounts import Accounts
from workstead_wire import API

LOGIN = [sys.executable, "-c", "from workstead_cli.main import main; main()", "login"]


def approve(server: live.Live, code: str) -> None:
    reply = httpx.post(
        f"{server.url}/devicelogin",
        data={"code": code},
        headers={"Authorization": f"Bearer {server.token}", "Origin": server.url},
        trust_env=False,
    )
    assert reply.status_code == 200, reply.text


def log_in(server: live.Live, home: Path) -> str:
    """Sign a home in to a server as a user does; what was printed."""
    process = subprocess.Popen(
        [*LOGIN, server.url], env=live.clean_environ(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = process.stdout.readline() + process.stdout.readline()
    approve(server, re.search(r"enter the code (\S+) to", said)[1])
    said += process.stdout.read()
    assert process.wait(30) == 0, said
    return said


def stored(home: Path) -> Accounts:
    return msgspec.json.decode((home / "accounts.json").read_bytes(), type=Accounts)


def who(server: live.Live, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{server.url}{API}/access/me", headers=headers, trust_env=False).status_code


@pytest.fixture(scope="module")
def other_server(tmp_path_factory):
    with live.running(tmp_path_factory.mktemp("other") / "home") as server:
        yield server


def test_login_by_device_code(live_server, home, cli):
    said = log_in(live_server, home)
    lines = said.splitlines()
    assert lines[0] == "Performing interactive authentication. Please follow the instructions on the terminal."
    assert re.fullmatch(
        rf"To sign in, use a web browser to open the page {re.escape(live_server.url)}/devicelogin "
        r"and enter the code [A-Z0-9]{9} to authenticate\.",
        lines[1],
    )
    assert lines[2] == "Interactive authentication successfully completed."

    token = stored(home).accounts[0].token
    assert token not in said
    assert who(live_server, token) == 200
    assert (home / "accounts.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir() if path.is_file()] == ["accounts.json"]

    shown = cli("status", "-o", "json")
    assert shown.returncode == 0, shown.stderr
    assert msgspec.json.decode(shown.stdout)["server"] == live_server.url
    assert token not in shown.stdout + shown.stderr


def test_logout_revokes_the_token(live_server, home, cli):
    log_in(live_server, home)
    token = stored(home).accounts[0].token
    gone = cli("logout")
    assert gone.returncode == 0, gone.stderr
    assert who(live_server, token) == 401
    assert stored(home) == Accounts()
    after = cli("status")
    assert after.returncode == 1
    assert "`workstead login URL`" in after.stderr
    assert "Traceback" not in after.stderr


def test_logout_with_the_server_away_forgets_and_says_so(home, cli, tmp_path):
    with live.running(tmp_path / "short") as server:
        log_in(server, home)
        token = stored(home).accounts[0].token
    gone = cli("logout")
    assert gone.returncode == 0
    assert "its token still holds there" in gone.stderr
    assert token not in gone.stdout + gone.stderr
    assert stored(home) == Accounts()


def test_accounts_are_kept_apart(live_server, other_server, home, cli):
    log_in(live_server, home)
    log_in(other_server, home)
    accounts = stored(home)
    first, second = (accounts.find(server.url).token for server in (live_server, other_server))
    assert (who(live_server, first), who(live_server, second)) == (200, 401)
    assert accounts.current == other_server.url

    listed = cli("account", "list")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == [live_server.url, "*"]
    assert first not in listed.stdout
    assert second not in listed.stdout

    chosen = cli("account", "set", "-s", live_server.subscription_id)
    assert chosen.returncode == 0, chosen.stderr
    assert cli("token").stdout.strip() == first
    used = msgspec.json.decode(cli("account", "show", "-o", "json").stdout)
    assert (used["server"], used["subscription_id"]) == (live_server.url, live_server.subscription_id)

    assert cli("logout", other_server.url).returncode == 0
    assert (who(live_server, first), who(other_server, second)) == (200, 401)


def test_an_ambiguous_name_of_a_subscription_is_refused(live_server, other_server, home, cli):
    log_in(live_server, home)
    log_in(other_server, home)
    (name,) = {row["name"] for row in live_server.call("GET", "/subscriptions")["items"]}
    both = cli("account", "set", "-s", name)
    assert both.returncode == 1
    assert live_server.subscription_id in both.stderr
    assert other_server.subscription_id in both.stderr
    assert cli("account", "set", "-s", name, "--server", live_server.url).returncode == 0
    assert stored(home).current == live_server.url


def test_the_server_of_the_home_needs_no_sign_in(live_server, cli):
    shown = cli("token", WORKSTEAD_HOME=str(live_server.home))
    assert shown.stdout.strip() == live_server.token
    assert cli("account", "list", WORKSTEAD_HOME=str(live_server.home)).returncode == 0


def test_a_token_file_is_read(live_server, cli, tmp_path):
    file = tmp_path / "token"
    file.write_text(live_server.token + "\n")
    shown = cli("status", WORKSTEAD_URL=live_server.url, WORKSTEAD_TOKEN_FILE=str(file))
    assert shown.returncode == 0, shown.stderr


def test_a_server_never_gets_the_token_of_another(live_server, other_server, home, cli):
    log_in(live_server, home)
    shown = cli("status", WORKSTEAD_URL=other_server.url)
    assert shown.returncode == 1
    assert f"not signed in to {other_server.url}" in shown.stderr


def test_a_wrong_token_is_one_sentence(live_server, cli):
    shown = cli("workspace", "list", WORKSTEAD_URL=live_server.url, WORKSTEAD_TOKEN="wst_wrong")
    assert shown.returncode == 1
    assert len(shown.stderr.splitlines()) == 1
    assert "wst_wrong" not in shown.stderr


def test_on_a_terminal_any_command_signs_in(live_server, home):
    """A terminal is there, no token is: the device login begins by itself, on stderr."""
    main, side = pty.openpty()
    env = live.clean_environ(home) | {"WORKSTEAD_URL": live_server.url}
    command = [*LOGIN[:-1], "workspace", "list", "-o", "json"]
    process = subprocess.Popen(command, env=env, stdin=side, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.close(side)
    said = process.stderr.readline() + process.stderr.readline()
    approve(live_server, re.search(r"enter the code (\S+) to", said)[1])
    rest, _ = process.communicate(timeout=30)
    os.close(main)
    assert process.returncode == 0
    assert isinstance(msgspec.json.decode(rest), list)
    assert stored(home).find(live_server.url).user


def test_a_revoked_token_without_a_terminal_is_one_sentence(live_server, home, cli):
    log_in(live_server, home)
    token = stored(home).accounts[0].token
    headers = {"Authorization": f"Bearer {token}"}
    httpx.post(f"{live_server.url}{API}/access/signout", headers=headers, trust_env=False).raise_for_status()
    shown = cli("status")
    assert shown.returncode == 1
    assert f"workstead login {live_server.url}" in shown.stderr


@pytest.mark.parametrize("url", ["server:8800", "http://me:secret@server", "ftp://server", "http://server/?q=1"])
def test_what_is_no_address_is_refused(cli, url):
    shown = cli("login", url)
    assert shown.returncode == 1
    assert "address" in shown.stderr
    assert "me:secret" not in shown.stderr
