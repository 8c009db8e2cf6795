"""Indexes for every order of runs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_runs_experiment_duration", ["experiment_pk", sa.text("(ended_at - started_at)")], unique=False
        )
        batch_op.create_index("ix_runs_experiment_ended", ["experiment_pk", "ended_at"], unique=False)
        batch_op.create_index("ix_runs_experiment_name", ["experiment_pk", "display_name"], unique=False)
        batch_op.create_index("ix_runs_experiment_number", ["experiment_pk", "number"], unique=False)
        batch_op.create_index("ix_runs_experiment_started", ["experiment_pk", "started_at"], unique=False)
        batch_op.create_index("ix_runs_experiment_status", ["experiment_pk", "status"], unique=False)
        batch_op.create_index("ix_runs_experiment_user", ["experiment_pk", "created_by"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_experiment_user")
        batch_op.drop_index("ix_runs_experiment_status")
        batch_op.drop_index("ix_runs_experiment_started")
        batch_op.drop_index("ix_runs_experiment_number")
        batch_op.drop_index("ix_runs_experiment_name")
        batch_op.drop_index("ix_runs_experiment_ended")
        batch_op.drop_index("ix_runs_experiment_duration")
