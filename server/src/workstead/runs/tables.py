"""Tables of runs.

Integer keys keep the many rows small: names of metrics are kept once an experiment, and a point's place is its
metric's key and its index in one number (see ``place``), so that a metric's points lie side by side in the tree.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    FromClause,
    Function,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from workstead.foundation.db import metadata
from workstead_wire.runs import METRIC_NAME_MAX

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite: only INTEGER keys are the rowid itself

HEAD = 64
"""Characters of a label's value that are in the index."""

PLACE_BITS = 32
"""A point's place is ``metric_pk << 32 | index``: 4 billion points a metric, 2 billion metrics."""

experiments = Table(
    "experiments",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", Text, nullable=False),  # a JSON map
    Column("created_at", BigInteger, nullable=False),
    Column("archived_at", BigInteger),
    Column("last_number", Integer, nullable=False),
    Column("run_count", Integer, nullable=False),
    Column("last_run_at", BigInteger),
    Column("updated_at", BigInteger),  # None: not since it was made
    Column("artifact_location", Text),  # where its runs' files lie instead of here
    Column("number", Integer, nullable=False, server_default="0"),  # the id by which MLflow knows it
    UniqueConstraint("workspace_id", "name"),
    Index("ix_experiments_number", "workspace_id", "number", unique=True),
)

