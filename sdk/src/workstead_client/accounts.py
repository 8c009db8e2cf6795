"""``accounts.json`` in the home: the servers signed in to, their tokens, and which of them is in use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List, Optional

import msgspec

from workstead_wire.errors import WorksteadError


class Account(msgspec.Struct):
    """A server. ``token`` None is the server of one's own home, whose token lies there already."""

    url: str
    token: Optional[str] = None
    user: str = ""
    subscription: Optional[str] = None

    def __repr__(self) -> str:
        return f"Account({self.url!r}, user={self.user!r})"


class Accounts(msgspec.Struct):
    """All accounts; ``current`` is the address of the one in use, None where that is the home's own server."""

    current: Optional[str] = None
    accounts: List[Account] = []  # msgspec copies mutable defaults

    def find(self, url: Optional[str]) -> Optional[Account]:
        """The account of a server; None if there is none."""
        return next((account for account in self.accounts if account.url == url), None)

    def put(self, account: Account) -> None:
        """Take an account in, in place of an older one of the same server."""
        self.remove(account.url)
        self.accounts.append(account)

    def remove(self, url: str) -> None:
        """Forget a server."""
        self.accounts = [account for account in self.accounts if account.url != url]
        if self.current == url:
            self.current = None


def home() -> Path:
    """The folder of accounts and of data on the way: ``WORKSTEAD_HOME``, else ``~/.workstead``."""
    return Path(os.environ.get("WORKSTEAD_HOME") or "~/.workstead").expanduser()


def read_accounts() -> Accounts:
    """What is stored; nothing in a new home.

    Raises:
        WorksteadError: the file is damaged.
    """
    file = home() / "accounts.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Accounts)
    except FileNotFoundError:
        return Accounts()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise WorksteadError(f"{str(file)!r} is damaged; delete it and sign in again with `workstead login`") from None


def write_accounts(accounts: Accounts) -> None:
    """Store all accounts, whole or not at all, in a file that only its owner reads."""
    folder = home()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f"accounts.json.{os.getpid()}.new"
    if fresh.exists():
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(accounts)) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(folder / "accounts.json")
