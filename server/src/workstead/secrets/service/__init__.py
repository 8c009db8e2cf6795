"""What can be done with secrets. Whoever reads a value is written down in the same transaction."""

from workstead.secrets.service.backups import back_up_secret, restore_secret
from workstead.secrets.service.deleted import (
    KEPT_DAYS,
    delete_secret,
    forget_workspace,
    get_deleted_secret,
    list_deleted_secrets,
    purge_secret,
    recover_secret,
)
from workstead.secrets.service.events import list_secret_events
from workstead.secrets.service.secrets import (
    get_secret,
    list_secret_versions,
    list_secrets,
    read_secret,
    rotate_data_key,
    set_secret,
    update_secret,
)

__all__ = [
    "KEPT_DAYS",
    "back_up_secret",
    "delete_secret",
    "forget_workspace",
    "get_deleted_secret",
    "get_secret",
    "list_deleted_secrets",
    "list_secret_events",
    "list_secret_versions",
    "list_secrets",
    "purge_secret",
    "read_secret",
    "recover_secret",
    "restore_secret",
    "rotate_data_key",
    "set_secret",
    "update_secret",
]