runs = Table(
    "runs",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), nullable=False),
    Column("id", String(255), nullable=False),
    Column("experiment_pk", Key, ForeignKey("experiments.pk"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent_pk", Key, ForeignKey("runs.pk"), index=True),
    Column("root_pk", Key, index=True),  # None: the run is a root itself
    Column("status", String(20), nullable=False),
    Column("type", String(64), nullable=False),
    Column("display_name", String(255), nullable=False),
    Column("description", Text, nullable=False),
    Column("compute_target", String(255), nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("script_name", Text),
    Column("snapshot_id", String(64)),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("deleted_at", BigInteger),  # out of sight, and can be brought back
    UniqueConstraint("workspace_id", "id"),
    Index("ix_runs_workspace_created", "workspace_id", "created_at"),
    Index("ix_runs_experiment_created", "experiment_pk", "created_at"),
    Index("ix_runs_experiment_started", "experiment_pk", "started_at"),
    Index("ix_runs_experiment_ended", "experiment_pk", "ended_at"),
    Index("ix_runs_experiment_number", "experiment_pk", "number"),
    Index("ix_runs_experiment_name", "experiment_pk", "display_name"),
    Index("ix_runs_experiment_status", "experiment_pk", "status"),
    Index("ix_runs_experiment_user", "experiment_pk", "created_by"),
    Index("ix_runs_experiment_id", "experiment_pk", "id"),
    Index("ix_runs_experiment_type", "experiment_pk", "type"),
    Index("ix_runs_experiment_target", "experiment_pk", "compute_target"),
)
"""Every order of an experiment's runs has its index: few runs are written, and many lists of them read."""

duration = runs.c.ended_at - runs.c.started_at
"""How long an ended run took, in microseconds."""
Index("ix_runs_experiment_duration", runs.c.experiment_pk, text("(ended_at - started_at)"))


def _labels(name: str) -> Table:
    table = Table(
        name,
        metadata,
        Column("run_pk", Key, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True),
        Column("key", String(255), primary_key=True),
        Column("value", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    Index(f"ix_{name}_key_value", table.c.key, head(table), table.c.run_pk)
    return table


def head(labels: FromClause) -> Function[str]:
    """The part of a label's value that is in the index: values may be longer than an index takes."""
    return func.substr(labels.c.value, text("1"), text(str(HEAD)), type_=Text())


run_tags = _labels("run_tags")
run_properties = _labels("run_properties")

param_names = Table(
    "param_names",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("experiment_pk", Key, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    UniqueConstraint("experiment_pk", "name"),
)

run_params = Table(
    "run_params",
    metadata,
    Column("run_pk", Key, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True),
    Column("name_pk", Key, ForeignKey("param_names.pk", ondelete="CASCADE"), primary_key=True),
    Column("value", Text, nullable=False),
    Column("number", Double[float]()),  # what the value says if it says a number
    sqlite_with_rowid=False,
)
Index("ix_run_params_value", run_params.c.name_pk, head(run_params), run_params.c.run_pk)
Index(
    "ix_run_params_number",
    run_params.c.name_pk,
    run_params.c.number,
    run_params.c.run_pk,
    sqlite_where=run_params.c.number.is_not(None),
    postgresql_where=run_params.c.number.is_not(None),
)

run_stars = Table(
    "run_stars",
    metadata,
    Column("user", String(128), primary_key=True),
    Column("run_pk", Key, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
"""The runs that a user marked for itself."""

run_datasets = Table(
    "run_datasets",
    metadata,
    Column("run_pk", Key, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True),
    Column("name", String(500), primary_key=True),
    Column("digest", String(36), primary_key=True),
    Column("source_type", String(36), nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    Column("tags", Text, nullable=False),  # a JSON map
    Column("context", String(500)),  # the tag by which runs are searched: train, eval
    Index("ix_run_datasets_name", "name", "run_pk"),
)
"""The data that runs say they used."""

run_models = Table(
    "run_models",
    metadata,
    Column("run_pk", Key, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True),
    Column("model_id", String(40), primary_key=True),
    Column("direction", String(8), primary_key=True),  # input | output
    Column("step", BigInteger, nullable=False),
)
"""The logged models that runs used or made."""

metric_names = Table(
    "metric_names",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("experiment_pk", Key, ForeignKey("experiments.pk"), nullable=False),
    Column("name", String(METRIC_NAME_MAX), nullable=False),  # PostgreSQL's index takes 2,700 bytes at most
    UniqueConstraint("experiment_pk", "name"),
)

metrics = Table(
    "metrics",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("run_pk", Key, ForeignKey("runs.pk"), nullable=False),
    Column("name_pk", Key, ForeignKey("metric_names.pk"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("columns", Text, nullable=False),  # a JSON map from column to type, in order
    Column("total", BigInteger, nullable=False),
    Column("last", Double[float]()),  # what runs are sorted by; None when it is no number or NaN
    Column("last_value", Text, nullable=False),  # the same as JSON, whatever it is
    Column("last_step", BigInteger),
    Column("minimum", Double[float]()),
    Column("maximum", Double[float]()),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    UniqueConstraint("run_pk", "name_pk"),
    Index("ix_metrics_name_last", "name_pk", "last", "run_pk"),
)

points = Table(
    "points",
    metadata,
    Column("place", Key, primary_key=True, autoincrement=False),
    Column("step", BigInteger),
    Column("at", BigInteger, nullable=False),  # ms since the metric's first_at: small numbers, small rows
    Column("value", Double[float]()),  # None is NaN, which SQLite cannot hold
)
"""Numbers."""

cells = Table(
    "cells",
    metadata,
    Column("place", Key, primary_key=True, autoincrement=False),
    Column("step", BigInteger),
    Column("at", BigInteger, nullable=False),
    Column("row", Text, nullable=False),  # a JSON array, in the order of the metric's columns
)
"""Every value that is not one number: strings, rows, paths of files."""

blocks = Table(
    "blocks",
    metadata,
    Column("place", Key, primary_key=True, autoincrement=False),  # as of a point, with the block's number as index
    Column("low", Double[float]()),  # None: the block holds no number
    Column("low_at", Integer, nullable=False),  # index within the block
    Column("high", Double[float]()),
    Column("high_at", Integer, nullable=False),
)
"""Smallest and largest number of each full block of a metric's points."""

metric_sources = Table(
    "metric_sources",
    metadata,
    Column("run_pk", Key, ForeignKey("runs.pk", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("next", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Per spool, the index of the record that is awaited next: what makes a replayed batch harmless."""


def place(metric_pk: int, index: int) -> int:
    """Where point ``index`` of a metric lies."""
    return metric_pk << PLACE_BITS | index
