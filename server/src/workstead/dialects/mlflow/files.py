"""Bytes of artifacts through the server: MLflow's proxy, its downloads for browsers, and uploads in parts."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import PureWindowsPath
from typing import Any

import msgspec
from litestar import Response
from litestar.response import Stream

from workstead.artifacts import service as artifacts
from workstead.artifacts.routes.answers import Blob, send
from workstead.dialects.mlflow import limits, places, words
from workstead.dialects.mlflow.calls import Call
from workstead.dialects.mlflow.errors import invalid, missing
from workstead.dialects.mlflow.logged_models import find_model
from workstead.dialects.mlflow.reading import Needed, read_json
from workstead.dialects.mlflow.runs import find_run
from workstead.dialects.mlflow.versions import download_uri, find_version
from workstead_wire.errors import ArtifactNotFound

PARTS = "mlflow-parts"
"""The container of parts that are not yet one file."""
PAGE_MAX_BYTES = 10 * 1024 * 1024
"""What MLflow's own page may upload as one file; clients put files by the proxy, of any size."""
_TEXTS = ("mlmodel", "mlproject")
"""Names without an ending that MLflow writes texts under."""

Answer = Response[Any] | Stream


class CreateParts(msgspec.Struct):
    """Begin an upload in parts."""

    path: Needed
    num_parts: int = 1


class Part(msgspec.Struct):
    """A part that has arrived."""

    part_number: int
    etag: str = ""
    url: str = ""


class EndParts(msgspec.Struct):
    """End an upload in parts."""

    path: Needed
    upload_id: str = ""
    parts: list[Part] = []


async def upload(call: Call, path: str) -> Answer:
    """Keep the body as a file, in place of an older one."""
    spot = _spot(path)
    place = await call.db.read(artifacts.locate, call.where, spot.origin, spot.container, spot.path)
    await artifacts.put_file(
        call.db,
        call.store,
        place,
        call.request.stream(),
        overwrite=True,
        content_type=call.request.headers.get("content-type", ""),
        max_bytes=call.settings.upload_max_bytes,
    )
    return call.reply({})


async def download(call: Call, path: str) -> Answer:
    """A file's bytes."""
    return await _send(call, _spot(path))


async def delete(call: Call, path: str) -> Answer:
    """Delete a file, or all files of a folder."""
    spot = _spot(path)
    found = await call.db.read(artifacts.list_all, call.where, spot.origin, spot.container, spot.path)
    for file in found:
        place = await call.db.read(artifacts.locate, call.where, spot.origin, spot.container, file.path)
        await artifacts.delete_file(call.db, call.store, place)
    return call.reply({})


async def get_artifact(call: Call) -> Answer:
    """A file of a run, for a browser."""
    query = call.request.query_params
    path = limits.check_path(query.get("path", ""))
    run = await call.read(find_run, query.get("run_id") or query.get("run_uuid", ""))
    return await send_below(call, words.artifact_uri(run), path)


async def get_version_artifact(call: Call) -> Answer:
    """A file of a model version, for a browser."""
    query = call.request.query_params
    path = limits.check_path(query.get("path", ""))
    version = await call.read(find_version, query.get("name", ""), query.get("version", ""))
    return await send_below(call, download_uri(version), path)


async def get_logged_artifact(call: Call, model_id: str) -> Answer:
    """A file of a logged model, for a browser."""
    path = limits.check_path(call.request.query_params.get("artifact_file_path", ""))
    if not path:
        raise invalid('Request must include the "artifact_file_path" query parameter.')
    model = await call.read(find_model, model_id)
    return await send_below(call, model.location, path)


