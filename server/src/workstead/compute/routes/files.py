"""Routes of an instance's files: to be looked at while it rests, too. Jupyter is where they are changed."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Response, get
from litestar.params import Parameter
from litestar.response import Stream

from workstead.artifacts.routes.answers import Blob, send, tail
from workstead.artifacts.service import check_path, guess_type
from workstead.compute import service
from workstead.compute.files import FOLDER, FolderFiles
from workstead.compute.routes.instances import COMPUTE, Caller, Computes
from workstead.foundation.db import Database
from workstead.foundation.http import WRITE
from workstead_wire.compute import InstanceFile
from workstead_wire.workspaces import WorkspacePath


@get(COMPUTE + "/files", opt=WRITE, tags=["compute"])
async def list_files(
    request: Caller,
    db: Database,
    computes: Computes,
    where: WorkspacePath,
    name: str,
    path: Annotated[str, Parameter(query="path", description="a folder; empty is the outermost")] = "",
) -> list[InstanceFile]:
    """What lies in a folder of an instance. For who may open it."""
    files = await _files(request, db, computes, where, name)
    return await asyncio.to_thread(files.list, check_path(path) if path else "")


@get(COMPUTE + "/files/{path:path}", opt=WRITE, tags=["compute"])
async def read_file(
    request: Caller,
    db: Database,
    computes: Computes,
    where: WorkspacePath,
    name: str,
    inline: Annotated[str | None, Parameter(query="inline", description="for viewers: not an attachment")] = None,
) -> Stream | Response[bytes]:
    """The bytes of a file of an instance, whole or by one range. For who may open the instance."""
    path = check_path(tail(request, f"/computes/{name}/files/"))
    files = await _files(request, db, computes, where, name)
    found = await asyncio.to_thread(files.look, path)
    blob = Blob(path, path.rpartition("/")[2], found.size, found.version, guess_type(path))
    return await send(request, files, blob, inline=inline is not None)


async def _files(request: Caller, db: Database, computes: Computes, where: WorkspacePath, name: str) -> FolderFiles:
    target = await db.read(service.get_target, where, name)
    target.check(request.user)
    return FolderFiles(service.make_place(computes.home, target).folder / FOLDER)


handlers = [list_files, read_file]
