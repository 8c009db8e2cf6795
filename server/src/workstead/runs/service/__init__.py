"""What can be done with experiments, runs and metrics."""

from workstead.runs.service.experiments import (
    Archived,
    delete_experiment,
    get_experiment,
    list_experiments,
    put_experiment,
    update_experiment,
)
from workstead.runs.service.following import Seen, read_news
from workstead.runs.service.metrics import decode_batch, log_batch
from workstead.runs.service.runs import change_status, create_run, delete_run, forget_workspace, get_run, update_run
from workstead.runs.service.search import RunFilter, list_children, list_runs
from workstead.runs.service.series import list_metrics, read_metrics, read_series

__all__ = [
    "Archived",
    "RunFilter",
    "Seen",
    "change_status",
    "create_run",
    "decode_batch",
    "delete_experiment",
    "delete_run",
    "forget_workspace",
    "get_experiment",
    "get_run",
    "list_children",
    "list_experiments",
    "list_metrics",
    "list_runs",
    "log_batch",
    "put_experiment",
    "read_metrics",
    "read_news",
    "read_series",
    "update_experiment",
    "update_run",
]
