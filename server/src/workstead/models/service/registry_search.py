"""Models, versions and logged models under a filter, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from workstead.foundation import conditions
from workstead.foundation.filters import Clause
from workstead.models import tables as t
from workstead.models.service.logged import LoggedModel, make_logged
from workstead.models.service.registry import RegisteredModel, make_names
from workstead.models.service.rows import PROMPT
from workstead.models.service.versions import Version, make_versions
from workstead.workspaces.service import get_workspace_id
from workstead_wire.errors import InvalidInput
from workstead_wire.workspaces import WorkspacePath

Dataset = tuple[str | None, str | None]
"""A data set by name and digest; None stands for any, and one of the two is given."""
_NAMES: dict[str, ColumnElement[Any]] = {
    "name": t.names.c.name,
    "creation_timestamp": t.names.c.created_at,
    "last_updated_timestamp": t.names.c.updated_at,
}
_VERSIONS: dict[str, ColumnElement[Any]] = {
    "name": t.models.c.name,
    "version_number": t.models.c.version,
    "run_id": t.models.c.run_id,
    "source_path": t.models.c.source,
    "creation_timestamp": t.models.c.created_at,
    "last_updated_timestamp": t.models.c.updated_at,
}
_LOGGED: dict[str, ColumnElement[Any]] = {
    "name": t.logged_models.c.name,
    "model_id": t.logged_models.c.id,
    "model_type": t.logged_models.c.type,
    "status": t.logged_models.c.status,
    "source_run_id": t.logged_models.c.run_id,
    "creation_timestamp": t.logged_models.c.created_at,
    "creation_time": t.logged_models.c.created_at,
    "last_updated_timestamp": t.logged_models.c.updated_at,
    "last_updated_time": t.logged_models.c.updated_at,
}
_TIMES = {
    t.names.c.created_at, t.names.c.updated_at, t.models.c.created_at, t.models.c.updated_at,
    t.logged_models.c.created_at, t.logged_models.c.updated_at,
}  # fmt: skip


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A sort key: a column, or a metric of a data set if one is named."""

    key: str
    kind: Literal["column", "metric"] = "column"
    descending: bool = False
    dataset_name: str | None = None
    dataset_digest: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A search: clauses that must hold, the order, and which rows of all."""

    clauses: Sequence[Clause] = ()
    orders: Sequence[Order] = ()
    offset: int = 0
    limit: int


def search_names(conn: Connection, where: WorkspacePath, asked: Asked) -> list[RegisteredModel]:
    """Models by name; prompts only if the filter asks for them."""
    workspace_id = get_workspace_id(conn, where)
    c, g = t.names.c, t.name_tags.c
    here = and_(g.workspace_id == c.workspace_id, g.name == c.name)
    tests = [
        _label_or_column(clause, _NAMES, t.name_tags, here) for clause in asked.clauses if not _is_of_prompts(clause)
    ]
    is_prompt = _labelled(t.name_tags, here, g.key == PROMPT, func.lower(g.value) == "true")
    tests.append(is_prompt if _asks_for_prompts(asked.clauses) else ~is_prompt)
    query = select(t.names).where(c.workspace_id == workspace_id, *tests)
    rows = conn.execute(_page(query, asked, _NAMES).order_by(c.name)).all()
    return make_names(conn, workspace_id, rows)


def search_versions(conn: Connection, where: WorkspacePath, asked: Asked) -> list[Version]:
    """Versions; those of prompts only if the filter asks for them."""
    workspace_id = get_workspace_id(conn, where)
    c, g = t.models.c, t.labels.c
    here = and_(g.model_pk == c.pk, g.kind == "tag")
    tests = [
        _label_or_column(clause, _VERSIONS, t.labels, here) for clause in asked.clauses if not _is_of_prompts(clause)
    ]
    is_prompt = _labelled(t.labels, here, g.key == PROMPT, func.lower(g.value) == "true")
    tests.append(is_prompt if _asks_for_prompts(asked.clauses) else ~is_prompt)
    query = select(t.models).where(c.workspace_id == workspace_id, *tests)
    rows = conn.execute(_page(query, asked, _VERSIONS).order_by(c.name, c.version.desc())).all()
    return make_versions(conn, workspace_id, rows)


def search_logged(
    conn: Connection,
    where: WorkspacePath,
    experiment_ids: Sequence[str],
    asked: Asked,
    datasets: Sequence[Dataset] = (),
) -> list[LoggedModel]:
    """Logged models of these experiments; metrics count if they are of one of ``datasets``."""
    c = t.logged_models.c
    tests = [_logged_test(clause, datasets) for clause in asked.clauses]
    query = select(t.logged_models).where(
        c.workspace_id == get_workspace_id(conn, where),
        c.experiment_id.in_(experiment_ids),
        c.deleted_at.is_(None),
        *tests,
    )
    if datasets and not any(clause.kind == "metrics" for clause in asked.clauses):
        query = query.where(_labelled(t.logged_metrics, _metrics_of(None, datasets)))
    return make_logged(conn, conn.execute(_page(query, asked, _LOGGED).order_by(c.id)).all())


def _logged_test(clause: Clause, datasets: Sequence[Dataset]) -> ColumnElement[bool]:
    c, g = t.logged_models.c, t.logged_labels.c
    if clause.kind == "metrics":
        value = t.logged_metrics.c.value
        return _labelled(t.logged_metrics, _metrics_of(clause.key, datasets), conditions.compare_number(value, clause))
    if clause.kind in ("tags", "params"):
        here = and_(g.model_pk == c.pk, g.kind == clause.kind[:-1])
        return _label_or_column(clause, _LOGGED, t.logged_labels, here)
    return _label_or_column(clause, _LOGGED, t.logged_labels, g.model_pk == c.pk)


def _metrics_of(key: str | None, datasets: Sequence[Dataset]) -> ColumnElement[bool]:
    m = t.logged_metrics.c
    found = [m.model_pk == t.logged_models.c.pk]
    if key is not None:
        found.append(m.key == key)
    if datasets:
        found.append(or_(*map(_of_dataset, datasets)))
    return and_(*found)


def _of_dataset(dataset: Dataset) -> ColumnElement[bool]:
    given = zip((t.logged_metrics.c.dataset_name, t.logged_metrics.c.dataset_digest), dataset, strict=True)
    return and_(*[column == value for column, value in given if value is not None])


def _label_or_column(
    clause: Clause, columns: Mapping[str, ColumnElement[Any]], labels: Table, here: ColumnElement[bool]
) -> ColumnElement[bool]:
    if clause.kind in ("tags", "params"):
        return _labelled(labels, here, labels.c.key == clause.key, conditions.compare_text(labels.c.value, clause))
    column = columns.get(clause.key)
    if column is None:
        raise conditions.unknown_name(clause, ", ".join(sorted(columns)))
    if column in _TIMES:
        return conditions.compare_time(column, clause)
    if column is t.models.c.version:
        return conditions.compare_number(column, clause)
    return conditions.compare_text(column, clause)


def _labelled(table: Table, *tests: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(table).where(*tests).correlate(t.names, t.models, t.logged_models).exists()


def _is_of_prompts(clause: Clause) -> bool:
    return clause.kind == "tags" and clause.key == PROMPT


def _asks_for_prompts(clauses: Sequence[Clause]) -> bool:
    """Whether prompts are meant and nothing else: MLflow's clients say ``!= 'true'`` where they want models."""
    return any(
        _is_of_prompts(clause) and (clause.op, clause.value.text) in (("=", "true"), ("!=", "false"))
        for clause in clauses
    )


def _page(query: Select[Any], asked: Asked, columns: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    for order in asked.orders:
        key = _metric_key(order) if order.kind == "metric" else columns.get(order.key)
        if key is None:
            known = ", ".join(sorted(columns))
            raise InvalidInput(f"this list cannot be sorted by {order.key!r}; it can by {known}")
        # Rows without a value come last, whichever way the others go.
        query = query.order_by(key.is_(None), key.desc() if order.descending else key.asc())
    return query.offset(asked.offset).limit(asked.limit)


def _metric_key(order: Order) -> ColumnElement[Any]:
    dataset = (order.dataset_name, order.dataset_digest)
    datasets = [dataset] if any(dataset) else []
    m = t.logged_metrics.c
    newest = select(m.value).where(_metrics_of(order.key, datasets)).order_by(m.at.desc(), m.step.desc()).limit(1)
    return newest.correlate(t.logged_models).scalar_subquery()
