"""What can be done with files and snapshots."""

from workstead.artifacts.service.batches import put_contents, put_files
from workstead.artifacts.service.blobs import find_blob, find_blob_key, list_blobs
from workstead.artifacts.service.contents import drop_unheld
from workstead.artifacts.service.files import (
    Stored,
    delete_file,
    find_artifact,
    forget_workspace,
    get_artifact,
    get_stored,
    get_stored_at,
    guess_type,
    list_all,
    list_artifacts,
    list_containers,
    list_stored,
    locate,
    put_file,
)
from workstead.artifacts.service.leftovers import (
    Holding,
    RunFiles,
    each_runs_files,
    each_unknown_blob,
    find_held,
    find_holding,
    forget_container,
    forget_snapshots,
    list_old_snapshots,
)
from workstead.artifacts.service.names import check_container, check_path
from workstead.artifacts.service.snapshots import (
    create_snapshot,
    find_keys,
    find_missing,
    get_shelf,
    get_snapshot,
    put_content,
)
from workstead.artifacts.service.uploads import complete_upload, list_parts, put_part
from workstead.artifacts.service.zips import Entry, zipped

__all__ = [
    "Entry",
    "Holding",
    "RunFiles",
    "Stored",
    "check_container",
    "check_path",
    "complete_upload",
    "create_snapshot",
    "delete_file",
    "drop_unheld",
    "each_runs_files",
    "each_unknown_blob",
    "find_artifact",
    "find_blob",
    "find_blob_key",
    "find_held",
    "find_holding",
    "find_keys",
    "find_missing",
    "forget_container",
    "forget_snapshots",
    "forget_workspace",
    "get_artifact",
    "get_shelf",
    "get_snapshot",
    "get_stored",
    "get_stored_at",
    "guess_type",
    "list_all",
    "list_artifacts",
    "list_blobs",
    "list_containers",
    "list_old_snapshots",
    "list_parts",
    "list_stored",
    "locate",
    "put_content",
    "put_contents",
    "put_file",
    "put_files",
    "put_part",
    "zipped",
]
