"""Records of evaluation sets: examples that are added, merged by their inputs, read in pages and deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, cast
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, literal, select, update

from workstead.evaluations import tables as t
from workstead.evaluations.service.sets import MANY, digest_of, get_row
from workstead.foundation import clock
from workstead_wire.workspaces import WorkspacePath

Json = dict[str, Any]

PAGE_MAX = 1000
PAGE_BYTES = 16 * 1024 * 1024
"""Most characters of a page, unless one record alone has more."""
_TYPES: dict[Any, str] = {
    type(None): "null", bool: "boolean", int: "integer", float: "float", str: "string", list: "array",
}  # fmt: skip
_MERGED = ("outputs", "expectations", "tags", "updated_at", "updated_by")
"""What of a record changes when one with the same inputs comes."""
_R = t.records.c
_PARTS = (_R.inputs, _R.outputs, _R.expectations, _R.tags, _R.source)
_SIZE = sum((func.coalesce(func.length(part), 0) for part in _PARTS), literal(0)).label("size")


class Source(msgspec.Struct, frozen=True):
    """Where an example comes from."""

    type: str
    data: Json = {}


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a record; UNSET outputs leave those of a record that is there as they are."""

    inputs: Json = {}
    outputs: Any = msgspec.UNSET
    expectations: Json | None = None
    tags: Json | None = None
    source: Source | None = None
    user: str | None = None


class Record(msgspec.Struct, kw_only=True):
    """A record; times in microseconds since 1970."""

    id: str
    created_at: int
    updated_at: int
    inputs: Json
    outputs: Any = None
    expectations: Json | None = None
    tags: Json | None = None
    source: Source | None = None
    created_by: str | None = None
    updated_by: str | None = None


class RecordPage(msgspec.Struct, frozen=True):
    """Some records, and the place behind them if more follow."""

    records: list[Record]
    next: int | None


def put_records(conn: Connection, where: WorkspacePath, set_id: str, examples: Sequence[Example]) -> tuple[int, int]:
    """Add examples; one whose inputs are there already is merged with that. How many were added, how many merged."""
    owner, now = get_row(conn, where, set_id), clock.now()
    hashes = [_hash(one.inputs) for one in examples]
    before = _find(conn, owner.pk, hashes)
    known = dict(before)
    merged = 0
    for one, key in zip(examples, hashes, strict=True):
        merged += key in known
        known[key] = _merge(known[key], one, now) if key in known else _begin(one, now)
    fresh = [_values(record, owner.pk, key) for key, record in known.items() if key not in before]
    if fresh:
        conn.execute(insert(t.records), fresh)
    changed = [_values(known[key], owner.pk, key) for key in before]
    if changed:
        _replace(conn, changed)
    user = next((one.user for one in reversed(examples) if one.user), None)
    values = {"digest": digest_of(owner.name, now), "updated_at": now, "updated_by": user}
    _update_set(conn, owner.pk, schema=_schema(owner.schema, examples), **values)
    return len(fresh), merged


def list_records(conn: Connection, where: WorkspacePath, set_id: str, after: int, limit: int) -> RecordPage:
    """Up to ``limit`` records of a set behind a place, in the order in which they were added."""
    behind = (_R.set_pk == get_row(conn, where, set_id).pk) & (_R.pk > after)
    sizes = conn.execute(select(_R.pk, _SIZE).where(behind).order_by(_R.pk).limit(limit + 1)).all()
    totals = accumulate(row.size for row in sizes)
    fitting = max(1, sum(total <= PAGE_BYTES for total in totals))
    kept = sizes[: min(limit, fitting)]
    if not kept:
        return RecordPage([], None)
    last = kept[-1].pk
    rows = conn.execute(select(t.records).where(behind, _R.pk <= last).order_by(_R.pk))
    return RecordPage([_make(row) for row in rows], last if len(kept) < len(sizes) else None)


