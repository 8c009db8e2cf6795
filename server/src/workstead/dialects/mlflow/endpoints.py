"""A table of endpoints: each a function of the database that takes a request and returns a reply."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, TypeVar

import msgspec
from sqlalchemy import Connection

from workstead.foundation.db import locks_first
from workstead_wire.workspaces import WorkspacePath

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
Verb = Literal["read", "write", "manage"]
W = TypeVar("W", bound=Callable[..., Any])


class Here(msgspec.Struct, frozen=True):
    """Where and for whom an endpoint works, within one transaction."""

    conn: Connection
    where: WorkspacePath
    user: str


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be asked. ``path`` may have parts in braces, which are fields of ``asked``."""

    method: Method
    path: str
    verb: Verb
    asked: type[msgspec.Struct]
    sentence: str
    """What it does, for the reference."""


A = TypeVar("A", bound=Address)


class Endpoint(Address, frozen=True, kw_only=True):
    """One that is done within one transaction."""

    run: Callable[[Connection, WorkspacePath, str, Any], Any]
    """Does it in a workspace for a user."""


class Endpoints(list[Endpoint]):
    """Endpoints of one noun, gathered by decorators; a POST writes unless told."""

    def get(self, path: str) -> Callable[[W], W]:
        """Reads, asked by query."""
        return self._add("GET", path, "read")

    def post(self, path: str, verb: Verb = "write", *, locks: bool = False) -> Callable[[W], W]:
        """Asked by a body; ``locks`` as in ``foundation.db.locks_first``."""
        return self._add("POST", path, verb, locks=locks)

    def patch(self, path: str) -> Callable[[W], W]:
        """Changes."""
        return self._add("PATCH", path, "write")

    def put(self, path: str) -> Callable[[W], W]:
        """Changes."""
        return self._add("PUT", path, "write")

    def delete(self, path: str) -> Callable[[W], W]:
        """Deletes."""
        return self._add("DELETE", path, "write")

    def _add(self, method: Method, path: str, verb: Verb, *, locks: bool = False) -> Callable[[W], W]:
        def keep(work: W) -> W:
            def run(conn: Connection, where: WorkspacePath, user: str, asked: Any) -> Any:
                return work(Here(conn, where, user), asked)

            kind = inspect.get_annotations(work, eval_str=True)["asked"]
            done = locks_first(run) if locks else run
            sentence = (inspect.getdoc(work) or "").partition("\n")[0]
            self.append(Endpoint(method=method, path=path, verb=verb, run=done, asked=kind, sentence=sentence))
            return work

        return keep


class Finder(Generic[A]):
    """Finds the endpoint for a method and a path."""

    def __init__(self, endpoints: Iterable[A]) -> None:
        self._plain: dict[tuple[str, str], A] = {}
        self._patterns: list[tuple[re.Pattern[str], A]] = []
        for endpoint in endpoints:
            if "{" in endpoint.path:
                pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.path)
                self._patterns.append((re.compile(pattern), endpoint))
            else:
                self._plain[endpoint.method, endpoint.path] = endpoint

    def find(self, method: str, path: str) -> tuple[A, dict[str, str]] | None:
        """The endpoint, and the fields that stand in the path; None when there is none."""
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain, {}
        for pattern, endpoint in self._patterns:
            found = pattern.fullmatch(path)
            if found and endpoint.method == method:
                return endpoint, found.groupdict()
        return None


class Nothing(msgspec.Struct):
    """An empty request or reply."""
