"""What can be done with experiments, runs and metrics."""

from workstead.runs.service.details import LastPoint, RunDetails, get_details, read_details
from workstead.runs.service.experiment_search import search_experiments
from workstead.runs.service.experiments import (
    Archived,
    create_experiment,
    delete_experiment,
    find_by_name,
    find_experiment,
    get_experiment,
    list_experiments,
    put_experiment,
    put_first,
    rename_experiment,
    update_experiment,
)
from workstead.runs.service.filter import parse_run_filter
from workstead.runs.service.following import Seen, read_news
from workstead.runs.service.histories import History, read_history
from workstead.runs.service.lineage import RunDataset, RunModel, add_datasets, add_models, list_datasets, list_inputs
from workstead.runs.service.metrics import decode_batch, log_batch, log_points
from workstead.runs.service.params import log_params
from workstead.runs.service.reports import (
    add_params,
    hide_run,
    hide_runs,
    lock_active,
    report_run,
    restore_run,
    restore_runs,
)
from workstead.runs.service.runs import change_status, create_run, delete_run, forget_workspace, get_run, update_run
from workstead.runs.service.search import RunFilter, count_runs, list_children, list_details, list_runs
from workstead.runs.service.series import list_metrics, read_metrics, read_series
from workstead.runs.service.stars import star_run, unstar_run
from workstead.runs.service.usage import has_run, list_snapshot_ids

__all__ = [
    "Archived",
    "History",
    "LastPoint",
    "RunDataset",
    "RunDetails",
    "RunFilter",
    "RunModel",
    "Seen",
    "add_datasets",
    "add_models",
    "add_params",
    "change_status",
    "count_runs",
    "create_experiment",
    "create_run",
    "decode_batch",
    "delete_experiment",
    "delete_run",
    "find_by_name",
    "find_experiment",
    "forget_workspace",
    "get_details",
    "get_experiment",
    "get_run",
    "has_run",
    "hide_run",
    "hide_runs",
    "list_children",
    "list_datasets",
    "list_details",
    "list_experiments",
    "list_inputs",
    "list_metrics",
    "list_runs",
    "list_snapshot_ids",
    "lock_active",
    "log_batch",
    "log_params",
    "log_points",
    "parse_run_filter",
    "put_experiment",
    "put_first",
    "read_details",
    "read_history",
    "read_metrics",
    "read_news",
    "read_series",
    "rename_experiment",
    "report_run",
    "restore_run",
    "restore_runs",
    "search_experiments",
    "star_run",
    "unstar_run",
    "update_experiment",
    "update_run",
]
