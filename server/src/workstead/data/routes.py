"""Routes of data sets."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Router, get, post, put
from litestar.params import Parameter
from litestar.response import File

from workstead.access.service import Principal
from workstead.data.service import Mirror
from workstead.foundation.http import SELF, WRITE
from workstead_wire.base import Page
from workstead_wire.data import Dataset

_MAX_BYTES = 1 << 30


@get("/datasets", opt=SELF, tags=["data"])
async def list_datasets(mirror: Mirror) -> Page[Dataset]:
    """The data sets that the mirror knows, present or not."""
    return mirror.list()


@get("/datasets/{name:str}", opt=SELF, tags=["data"])
async def get_dataset(mirror: Mirror, name: str) -> Dataset:
    """One data set; while it is fetched, how far that is."""
    return mirror.get(name)


@post("/datasets/{name:str}/fetch", opt=SELF, tags=["data"], status_code=200)
async def fetch_dataset(mirror: Mirror, name: str) -> Dataset:
    """Bring what is missing of a data set, and return when it is there."""
    return await mirror.fetch(name)


@put("/datasets/{name:str}/files/{file:str}", opt=WRITE, tags=["data"], request_max_body_size=_MAX_BYTES)
async def import_dataset(request: Request[Principal, None, Any], mirror: Mirror, name: str, file: str) -> Dataset:
    """Take the body as a file of a data set; its contents are checked."""
    return await mirror.put(name, file, request.stream())


@get("/mirror", opt=SELF, tags=["data"])
async def read_mirror(
    mirror: Mirror,
    url: Annotated[str, Parameter(description="address of a file of a data set, as scripts know it")],
) -> File:
    """The file that lies at an address on the web, from the mirror; fetched first if need be."""
    path = await mirror.open(url)
    return File(path, filename=path.name, media_type="application/gzip")


router = Router("", route_handlers=[list_datasets, get_dataset, fetch_dataset, import_dataset, read_mirror])
