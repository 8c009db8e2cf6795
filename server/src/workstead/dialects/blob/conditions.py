"""Conditions on what is there (If-Match and its kin): on the blob or container of a request, and on a copy's source."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from typing import Any

from workstead.blobs.service import Blob, Container
from workstead.dialects.blob.errors import Refused, unsupported


def conditions(headers: Any, *, reading: bool = False, prefix: str = "") -> Callable[[Blob | Container | None], None]:
    """A check of the conditions that the headers name. ``prefix`` is ``x-ms-source-`` for a copy's source."""
    if f"{prefix}if-tags" in headers or "x-ms-if-tags" in headers:
        # A condition that nobody looks at would let through what it is there to stop.
        raise unsupported("a condition on tags")
    match, none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    since, until = headers.get(f"{prefix}if-modified-since"), headers.get(f"{prefix}if-unmodified-since")

    def check(found: Blob | Container | None) -> None:
        if match and (found is None or not _names(match, found)):
            raise _failed()
        if none_match and found is not None and _names(none_match, found):
            raise _not_changed(found, reading=reading, star=none_match.strip() == "*")
        if found is None:
            return
        seconds = found.modified_at // 1_000_000
        if since and not none_match and seconds <= _moment(since):
            raise _not_changed(found, reading=reading, star=False)
        if until and not match and seconds > _moment(until):
            raise _failed()

    return check


def _names(listed: str, found: Blob | Container) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in listed.split(",")]
    return "*" in tags or found.etag in tags


def _not_changed(found: Blob | Container, *, reading: bool, star: bool) -> Refused:
    if reading:
        return Refused(304, "ConditionNotMet", "the blob has not changed", {"etag": f'"{found.etag}"'})
    if star:
        return Refused(409, "BlobAlreadyExists", f"there is a blob {found.name[:200]!r} already")
    return _failed()


def _failed() -> Refused:
    return Refused(412, "ConditionNotMet", "the blob that is there does not meet the conditions of the request")


def _moment(text: str) -> int:
    try:
        return int(email.utils.parsedate_to_datetime(text).timestamp())
    except ValueError as error:
        raise Refused(400, "InvalidHeaderValue", f"{text[:60]!r} is no date as HTTP writes it") from error
