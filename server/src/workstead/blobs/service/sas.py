"""Shared access signatures: an account's key says, over a list of rights, that whoever shows the list has them.

Source: https://learn.microsoft.com/rest/api/storageservices/create-service-sas and …/create-account-sas. Forms from
version 2018-11-09 on are read; the form of 2022-11-02 is written.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from workstead.blobs.service.keys import check_key_name, ensure_keys
from workstead.blobs.service.model import Account, check_blob, check_container
from workstead.keys.rings import Ring
from workstead_wire.blobs import SasCreate
from workstead_wire.errors import InvalidInput

OLDEST = "2018-11-09"
WRITTEN = "2022-11-02"
_SCOPED_SINCE = "2020-12-06"
"""From here on the text has a line for the encryption scope."""
_ACCOUNT = "sp ss srt st se sip spr sv".split()
_ANSWER = "rscc rscd rsce rscl rsct".split()
_ORDER = {"account": "rwdlacupt", "container": "racwdlt", "blob": "racwdt"}
"""The rights that each kind can give, in the order in which Azure wants them written."""


def sign(key: bytes, text: str) -> str:
    """The signature of a text, in base64."""
    return base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()


def account_text(query: Mapping[str, str], account: str) -> str:
    """What the signature of an account's SAS is over."""
    scope = [query.get("ses", "")] if query.get("sv", "") >= _SCOPED_SINCE else []
    return "\n".join([account, *(query.get(name, "") for name in _ACCOUNT), *scope, ""])


def service_text(query: Mapping[str, str], account: str, container: str, blob: str) -> str:
    """What the signature of a container's or blob's SAS is over; ``blob`` is empty for a container's."""
    resource = f"/blob/{account}/{container}" + (f"/{blob}" if blob else "")
    first = [query.get(name, "") for name in ("sp", "st", "se")]
    then = [query.get(name, "") for name in ("si", "sip", "spr", "sv", "sr", "snapshot")]
    scope = [query.get("ses", "")] if query.get("sv", "") >= _SCOPED_SINCE else []
    return "\n".join([*first, resource, *then, *scope, *(query.get(name, "") for name in _ANSWER)])


def make_sas(account: Account, key: bytes, asked: SasCreate, until: int | None) -> dict[str, str]:
    """The words of a new SAS, its signature last. ``until`` (microseconds) is when its maker's own right ends.

    Raises:
        InvalidInput: the time is over before it begins, or a right is none that it can give.
    """
    kind = "blob" if asked.blob else "container" if asked.container else "account"
    if asked.blob and not asked.container:
        raise InvalidInput("a blob lies in a container; name that too")
    expires = asked.expires
    if until is not None:
        expires = min(expires, datetime.fromtimestamp(until / 1e6, UTC))
    if expires <= (asked.starts or datetime.now(UTC)):
        raise InvalidInput(f"{expires:%Y-%m-%dT%H:%M:%SZ} is over before the signature begins to hold")
    words = {"sv": WRITTEN, "sp": _rights(asked.permissions, kind), "se": write_moment(expires)}
    if asked.starts:
        words["st"] = write_moment(asked.starts)
    if asked.ip:
        words["sip"] = asked.ip
    if asked.https_only:
        words["spr"] = "https"
    if kind == "account":
        words |= {"ss": "b", "srt": "sco"}
        text = account_text(words, account.name)
    else:
        words["sr"] = kind[0]
        name = check_blob(asked.blob) if asked.blob else ""
        text = service_text(words, account.name, check_container(asked.container or ""), name)
    return words | {"sig": sign(key, text)}


def sas_end(words: Mapping[str, str]) -> datetime:
    """When a SAS ceases to hold."""
    return datetime.fromisoformat(words["se"])


def create_sas(conn: Connection, ring: Ring, account: Account, asked: SasCreate, until: int | None) -> dict[str, str]:
    """The words of a new SAS, signed by the key that is asked for; see ``make_sas``."""
    check_key_name(asked.key)
    return make_sas(account, ensure_keys(conn, ring, account)[asked.key], asked, until)


def _rights(asked: str, kind: str) -> str:
    order = _ORDER[kind]
    if not asked or set(asked) - set(order):
        raise InvalidInput(f"{asked[:20]!r} are no rights for a {kind}; it can give some of {', '.join(order)}")
    return "".join(letter for letter in order if letter in asked)


def write_moment(moment: datetime) -> str:
    """A moment as a SAS has it, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
