"""Routes of the further environments of an instance."""

from __future__ import annotations

from litestar import delete, get, put

from workstead.compute import service
from workstead.compute.routes.instances import COMPUTE, Caller, Computes
from workstead.foundation.db import Database
from workstead.foundation.http import READ, WRITE, operation
from workstead_wire.compute import InstanceEnvironment, InstanceEnvironmentCreate
from workstead_wire.workspaces import WorkspacePath

_ENVIRONMENTS = COMPUTE + "/environments"
_ENVIRONMENT = _ENVIRONMENTS + "/{environment:str}"
_INSIDE = "computes/{name}/environments/{environment}"


@get(_ENVIRONMENTS, opt=READ, tags=["compute"])
async def list_environments(db: Database, where: WorkspacePath, name: str) -> list[InstanceEnvironment]:
    """The instance's further environments, by name."""
    return await db.read(service.list_environments, where, name)


@put(_ENVIRONMENT, opt=WRITE | operation("Create environment", _INSIDE), tags=["compute"])
async def create_environment(
    request: Caller,
    db: Database,
    computes: Computes,
    where: WorkspacePath,
    name: str,
    environment: str,
    data: InstanceEnvironmentCreate,
) -> InstanceEnvironment:
    """Begin to make an environment with a kernel of its own. Follow its ``state`` and ``steps``."""
    target = await db.read(service.get_target, where, name)
    target.check(request.user)
    made = await db.write(service.create_environment, where, request.user, name, environment, data)
    computes.hint()
    return made


@get(_ENVIRONMENT, opt=READ, tags=["compute"])
async def get_environment(db: Database, where: WorkspacePath, name: str, environment: str) -> InstanceEnvironment:
    """One environment of an instance."""
    return await db.read(service.get_environment, where, name, environment)


@delete(_ENVIRONMENT, opt=WRITE | operation("Delete environment", _INSIDE), status_code=200, tags=["compute"])
async def delete_environment(
    request: Caller, db: Database, computes: Computes, where: WorkspacePath, name: str, environment: str
) -> InstanceEnvironment:
    """Begin to remove an environment; the answer has its last state."""
    target = await db.read(service.get_target, where, name)
    target.check(request.user)
    changed = await db.write(service.delete_environment, where, name, environment)
    computes.hint()
    return changed


handlers = [list_environments, create_environment, get_environment, delete_environment]
