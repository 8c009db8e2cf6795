"""Who asks and what they may: by the account's key, by a signature that gives rights, or by a token of ours."""

from __future__ import annotations

import hmac
import ipaddress
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote

import msgspec

from workstead.access.guard import Doorman
from workstead.access.service import Principal, find_holder
from workstead.blobs import service
from workstead.blobs.service import Blob, Check, delegation, sas
from workstead.dialects.blob.calls import Call
from workstead.dialects.blob.errors import Refused, unauthorized

_SIGNED = (
    "content-encoding content-language content-length content-md5 content-type date if-modified-since if-match "
    "if-none-match if-unmodified-since range"
).split()
_TOO_OLD_S = 15 * 60
_VERSION = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Need(msgspec.Struct, frozen=True):
    """What an operation asks of its caller: a verb of our own roles; a level and any of some letters of a SAS."""

    verb: str
    level: str
    letters: str


class Grant(msgspec.Struct, frozen=True):
    """What the caller has. ``check`` is looked at before a blob is changed: some rights are for new blobs only.

    ``caller`` is who signed in; None where a key of the account, or what it signed, was shown.
    """

    check: Check
    whole: bool = False
    caller: Principal | None = None


async def admit(call: Call, need: Need, doorman: Doorman) -> Grant:
    """Let the caller do what ``need`` says, or raise."""
    scheme, _, proof = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("sharedkey", "sharedkeylite"):
        await _check_shared_key(call, scheme.lower(), proof)
        return Grant(_anything, whole=True)
    if scheme:
        caller = await doorman.find(call.request)
        caller.check(need.verb, call.scope)
        return Grant(_anything, whole=True, caller=caller)
    if "sig" in call.query:
        return await admit_signed(call, call.query, call.container, call.name, need)
    raise Refused(401, "NoAuthenticationInformation", "sign the request with the account's key, a SAS or a token")


async def admit_signed(call: Call, query: Mapping[str, str], container: str, name: str, need: Need) -> Grant:
    """Let the holder of a SAS do what ``need`` says to a blob, a container or the account, or raise."""
    _check_form(call, query)
    if "skoid" in query:
        await _check_delegated(call, query, container, name, need)
        return _limited(query, name, need)
    keys = await find_keys(call)
    if "sr" in query:
        texts = [_service_text(query, account, container, name) for account in _names(call)]
    else:
        texts = [sas.account_text(query, account) for account in _names(call)]
    _compare(keys, texts, query["sig"], "the signature of this SAS is not over these words by a key of this account")
    return _limited(query, name, need)


async def find_keys(call: Call) -> list[bytes]:
    """The account's keys."""
    found = await call.db.read(service.find_keys, call.ring, call.account)
    return list(found.values())


async def _check_delegated(call: Call, query: Mapping[str, str], container: str, name: str, need: Need) -> None:
    """Refuse a SAS that was not signed by the key of somebody who may, even now, do what is asked."""
    refused = "the signature of this SAS is not over these words by a user delegation key of this account"
    key = await call.db.read(service.find_delegated_key, call.ring, call.account, query)
    blob = name if query.get("sr") == "b" else ""
    texts = [delegation.delegated_text(query, account, container, blob) for account in _names(call)]
    _compare([] if key is None else [key], texts, query["sig"], refused)
    now = datetime.now(UTC)
    if not _moment(query, "skt", required=True) <= now < _moment(query, "ske", required=True):
        raise unauthorized(f"the key of this SAS holds from {query['skt'][:40]} to {query['ske'][:40]}; get a new one")
    holder = await call.db.read(find_holder, query["skoid"])
    if holder is None:
        raise unauthorized("whoever made this SAS has signed out, and it went with the token; make a new one")
    holder.check(need.verb, call.scope)


def _limited(query: Mapping[str, str], name: str, need: Need) -> Grant:
    """What a SAS that holds gives of what is needed."""
    _check_reach(query, name, need)
    given = set(need.letters) & set(query.get("sp", ""))
    if not given:
        raise Refused(
            403, "AuthorizationPermissionMismatch", f"this SAS gives {query.get('sp', '')!r}, and not {need.letters!r}"
        )
    return Grant(_only_new if given == {"c"} else _anything)


def _anything(_: Blob | None) -> None:
    pass


def _only_new(found: Blob | None) -> None:
    if found is not None:
        raise Refused(403, "UnauthorizedBlobOverwrite", "this SAS may make new blobs, but not write over old ones")


