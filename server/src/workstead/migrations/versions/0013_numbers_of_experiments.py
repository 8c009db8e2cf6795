"""Experiments are numbered workspace by workspace; those that are there keep the ids that MLflow's clients know."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE experiments SET number = CASE WHEN name = 'Default' THEN 0 ELSE pk END")
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.create_index("ix_experiments_number", ["workspace_id", "number"], unique=True)


def downgrade() -> None:
    """Go back; an older server knows experiments by their keys."""
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.drop_index("ix_experiments_number")
        batch_op.drop_column("number")
