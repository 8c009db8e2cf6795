"""Contents are shared: every row says where its bytes lie."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ACCOUNT = "(SELECT name FROM resources WHERE type = 'storage_account' AND workspace_id = {table}.workspace_id)"
_KEYS = {
    "artifacts": "'/azureml/' || origin || '/' || container || '/' || path",
    "snapshot_contents": "'/snapshots/' || substr(sha256, 1, 2) || '/' || sha256",
}
"""Where the bytes lay until now, below the workspace's storage account."""


def upgrade() -> None:
    """Go up."""
    for table, path in _KEYS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("key", sa.String(length=1600), nullable=True))
        op.execute(f"UPDATE {table} SET key = {_ACCOUNT.format(table=table)} || {path}")  # noqa: S608 - our own words
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("key", nullable=False)
            batch_op.create_index(f"ix_{table}_key", ["key"], unique=False)


def downgrade() -> None:
    """Go back; files that came since are not found any more where the older server looks for them."""
    for table in _KEYS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(f"ix_{table}_key")
            batch_op.drop_column("key")
