"""Which server and which token are taken; signing in over the network is told in sdk/tests/cli."""

from __future__ import annotations

import os

import msgspec
import pytest

from workstead_client import config
from workstead_client.accounts import Account, Accounts, read_accounts, write_accounts
from workstead_wire.errors import InvalidInput, NotSignedIn, Unreachable, WorksteadError

ONE = "http://127.0.0.1:1111"
TWO = "https://two.example"
OWN = "http://127.0.0.1:3333"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home and no Workstead variable but that."""
    for name in [name for name in os.environ if name.startswith("WORKSTEAD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def sign_in(current=None):
    accounts = [Account(ONE, "token of one", "anna", "sub of one"), Account(TWO, "token of two", "ben")]
    write_accounts(Accounts(current=current, accounts=accounts))


def run_own_server(home):
    home.mkdir(exist_ok=True)
    (home / "server.json").write_bytes(msgspec.json.encode({"url": OWN, "pid": os.getpid()}))
    (home / "token").write_text("token of the home\n")


def test_nothing_known_says_what_to_do():
    with pytest.raises(Unreachable, match="`workstead up`"):
        config.find_connection()
    assert config.current_subscription() is None
    assert config.find_token(ONE) is None


def test_environment_goes_before_account_before_home(home, monkeypatch):
    run_own_server(home)
    assert config.find_connection() == (OWN, "token of the home")
    sign_in(current=TWO)
    assert config.find_connection() == (TWO, "token of two")
    monkeypatch.setenv("WORKSTEAD_URL", ONE + "/")
    assert config.find_connection() == (ONE, "token of one")
    assert config.current_subscription() == "sub of one"
    monkeypatch.setenv("WORKSTEAD_TOKEN", "given token")
    assert config.find_connection() == (ONE, "given token")


def test_a_token_file_is_read_again_at_each_call(tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text("first\n")
    monkeypatch.setenv("WORKSTEAD_URL", ONE)
    monkeypatch.setenv("WORKSTEAD_TOKEN_FILE", str(file))
    http = config.connect(interactive=False)
    assert http.token == "first"
    file.write_text("second\n")
    assert http.token == "second"
    file.unlink()
    assert http.token is None


def test_a_token_belongs_to_one_server(home, monkeypatch):
    run_own_server(home)
    sign_in(current=ONE)
    monkeypatch.setenv("WORKSTEAD_TOKEN", "given token")
    assert config.find_token(ONE) == "given token"
    assert config.find_token(TWO) == "token of two"
    assert config.find_token(OWN) == "token of the home"
    assert config.find_token("http://three.example") is None


def test_localhost_is_the_home_server_by_its_own_address(home, monkeypatch):
    """The owner's token never goes to whoever else listens at ``localhost`` on the same port."""
    run_own_server(home)
    monkeypatch.setenv("WORKSTEAD_URL", "http://localhost:3333")
    assert config.find_connection() == (OWN, "token of the home")
    for other in ("http://localhost:3334", "https://localhost:3333", "http://elsewhere:3333"):
        monkeypatch.setenv("WORKSTEAD_URL", other)
        assert config.find_connection() == (other, None)


def test_signed_out_of_the_current_one_with_others_left():
    sign_in(current=ONE)
    accounts = read_accounts()
    accounts.remove(ONE)
    write_accounts(accounts)
    with pytest.raises(Unreachable, match="workstead account set"):
        config.find_connection()


def test_without_anybody_to_ask_connect_says_what_to_do(monkeypatch):
    monkeypatch.setenv("WORKSTEAD_URL", ONE)
    with pytest.raises(NotSignedIn, match=f"workstead login {ONE}"):
        config.connect(interactive=False)


def test_accounts_are_private_and_show_no_token(home):
    before = os.umask(0)
    try:
        sign_in()
    finally:
        os.umask(before)
    assert (home / "accounts.json").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in home.iterdir()] == ["accounts.json"]
    assert "token of one" not in repr(read_accounts())


def test_damaged_accounts_are_told(home):
    home.mkdir()
    (home / "accounts.json").write_bytes(b"\xff")
    with pytest.raises(WorksteadError, match="damaged"):
        read_accounts()


@pytest.mark.parametrize("text", ["", "one:1111", "http://", "ftp://one", "http://a b", "http://one/#x"])
def test_what_is_no_address(text):
    with pytest.raises(InvalidInput, match="no address"):
        config.read_url(text)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(InvalidInput) as caught:
        config.read_url("https://anna:secret@one.example")
    assert "secret" not in str(caught.value)


def test_an_own_server_is_followed_when_it_moves(home, monkeypatch):
    """What a kernel has open goes on when the server comes back at another port."""
    run_own_server(home)
    http = config.connect(interactive=False)
    assert http.url == OWN
    (home / "server.json").write_bytes(msgspec.json.encode({"url": "http://127.0.0.1:4444/"}))
    assert http.url == "http://127.0.0.1:4444"
    (home / "server.json").unlink()
    assert http.url == OWN
    monkeypatch.setenv("WORKSTEAD_URL", ONE)
    monkeypatch.setenv("WORKSTEAD_TOKEN", "given")
    assert config.connect(interactive=False).url == ONE
