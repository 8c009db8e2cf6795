"""Routes of experiments, runs and metrics."""

from litestar import Router

from workstead.runs.routes import experiments, metrics, runs

router = Router(
    "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}",
    route_handlers=[*experiments.handlers, *runs.handlers, *metrics.handlers],
)

__all__ = ["router"]
