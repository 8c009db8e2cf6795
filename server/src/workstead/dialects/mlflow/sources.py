"""Where a model version comes from: MLflow's sources, and what they lead to."""

from __future__ import annotations

import json
import posixpath
import re
from urllib.parse import unquote_plus, urlparse

import msgspec

from workstead.dialects.mlflow import places, words
from workstead.dialects.mlflow.endpoints import Here
from workstead.dialects.mlflow.errors import Refused, invalid
from workstead.models.service import Version, logged, versions
from workstead.runs import service as runs
from workstead_wire.errors import ModelNotFound

REGISTERED = "mlflow.modelVersions"
"""The tag by which a logged model knows the versions made from it."""
_MODEL = re.compile(r"models:/+(m-[^/]+)")
_VERSION = re.compile(r"models:/+([^/@]+)/(\d+)")
_ALIAS = re.compile(r"models:/+([^/@]+)@([\w-]+)")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is kept, and ``address``, where its files lie."""

    source: str
    address: str
    run_id: str
    model_id: str


def resolve(here: Here, source: str, run_id: str, model_id: str, *, is_prompt: bool) -> Source:
    """What a source leads to.

    Raises:
        Refused: it leads to the server's own disk, or to nothing.
    """
    if is_prompt:
        return Source(source=source, address=source, run_id=run_id, model_id=model_id)
    _check(here, source, run_id, model_id)
    found = Source(source=source, address=source, run_id=run_id, model_id=model_id)
    if urlparse(source).scheme == "models":
        found = _resolve_model(here, found)
    elif urlparse(source).scheme == "runs":
        found = _resolve_run(here, found)
    if model_id and not found.run_id:
        found = msgspec.structs.replace(found, run_id=_find_maker(here, model_id, source))
    return found


def note_registration(here: Here, version: Version) -> None:
    """Tell the logged model that a version was made from it."""
    if version.model_id is None:
        return
    try:
        model = logged.get_logged(here.conn, here.where, version.model_id)
    except ModelNotFound:
        return
    known: list[words.Json] = json.loads(model.tags.get(REGISTERED, "[]"))
    known.append({"name": version.model.name, "version": version.model.version})
    logged.label_logged(here.conn, here.where, version.model_id, "tag", {REGISTERED: json.dumps(known)})


def _resolve_model(here: Here, asked: Source) -> Source:
    source = asked.source
    if found := _MODEL.fullmatch(source):
        model = _get_logged(here, found[1], source)
        return msgspec.structs.replace(asked, address=model.location, run_id=asked.run_id or model.run_id or "")
    version: Version | None = None
    try:
        if found := _VERSION.fullmatch(source):
            version = versions.get_version(here.conn, here.where, found[1], int(found[2]))
        elif found := _ALIAS.fullmatch(source):
            version = versions.find_by_alias(here.conn, here.where, found[1], found[2])
    except ModelNotFound as error:
        raise _unfetchable(source, error.message) from error
    if version is None:
        raise _unfetchable(source, "it names no version")
    model = version.model
    return msgspec.structs.replace(
        asked,
        address=version.download_uri or places.address_of(model.origin, model.container, model.path),
        run_id=asked.run_id or model.run_id or "",
        model_id=asked.model_id or version.model_id or "",
    )


def _resolve_run(here: Here, asked: Source) -> Source:
    run_id, _, path = urlparse(asked.source).path.lstrip("/").partition("/")
    found = runs.read_details(here.conn, here.where, [run_id])
    if not found:
        return asked
    return msgspec.structs.replace(asked, address=places.below(words.artifact_uri(found[0]), path))


def _find_maker(here: Here, model_id: str, source: str) -> str:
    """The run that made the model from which a version is registered."""
    try:
        return logged.get_logged(here.conn, here.where, model_id).run_id or ""
    except ModelNotFound as error:
        if urlparse(source).scheme in ("", "file", "mlflow-artifacts"):
            raise invalid(
                f"Invalid model version source: '{source}'. The model_id request parameter must identify the resource "
                "that contains the source."
            ) from error
        raise _unfetchable(source, error.message) from error


def _get_logged(here: Here, model_id: str, source: str) -> logged.LoggedModel:
    try:
        return logged.get_logged(here.conn, here.where, model_id)
    except ModelNotFound as error:
        raise _unfetchable(source, error.message) from error


def _check(here: Here, source: str, run_id: str, model_id: str) -> None:
    if places.is_local(source):
        root = _root(here, run_id, model_id)
        if root is None or not _lies_in(source, root):
            name = "model_id" if model_id else "run_id"
            raise invalid(
                f"Invalid model version source: '{source}'. To use a local path as a model version source, the {name} "
                "request parameter has to be specified and the local path has to be contained within the artifact "
                f"directory of the run specified by the {name}."
            )
        return
    plain = source
    while (unquoted := unquote_plus(plain)) != plain:
        plain = unquoted
    path = re.sub(r"/+", "/", urlparse(plain).path.rstrip("/"))
    absolute = posixpath.normpath(path if path.startswith("/") else f"/{path}")
    if "\0" in path or ".." in plain.split("/") or (path and path not in (absolute, absolute.removeprefix("/"))):
        raise invalid(
            f"Invalid model version source: '{source}'. If supplying a source as an http, https, local file path, ftp, "
            "objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references "
            "present. Please provide an absolute path."
        )


def _root(here: Here, run_id: str, model_id: str) -> str | None:
    if model_id:
        try:
            return logged.get_logged(here.conn, here.where, model_id).location
        except ModelNotFound:
            return None
    found = runs.read_details(here.conn, here.where, [run_id]) if run_id else []
    return words.artifact_uri(found[0]) if found else None


def _lies_in(source: str, root: str) -> bool:
    path, folder = (posixpath.normpath(text.removeprefix("file:").replace("//", "/")) for text in (source, root))
    return path == folder or path.startswith(folder + "/")


def _unfetchable(source: str, reason: str) -> Refused:
    return Refused(
        "RESOURCE_DOES_NOT_EXIST",
        f"Unable to fetch model from model URI source artifact location '{source}'.Error: {reason}",
    )
