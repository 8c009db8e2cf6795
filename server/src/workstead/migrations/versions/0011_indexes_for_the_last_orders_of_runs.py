"""Indexes for the last orders of runs."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_experiment_id", ["experiment_pk", "id"], unique=False)
        batch_op.create_index("ix_runs_experiment_target", ["experiment_pk", "compute_target"], unique=False)
        batch_op.create_index("ix_runs_experiment_type", ["experiment_pk", "type"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_experiment_type")
        batch_op.drop_index("ix_runs_experiment_target")
        batch_op.drop_index("ix_runs_experiment_id")
