"""What can be done with the storage account."""

from sqlalchemy import Connection

from workstead.blobs.service.containers import (
    create_container,
    default_container,
    delete_container,
    get_account,
    get_container,
    list_containers,
    refuse_artifacts,
    set_container_metadata,
)
from workstead.blobs.service.datastores import (
    create_datastore,
    delete_datastore,
    forget_datastores,
    get_datastore,
    list_datastores,
    set_default_datastore,
)
from workstead.blobs.service.delegation import Delegation, delegate, find_delegated_key
from workstead.blobs.service.keys import ensure_keys, find_keys, forget_keys, list_keys, read_key, rotate_key
from workstead.blobs.service.leftovers import each_unused, forget_waiting, list_waiting
from workstead.blobs.service.model import (
    APPEND,
    ARTIFACTS,
    BLOCK,
    Account,
    Blob,
    Check,
    Container,
    Piece,
    Spot,
)
from workstead.blobs.service.reading import (
    Listing,
    Pieces,
    count_pieces,
    find_blob,
    get_blob,
    list_blobs,
    list_pieces,
    open_blob,
    read_pieces,
)
from workstead.blobs.service.sas import create_sas, sas_end
from workstead.blobs.service.writing import (
    Draft,
    append_block,
    commit_blocks,
    copy_blob,
    delete_blob,
    drop,
    forget_blobs,
    put_blob,
    put_block,
    refuse_taken,
    take_any,
    update_blob,
)

__all__ = [
    "APPEND",
    "ARTIFACTS",
    "BLOCK",
    "Account",
    "Blob",
    "Check",
    "Container",
    "Delegation",
    "Draft",
    "Listing",
    "Piece",
    "Pieces",
    "Spot",
    "append_block",
    "commit_blocks",
    "copy_blob",
    "count_pieces",
    "create_container",
    "create_datastore",
    "create_sas",
    "default_container",
    "delegate",
    "delete_blob",
    "delete_container",
    "delete_datastore",
    "drop",
    "each_unused",
    "ensure_keys",
    "find_blob",
    "find_delegated_key",
    "find_keys",
    "forget_waiting",
    "forget_workspace",
    "get_account",
    "get_blob",
    "get_container",
    "get_datastore",
    "list_blobs",
    "list_containers",
    "list_datastores",
    "list_keys",
    "list_pieces",
    "list_waiting",
    "open_blob",
    "put_blob",
    "put_block",
    "read_key",
    "read_pieces",
    "refuse_artifacts",
    "refuse_taken",
    "rotate_key",
    "sas_end",
    "set_container_metadata",
    "set_default_datastore",
    "take_any",
    "update_blob",
]


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete the rows of a workspace that is being removed; whether none are left."""
    account = Account(workspace_id, "")
    forget_blobs(conn, account)
    forget_datastores(conn, account)
    forget_keys(conn, account)
    return True
