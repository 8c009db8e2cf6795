"""Links of traces to come."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "trace_links_awaited",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("trace_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("target", sa.String(length=512), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "trace_id", "kind", "target"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("trace_links_awaited")