def delete_records(conn: Connection, where: WorkspacePath, set_id: str, ids: Sequence[str]) -> int:
    """Delete records by their ids; how many there were."""
    pk = get_row(conn, where, set_id).pk
    gone = 0
    for start in range(0, len(ids), MANY):
        part = ids[start : start + MANY]
        gone += conn.execute(delete(t.records).where(_R.set_pk == pk, _R.id.in_(part))).rowcount
    if gone:
        _update_set(conn, pk)
    return gone


def _find(conn: Connection, set_pk: int, hashes: Sequence[str]) -> dict[str, Record]:
    """Records that are there, by the hashes of their inputs."""
    keys = list(dict.fromkeys(hashes))
    found: dict[str, Record] = {}
    for start in range(0, len(keys), MANY):
        query = select(t.records).where(_R.set_pk == set_pk, _R.hash.in_(keys[start : start + MANY]))
        found |= {row.hash: _make(row) for row in conn.execute(query)}
    return found


def _begin(one: Example, now: int) -> Record:
    return Record(
        id=f"dr-{uuid4().hex}",
        created_at=now,
        updated_at=now,
        inputs=one.inputs,
        outputs={} if one.outputs is msgspec.UNSET else one.outputs,
        expectations=one.expectations,
        tags=one.tags,
        source=one.source,
        created_by=one.user,
        updated_by=one.user,
    )


def _merge(record: Record, one: Example, now: int) -> Record:
    return msgspec.structs.replace(
        record,
        updated_at=now,
        outputs=record.outputs if one.outputs is msgspec.UNSET else one.outputs,
        expectations={**(record.expectations or {}), **one.expectations} if one.expectations else record.expectations,
        tags={**(record.tags or {}), **one.tags} if one.tags else record.tags,
        updated_by=one.user or record.updated_by,
    )


def _replace(conn: Connection, rows: list[Json]) -> None:
    at = (_R.set_pk == bindparam("of_set")) & (_R.hash == bindparam("of_hash"))
    told = [{"of_set": row["set_pk"], "of_hash": row["hash"], **{key: row[key] for key in _MERGED}} for row in rows]
    conn.execute(update(t.records).where(at), told)


def _update_set(conn: Connection, pk: int, **values: Any) -> None:
    many = select(func.count()).where(_R.set_pk == pk).scalar_subquery()
    conn.execute(update(t.sets).where(t.sets.c.pk == pk).values(record_count=many, **values))


def _schema(known: str | None, examples: Sequence[Example]) -> str | None:
    """The fields that records have, and of which type each was first."""
    if not examples:
        return known
    schema: Json = json.loads(known) if known else {"inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0"}
    for one in examples:
        _add_fields(schema["inputs"], one.inputs)
        _add_fields(schema["expectations"], one.expectations or {})
        outputs = None if one.outputs is msgspec.UNSET else one.outputs
        if isinstance(outputs, dict) and isinstance(schema["outputs"], dict):
            _add_fields(cast("Json", schema["outputs"]), cast("Json", outputs))
        elif outputs is not None and not schema["outputs"]:
            schema["outputs"] = _type_of(outputs)
    return json.dumps(schema)


def _add_fields(known: Json, told: Json) -> None:
    for key, value in told.items():
        known.setdefault(key, _type_of(value))


def _type_of(value: Any) -> str:
    return _TYPES.get(type(value), "object")


def _hash(inputs: Json) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _values(record: Record, set_pk: int, key: str) -> Json:
    told = msgspec.structs.asdict(record)
    source = None if record.source is None else {"type": record.source.type, "data": record.source.data}
    parts = {"inputs": record.inputs, "outputs": record.outputs, "expectations": record.expectations}
    parts |= {"tags": record.tags, "source": source}
    texts = {name: None if part is None else json.dumps(part) for name, part in parts.items()}
    return told | texts | {"set_pk": set_pk, "hash": key}


def _make(row: Row[Any]) -> Record:
    def read(text: str | None) -> Any:
        return None if text is None else json.loads(text)

    source = read(row.source)
    return Record(
        id=row.id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        inputs=read(row.inputs),
        outputs=read(row.outputs),
        expectations=read(row.expectations),
        tags=read(row.tags),
        source=None if source is None else Source(source["type"], source["data"]),
        created_by=row.created_by,
        updated_by=row.updated_by,
    )
