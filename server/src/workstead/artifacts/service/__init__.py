"""What can be done with files and snapshots."""

from workstead.artifacts.service.batches import put_contents, put_files
from workstead.artifacts.service.blobs import find_blob, list_blobs
from workstead.artifacts.service.files import (
    delete_file,
    find_artifact,
    forget_workspace,
    get_artifact,
    guess_type,
    list_all,
    list_artifacts,
    list_containers,
    locate,
    put_file,
)
from workstead.artifacts.service.leftovers import (
    RunFiles,
    container_prefix,
    delete_unknown_blob,
    each_runs_files,
    each_unknown_blob,
    find_held,
    forget_container,
    forget_snapshots,
    list_old_snapshots,
)
from workstead.artifacts.service.names import check_container, check_path
from workstead.artifacts.service.snapshots import (
    create_snapshot,
    find_missing,
    get_snapshot,
    locate_content,
    put_content,
)
from workstead.artifacts.service.zips import Entry, zipped

__all__ = [
    "Entry",
    "RunFiles",
    "check_container",
    "check_path",
    "container_prefix",
    "create_snapshot",
    "delete_file",
    "delete_unknown_blob",
    "each_runs_files",
    "each_unknown_blob",
    "find_artifact",
    "find_blob",
    "find_held",
    "find_missing",
    "forget_container",
    "forget_snapshots",
    "forget_workspace",
    "get_artifact",
    "get_snapshot",
    "guess_type",
    "list_all",
    "list_artifacts",
    "list_blobs",
    "list_containers",
    "list_old_snapshots",
    "locate",
    "locate_content",
    "put_content",
    "put_contents",
    "put_file",
    "put_files",
    "zipped",
]
