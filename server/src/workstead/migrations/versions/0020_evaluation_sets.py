"""Evaluation sets and their records."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "evaluation_sets",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=8), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("updated_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("workspace_id", "id"),
    )
    op.create_index("ix_evaluation_sets_created", "evaluation_sets", ["workspace_id", "created_at"])
    op.create_table(
        "evaluation_set_tags",
        sa.Column("set_pk", KEY, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["set_pk"], ["evaluation_sets.pk"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("set_pk", "key"),
    )
    op.create_table(
        "evaluation_set_experiments",
        sa.Column("set_pk", KEY, nullable=False),
        sa.Column("experiment_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["set_pk"], ["evaluation_sets.pk"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("set_pk", "experiment_id"),
    )
    op.create_index("ix_evaluation_set_experiments", "evaluation_set_experiments", ["experiment_id"])
    op.create_table(
        "evaluation_records",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("set_pk", KEY, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("updated_by", sa.String(length=255), nullable=True),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("outputs", sa.Text(), nullable=True),
        sa.Column("expectations", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["set_pk"], ["evaluation_sets.pk"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("set_pk", "hash"),
        sa.UniqueConstraint("set_pk", "id"),
    )
    op.create_index("ix_evaluation_records_set", "evaluation_records", ["set_pk", "pk"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_evaluation_records_set", "evaluation_records")
    op.drop_table("evaluation_records")
    op.drop_index("ix_evaluation_set_experiments", "evaluation_set_experiments")
    op.drop_table("evaluation_set_experiments")
    op.drop_table("evaluation_set_tags")
    op.drop_index("ix_evaluation_sets_created", "evaluation_sets")
    op.drop_table("evaluation_sets")
