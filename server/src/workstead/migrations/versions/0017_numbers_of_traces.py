"""Tokens of traces and costs of spans as numbers, which a database can add up."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_USAGE = "mlflow.trace.tokenUsage"
_TOKENS = ("input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_COSTS = ("input_cost", "output_cost", "total_cost")
_TOLD = sa.text(
    "SELECT trace_pk, '' AS span_id, value AS told FROM trace_labels"
    " WHERE kind = 'metadata' AND key = :usage AND trace_pk BETWEEN :first AND :last"
    " UNION ALL SELECT trace_pk, id, cost FROM trace_spans"
    " WHERE cost IS NOT NULL AND trace_pk BETWEEN :first AND :last"
)
_AT_ONCE = 1000


def upgrade() -> None:
    """Go up."""
    amounts = op.create_table(
        "trace_amounts",
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["trace_pk"], ["traces.pk"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace_pk", "span_id", "key"),
    )
    conn = op.get_bind()
    newest = conn.execute(sa.text("SELECT MAX(pk) FROM traces")).scalar() or 0
    for first in range(0, newest + 1, _AT_ONCE):
        told = conn.execute(_TOLD, {"usage": _USAGE, "first": first, "last": first + _AT_ONCE - 1}).all()
        rows = [row for one in told for row in _rows(*one)]
        if rows:
            conn.execute(amounts.insert(), rows)


def downgrade() -> None:
    """Go back."""
    op.drop_table("trace_amounts")


def _rows(trace_pk: int, span_id: str, told: str) -> Iterator[dict[str, Any]]:
    try:
        known = json.loads(told)
    except (ValueError, RecursionError):
        return
    for key in (_COSTS if span_id else _TOKENS) if isinstance(known, dict) else ():
        value = known.get(key)
        if type(value) in (int, float) and abs(value) <= sys.float_info.max:
            yield {"trace_pk": trace_pk, "span_id": span_id, "key": key, "value": float(value)}
