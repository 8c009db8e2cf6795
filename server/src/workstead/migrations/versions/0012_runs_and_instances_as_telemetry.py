"""Let runs and instances be sources of telemetry."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("insights", schema=None) as batch_op:
        for name in ("watch_runs", "watch_instances"):
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("insights", schema=None) as batch_op:
        for name in ("watch_runs", "watch_instances"):
            batch_op.alter_column(name, server_default=None)
    op.create_table(
        "telemetry_notes",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk"),
    )
    with op.batch_alter_table("telemetry_notes", schema=None) as batch_op:
        batch_op.create_index("ix_telemetry_notes_workspace_id", ["workspace_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("telemetry_notes")
    with op.batch_alter_table("insights", schema=None) as batch_op:
        batch_op.drop_column("watch_instances")
        batch_op.drop_column("watch_runs")
