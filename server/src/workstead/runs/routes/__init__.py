"""Routes of experiments, runs and metrics."""

from litestar import Router

from workstead.runs.routes import events, experiments, many, metrics, runs

router = Router(
    "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}",
    route_handlers=[*experiments.handlers, *runs.handlers, *many.handlers, *metrics.handlers, *events.handlers],
)

__all__ = ["router"]
