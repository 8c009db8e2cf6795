"""Tables of traces: a trace, its spans, its labels, what it belongs to, and what was said of it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")

traces = Table(
    "traces",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("experiment_id", String(36), ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("id", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),  # ms since 1970
    Column("duration", BigInteger),  # ms; None: it is not over
    Column("state", String(24), nullable=False),
    Column("client_request_id", Text),
    Column("request_preview", Text),
    Column("response_preview", Text),
    UniqueConstraint("workspace_id", "id"),
    Index("ix_traces_experiment_at", "experiment_id", "at", "id"),
)


def _of_trace(name: str, *more: Column[object] | Index) -> Table:
    key = Column("trace_pk", Key, ForeignKey("traces.pk", ondelete="CASCADE"), primary_key=True)
    return Table(name, metadata, key, *more)


labels = _of_trace(
    "trace_labels",
    Column("kind", String(8), primary_key=True),  # tag | metadata
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

# The content comes last: SQLite reads a row from its beginning.
spans = _of_trace(
    "trace_spans",
    Column("id", String(16), primary_key=True),
    Column("parent_id", String(16)),  # None: the root
    Column("name", Text, nullable=False),
    Column("type", Text),
    Column("status", String(8), nullable=False),
    Column("start_ns", BigInteger, nullable=False),
    Column("end_ns", BigInteger),
    Column("model", Text),
    Column("provider", Text),
    Column("usage", Text),  # a JSON map of counts of tokens
    Column("cost", Text),  # a JSON map of amounts
    Column("content", Text, nullable=False),  # all of it, as JSON
)

amounts = _of_trace(
    "trace_amounts",
    Column("span_id", String(16), primary_key=True),  # empty: of the whole trace
    Column("key", String(64), primary_key=True),
    Column("value", Double[float](), nullable=False),
)
"""Tokens of traces and costs of spans as numbers; what they were told in has them too."""

assessments = _of_trace(
    "trace_assessments",
    Column("id", String(128), primary_key=True),
    Column("kind", String(16), nullable=False),  # feedback | expectation | issue
    Column("name", String(255), nullable=False),
    Column("value", Text, nullable=False),  # as JSON
    Column("number", Double[float]()),  # the value, if it is a number
    Column("error", Text),  # a JSON map
    Column("source_type", String(64), nullable=False),
    Column("source_id", Text, nullable=False),
    Column("span_id", String(64)),
    Column("rationale", Text),
    Column("metadata", Text),  # a JSON map
    Column("overrides", String(128)),
    Column("valid", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # ms since 1970
    Column("updated_at", BigInteger, nullable=False),
)

links = _of_trace(
    "trace_links",
    Column("kind", String(8), primary_key=True),  # run | prompt
    Column("target", String(512), primary_key=True),
    Index("ix_trace_links_target", "kind", "target"),
)
"""The runs that traces belong to, and the versions of prompts that they used."""

awaited = Table(
    "trace_links_awaited",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("trace_id", String(128), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("target", String(512), primary_key=True),
)
"""Links of traces that have not come yet: clients send traces in the background, and links at once."""
