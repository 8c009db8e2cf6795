"""User delegation keys: what somebody who signed in signs a SAS with, which then gives no more than they have.

A key is not kept: it is made anew from the words that every SAS repeats, by a secret of the account. It names the token
of its maker; with that token it ends, too.

Source: https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key and …/create-user-delegation-sas.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import Connection

from workstead.access.service import Principal
from workstead.blobs.service.keys import ensure_secret, find_secret
from workstead.blobs.service.model import Account
from workstead.blobs.service.sas import WRITTEN, write_moment
from workstead.keys.rings import Ring
from workstead_wire.errors import InvalidInput

LONGEST = timedelta(days=7)
_NAMED = "skoid sktid skt ske sks skv".split()
_AUTHORIZED = "saoid suoid scid".split()
_DELEGATED = "skdutid sduoid".split()
_REQUEST = "srh srq".split()
_AUTHORIZED_SINCE, _SCOPED_SINCE, _DELEGATED_SINCE, _REQUEST_SINCE = (
    "2020-02-10", "2020-12-06", "2025-07-05", "2026-04-06",
)  # fmt: skip
NOT_READ = ("saoid", "suoid", *_DELEGATED, *_REQUEST)
"""Words that would narrow a SAS in a way that is not done here."""
_ANSWER = "rscc rscd rsce rscl rsct".split()


class Delegation(msgspec.Struct, frozen=True):
    """A key, and the words that it stands for; ``oid`` is its maker's token, ``tid`` the subscription."""

    oid: str
    tid: str
    start: str
    expiry: str
    version: str
    value: bytes


def delegate(
    conn: Connection, ring: Ring, account: Account, maker: Principal, tenant: str, start: datetime, expiry: datetime
) -> Delegation:
    """A key of its maker, for at most seven days and at most as long as the maker's own right.

    Raises:
        InvalidInput: the time is over before it begins, or is too long.
    """
    now = datetime.now(UTC)
    if expiry <= max(start, now) or expiry > max(start, now) + LONGEST:
        raise InvalidInput(f"a user delegation key ends after it begins and within {LONGEST.days} days, not {expiry}")
    if maker.until is not None:
        expiry = min(expiry, datetime.fromtimestamp(maker.until / 1e6, UTC))
    words = {
        "skoid": maker.token_id, "sktid": tenant, "skt": write_moment(start), "ske": write_moment(expiry), "sks": "b",
        "skv": WRITTEN,
    }  # fmt: skip
    value = _derive(ensure_secret(conn, ring, account), words)
    return Delegation(maker.token_id, tenant, words["skt"], words["ske"], WRITTEN, value)


def find_delegated_key(conn: Connection, ring: Ring, account: Account, query: Mapping[str, str]) -> bytes | None:
    """The key that a SAS names, whether or not it holds now; None as long as the account has made none."""
    secret = find_secret(conn, ring, account)
    return None if secret is None else _derive(secret, query)


def delegated_text(query: Mapping[str, str], account: str, container: str, blob: str) -> str:
    """What the signature of a container's or blob's SAS by such a key is over."""
    version = query.get("sv", "")
    names = ["sp", "st", "se", "", *_NAMED]
    names += _AUTHORIZED if version >= _AUTHORIZED_SINCE else []
    names += _DELEGATED if version >= _DELEGATED_SINCE else []
    names += ["sip", "spr", "sv", "sr", "snapshot"]
    names += ["ses"] if version >= _SCOPED_SINCE else []
    names += _REQUEST if version >= _REQUEST_SINCE else []
    resource = f"/blob/{account}/{container}" + (f"/{blob}" if blob else "")
    return "\n".join(query.get(name, "") if name else resource for name in (*names, *_ANSWER))


def _derive(secret: bytes, words: Mapping[str, str]) -> bytes:
    text = "\n".join(["user delegation key", *(words.get(name, "") for name in _NAMED)])
    return hmac.digest(secret, text.encode(), hashlib.sha256)