async def upload_artifact(call: Call) -> Answer:
    """Keep the body as a file of a run, as MLflow's own page does."""
    query = call.request.query_params
    run_id, path = query.get("run_uuid", ""), query.get("path", "")
    for name, value in (("run_uuid", run_id), ("path", path)):
        if not value:
            raise invalid(f"Request must specify {name}.")
    path = limits.check_path(path)
    size = int(call.request.headers.get("content-length", "0"))
    if size == 0:
        raise invalid("Request must specify data.")
    if size > PAGE_MAX_BYTES:
        raise invalid(f"Artifact size is too large: {size} bytes; at most {PAGE_MAX_BYTES} can be uploaded here.")
    root = words.artifact_uri(await call.read(find_run, run_id))
    spot = places.spot_of(f"{root}/{path}")
    if spot is None:
        raise invalid(f"the run's files lie at {root}, which is not this server's")
    return await upload(call, f"{spot.origin}/{spot.container}/{spot.path}")


async def create_parts(call: Call, path: str) -> Answer:
    """Begin an upload in parts: say where each is to be sent."""
    _spot(path)
    asked = read_json(CreateParts, await call.request.body(), {})
    upload_id = uuid.uuid4().hex
    token = call.request.headers.get("authorization", "")
    credentials = [
        {
            "url": f"{call.root}/api/2.0/mlflow-artifacts/artifacts/LocalUpload/{PARTS}/{upload_id}/{number}",
            "part_number": number,
            # The client sends parts to any address with these headers alone.
            "headers": {"Authorization": token} if token else {},
        }
        for number in range(1, asked.num_parts + 1)
    ]
    return call.reply({"upload_id": upload_id, "credentials": credentials})


async def complete_parts(call: Call, path: str) -> Answer:
    """Make one file of the parts."""
    asked = read_json(EndParts, await call.request.body(), {})
    # The client names the file as it lies on its own disk, which may be Windows'; the address is the folder it goes to.
    spot = _spot(f"{path}/{PureWindowsPath(asked.path).name}")
    names = [f"{asked.upload_id}/{part.part_number}" for part in sorted(asked.parts, key=lambda part: part.part_number)]
    parts = [await call.db.read(artifacts.locate, call.where, "LocalUpload", PARTS, name) for name in names]
    keys = [(await call.db.read(artifacts.get_stored, part)).key for part in parts]

    async def chunks() -> AsyncIterator[bytes]:
        for key in keys:
            async for chunk in call.store.read(key):
                yield chunk

    place = await call.db.read(artifacts.locate, call.where, spot.origin, spot.container, spot.path)
    await artifacts.put_file(call.db, call.store, place, chunks(), overwrite=True)
    await _drop_parts(call, asked.upload_id)
    return call.reply({})


async def abort_parts(call: Call, path: str) -> Answer:
    """Throw the parts away."""
    _spot(path)
    asked = read_json(EndParts, await call.request.body(), {})
    await _drop_parts(call, asked.upload_id)
    return call.reply({})


def _spot(path: str) -> places.Spot:
    return places.find_spot(limits.check_path(path))


async def send_below(call: Call, root: str, path: str) -> Answer:
    """A file below an address."""
    spot = places.spot_of(f"{root}/{path}")
    if spot is None:
        raise missing(f"No such artifact: '{path}'")
    return await _send(call, spot)


async def _send(call: Call, spot: places.Spot) -> Answer:
    try:
        found = await call.db.read(artifacts.get_stored_at, call.where, spot.origin, spot.container, spot.path)
    except ArtifactNotFound as error:
        raise missing(f"No such artifact: '{spot.path}'") from error
    blob = Blob.of(found)
    if blob.name.lower() in _TEXTS:
        blob = msgspec.structs.replace(blob, content_type="text/plain")
    reply = await send(call.request, call.store, blob, inline=False)
    # MLflow's own server says no charset, and scripts compare the whole header.
    reply.headers.setdefault("Content-Type", blob.content_type)
    return reply


async def _drop_parts(call: Call, upload_id: str) -> None:
    for file in await call.db.read(artifacts.list_all, call.where, "LocalUpload", PARTS, upload_id):
        place = await call.db.read(artifacts.locate, call.where, "LocalUpload", PARTS, file.path)
        await artifacts.delete_file(call.db, call.store, place)
