"""Routes of artifacts."""

from litestar import Router

from workstead.artifacts.routes import files, snapshots, uploads

router = Router(
    "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}",
    route_handlers=[*files.handlers, *snapshots.handlers, *uploads.handlers],
)
