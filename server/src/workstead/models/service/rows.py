"""Rows of models and the Structs that they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select

from workstead.foundation import clock, ids
from workstead.models import tables as t
from workstead_wire.base import Tags
from workstead_wire.errors import InvalidInput, PropertyImmutable
from workstead_wire.models import Model

LabelKind = Literal["tag", "property"]
PROMPT = "mlflow.prompt.is_prompt"
"""The tag of what MLflow keeps among models and is none."""
_KEY_MAX = 255
_ANY_NAME = re.compile(r"[^/:\x00-\x1f\x7f]{1,255}")


def check_registered_name(name: str) -> str:
    """``name`` if a registry takes it: MLflow's users write blanks and umlauts."""
    return ids.check_name("a model", name, _ANY_NAME, "1 to 255 characters, without '/', ':' and control characters")


def make_models(conn: Connection, rows: Sequence[Row[Any]]) -> list[Model]:
    """The models of these rows, with tags and properties by one more query for all."""
    labels: dict[tuple[int, str], Tags] = {}
    c = t.labels.c
    query = select(t.labels).where(c.model_pk.in_([row.pk for row in rows])).order_by(c.key)
    for label in conn.execute(query):
        labels.setdefault((label.model_pk, label.kind), {})[label.key] = label.value
    return [_model(row, labels.get((row.pk, "tag"), {}), labels.get((row.pk, "property"), {})) for row in rows]


def insert_labels(conn: Connection, model_pk: int, kind: LabelKind, labels: Tags) -> None:
    """Add labels that the model does not have yet."""
    for key in labels:
        if not 1 <= len(key) <= _KEY_MAX:
            raise InvalidInput(f"{key[:80]!r} is no good key for a {kind}: it has 1 to {_KEY_MAX} letters")
    rows = [{"model_pk": model_pk, "kind": kind, "key": key, "value": value} for key, value in labels.items()]
    if rows:
        conn.execute(insert(t.labels), rows)


def replace_tags(conn: Connection, model_pk: int, tags: Tags) -> None:
    """Have these tags and no others."""
    conn.execute(delete(t.labels).where(t.labels.c.model_pk == model_pk, t.labels.c.kind == "tag"))
    insert_labels(conn, model_pk, "tag", tags)


def add_properties(conn: Connection, model_pk: int, model: Model, given: Tags) -> None:
    """Add properties; one that is there with the same value is no error.

    Raises:
        PropertyImmutable: one is there with another value.
    """
    kept = model.properties
    for key, value in given.items():
        if kept.get(key, value) != value:
            raise PropertyImmutable(
                f"property {key!r} of model {model.id} is {kept[key]!r} and cannot become "
                f"{value!r}: properties never change; use a tag for what does"
            )
    fresh = {key: value for key, value in given.items() if key not in kept}
    insert_labels(conn, model_pk, "property", fresh)


def _model(row: Row[Any], tags: Tags, properties: Tags) -> Model:
    return Model(
        id=f"{row.name}:{row.version}",
        name=row.name,
        version=row.version,
        origin=row.origin,
        container=row.container,
        path=row.path,
        size=row.size,
        description=row.description,
        tags=tags,
        properties=properties,
        created_at=clock.to_datetime(row.created_at),
        created_by=row.created_by,
        run_id=row.run_id,
        experiment=row.experiment,
        framework=row.framework,
        framework_version=row.framework_version,
        archived_at=clock.to_datetime_or_none(row.archived_at),
    )
