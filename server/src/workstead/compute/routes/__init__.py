"""Routes of compute."""

from litestar import Router

from workstead.compute.routes import environments, files, instances, pages

router = Router("", route_handlers=[*instances.handlers, *environments.handlers, *files.handlers])
page_handlers = pages.handlers

__all__ = ["page_handlers", "router"]
