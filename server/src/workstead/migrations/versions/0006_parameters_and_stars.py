"""Parameters and stars."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "param_names",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("experiment_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["experiment_pk"], ["experiments.pk"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("experiment_pk", "name"),
    )
    op.create_table(
        "run_params",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["name_pk"], ["param_names.pk"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_pk", "name_pk"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("run_params", schema=None) as batch_op:
        batch_op.create_index(
            "ix_run_params_number",
            ["name_pk", "number", "run_pk"],
            unique=False,
            sqlite_where=sa.text("number IS NOT NULL"),
            postgresql_where=sa.text("number IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_run_params_value", ["name_pk", sa.literal_column("substr(value, 1, 64)"), "run_pk"], unique=False
        )

    op.create_table(
        "run_stars",
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user", "run_pk"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("run_stars", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_stars_run_pk"), ["run_pk"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("run_stars", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_stars_run_pk"))

    op.drop_table("run_stars")
    with op.batch_alter_table("run_params", schema=None) as batch_op:
        batch_op.drop_index("ix_run_params_value")
        batch_op.drop_index(
            "ix_run_params_number",
            sqlite_where=sa.text("number IS NOT NULL"),
            postgresql_where=sa.text("number IS NOT NULL"),
        )

    op.drop_table("run_params")
    op.drop_table("param_names")