async def _check_shared_key(call: Call, scheme: str, proof: str) -> None:
    account, _, signature = proof.strip().partition(":")
    if account not in _names(call):
        raise unauthorized(f"the request is signed for the account {account[:80]!r}, which is not this one")
    _check_date(call)
    resource = f"/{account}{call.path}"
    texts: Iterable[str]
    if scheme == "sharedkeylite":
        first = [call.request.method, *(call.headers.get(name, "") for name in ("content-md5", "content-type", "date"))]
        end = resource + (f"?comp={call.query['comp']}" if "comp" in call.query else "")
        texts = ("\n".join([*first, headers + end]) for headers in _canonical_headers(call))
    else:
        signed = [_signed_value(call, name) for name in _SIGNED]
        words = "".join(f"\n{name}:{value}" for name, value in sorted(call.query.items()))
        texts = (
            "\n".join([call.request.method, *signed, headers + path + words])
            for headers, path in itertools.product(
                _canonical_headers(call), {resource, f"/{account}{unquote(call.path)}"}
            )
        )
    _compare(await find_keys(call), texts, signature, "the signature is not over this request by a key of this account")


def _signed_value(call: Call, name: str) -> str:
    value: str = call.headers.get(name, "")
    return "" if name == "content-length" and value == "0" else value


def _canonical_headers(call: Call) -> list[str]:
    """The headers ``x-ms-…`` in the two orders that clients write: by letters, and by letters without hyphens."""
    own = [(key, value) for key, value in call.headers.items() if key.startswith("x-ms-")]
    orders: list[Callable[[tuple[str, str]], str]] = [lambda pair: pair[0], lambda pair: pair[0].replace("-", "")]
    return ["".join(f"{key}:{value}\n" for key, value in sorted(own, key=order)) for order in orders]


def _check_date(call: Call) -> None:
    """Refuse requests that somebody kept: only those of some minutes ago are taken."""
    text = call.headers.get("x-ms-date") or call.headers.get("date", "")
    try:
        sent = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError as error:
        raise unauthorized(f"x-ms-date is {text[:60]!r}, which is no date as HTTP writes it") from error
    if abs((datetime.now(UTC) - sent).total_seconds()) > _TOO_OLD_S:
        raise unauthorized(f"the request was signed at {text}; set this machine's clock, or the server's")


def _check_form(call: Call, query: Mapping[str, str]) -> None:
    """Refuse a SAS that does not hold now, here, or in any form that this server reads."""
    if not _VERSION.fullmatch(query.get("sv", "")) or query["sv"] < sas.OLDEST:
        raise unauthorized(f"a SAS of version {query.get('sv', '')[:20]!r} is not read; the oldest is {sas.OLDEST}")
    if "si" in query or query.get("sr", "b") not in ("b", "c") or ("skoid" in query and "sr" not in query):
        raise unauthorized("only SAS for an account, a container or a blob are read, and no stored access policies")
    if narrowed := [name for name in delegation.NOT_READ if query.get(name)]:
        raise unauthorized(f"a SAS with {narrowed[0]} is not read; make one without it")
    now = datetime.now(UTC)
    if _moment(query, "se", required=True) <= now:
        raise unauthorized(f"this SAS held until {query['se'][:40]}; make a new one")
    if _moment(query, "st", required=False) > now:
        raise unauthorized(f"this SAS begins to hold at {query['st'][:40]}")
    if query.get("spr", "https,http") == "https" and call.request.url.scheme != "https":
        raise unauthorized("this SAS is for HTTPS only")
    client = call.request.client
    if "sip" in query and not (client and _is_within(client.host, query["sip"])):
        raise Refused(
            403, "AuthorizationSourceIPMismatch", "this SAS is not for the address that the request came from"
        )


def _check_reach(query: Mapping[str, str], name: str, need: Need) -> None:
    """Refuse what a SAS does not reach, whatever its letters."""
    if "sr" not in query:
        if "b" not in query.get("ss", "") or need.level not in query.get("srt", ""):
            raise Refused(403, "AuthorizationResourceTypeMismatch", "this SAS does not reach such a resource")
    elif not (need.level == "o" or (query["sr"] == "c" and need.level == "c" and need.letters == "l")):
        raise Refused(
            403, "AuthorizationPermissionMismatch", f"a SAS for {name or 'a container'!r} does not reach this"
        )


def _service_text(query: Mapping[str, str], account: str, container: str, name: str) -> str:
    return sas.service_text(query, account, container, name if query["sr"] == "b" else "")


def _compare(keys: Iterable[bytes], texts: Iterable[str], signature: str, otherwise: str) -> None:
    given = signature.encode()
    if not any(hmac.compare_digest(sas.sign(key, text).encode(), given) for text in texts for key in keys):
        raise unauthorized(otherwise)


def _names(call: Call) -> tuple[str, str]:
    """How clients call the account: those that find its name in an address of ours take the whole path for it."""
    return call.account.name, f"blob/{call.account.name}"


def _moment(query: Mapping[str, str], name: str, *, required: bool) -> datetime:
    text = query.get(name, "")
    if not text and not required:
        return datetime.min.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise unauthorized(f"{name} of this SAS is {text[:40]!r}, which is no time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_within(host: str, span: str) -> bool:
    first, _, last = span.partition("-")
    try:
        low, high, asked = (ipaddress.ip_address(text) for text in (first, last or first, host))
    except ValueError:
        return False
    return low.version == asked.version and int(low) <= int(asked) <= int(high)
