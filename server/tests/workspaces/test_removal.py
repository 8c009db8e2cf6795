"""Deleting a workspace or a whole resource group: gone at once, and then nothing of it is left."""

from __future__ import annotations

import time
import uuid

import httpx
import pytest
import sqlalchemy as sa

import live
from workstead.app import FORGETTING
from workstead.foundation.db import metadata, parse_url
from workstead_wire import API
from workstead_wire.workspaces import WorkspacePath


@pytest.fixture
def filled(live_server: live.Live) -> WorkspacePath:
    """A workspace with a run and its child, metrics, a file, a snapshot, a model, a scorer and a data set."""
    path = live_server.make_workspace("doomed", f"g{uuid.uuid4().hex[:8]}")
    w = path.url.removeprefix(API)
    parent = live_server.call("POST", f"{w}/runs", {"id": str(uuid.uuid4()), "experiment": "e"})["id"]
    body = {"id": str(uuid.uuid4()), "experiment": "e", "parent_id": parent, "tags": {"a": "b"}}
    child = live_server.call("POST", f"{w}/runs", body)["id"]
    live_server.http.post(f"{path.url}/runs/{child}/metrics?source=s&first=0", content=b'["loss",0.5,0]')
    live_server.http.put(f"{path.url}/artifacts/ExperimentRun/dcid.{child}/outputs/a.txt", content=b"hello")
    live_server.http.put(f"{path.url}/artifacts/LocalUpload/x/b.txt", content=b"hello")
    model = {"name": "m", "origin": "ExperimentRun", "container": f"dcid.{child}", "path": "outputs/a.txt"}
    live_server.call("POST", f"{w}/models", model)
    live_server.call("POST", f"{w}/snapshots", {"files": {}})
    live_server.call("PUT", f"{w}/secrets/s", {"value": "x"})
    for what, asked in (
        ("scorers/register", {"experiment_id": "1", "name": "judge", "serialized_scorer": "{}"}),
        ("datasets/create", {"name": "questions", "experiment_ids": ["1"]}),
    ):
        live_server.http.post(f"/mlflow/v1.0{path.id}/api/3.0/mlflow/{what}", json=asked).raise_for_status()
    return path


def wait_until_cleared(server: live.Live, workspace_id: str) -> None:
    """Until no row of any table refers to the workspace."""
    engine = sa.create_engine(parse_url(server.database_url))
    deadline = time.monotonic() + 30
    left: dict[str, int] = {"all": 1}
    while left and time.monotonic() < deadline:
        time.sleep(0.1)
        with engine.connect() as conn:
            left = {
                table.name: count for table in metadata.tables.values() if (count := rows(conn, table, workspace_id))
            }
    engine.dispose()
    assert left == {}


def rows(conn: sa.Connection, table: sa.Table, workspace_id: str) -> int:
    """How many rows of the table are the workspace's."""
    column = table.c.id if table.name == "workspaces" else table.c.get("workspace_id")
    if column is None:
        return 0
    return conn.execute(sa.select(sa.func.count()).select_from(table).where(column == workspace_id)).scalar_one()


def test_a_deleted_workspace_is_gone_with_all_its_rows_and_bytes(live_server: live.Live, filled: WorkspacePath) -> None:
    made = live_server.call("GET", filled.url.removeprefix(API))
    account = live_server.home / "storage" / made["storage_account"]
    assert account.is_dir()
    live_server.call("DELETE", filled.url.removeprefix(API))
    assert live_server.http.get(filled.url).json()["error"]["code"] == "workspace_not_found"
    assert live_server.http.get(filled.url + "/runs").status_code == 404
    wait_until_cleared(live_server, made["workspace_id"])
    assert not account.exists()


def test_its_name_is_free_at_once_and_the_new_one_is_empty(live_server: live.Live, filled: WorkspacePath) -> None:
    w = filled.url.removeprefix(API)
    before = live_server.call("GET", w)
    live_server.call("DELETE", w)
    after = live_server.make_workspace("doomed", filled.resource_group)
    assert live_server.call("GET", w)["workspace_id"] != before["workspace_id"]
    assert live_server.call("GET", f"{w}/runs")["items"] == []
    wait_until_cleared(live_server, before["workspace_id"])
    assert live_server.call("GET", after.url.removeprefix(API))["name"] == "doomed"


def test_a_token_for_it_dies_with_it(live_server: live.Live, filled: WorkspacePath) -> None:
    secret = live_server.call("POST", "/access/tokens", {"name": "inside", "scope": filled.id})["secret"]
    holder = httpx.Client(
        base_url=live_server.url, headers={"Authorization": f"Bearer {secret}"}, trust_env=False
    )  # fmt: skip
    assert holder.get(filled.url).status_code == 200
    live_server.call("DELETE", filled.url.removeprefix(API))
    live_server.make_workspace("doomed", filled.resource_group)
    assert holder.get(filled.url).status_code == 401


def test_a_resource_group_goes_with_all_that_is_in_it(live_server: live.Live, filled: WorkspacePath) -> None:
    group = f"/subscriptions/{filled.subscription_id}/resourceGroups/{filled.resource_group}"
    live_server.make_workspace("second", filled.resource_group)
    ids = [item["workspace_id"] for item in live_server.call("GET", group + "/workspaces")["items"]]
    live_server.call("DELETE", group)
    assert live_server.http.get(API + group).json()["error"]["code"] == "resource_group_not_found"
    live_server.call("PUT", group, {"location": "eastus"})
    assert live_server.call("GET", group + "/resources")["items"] == []
    for workspace_id in ids:
        wait_until_cleared(live_server, workspace_id)


def test_only_owners_delete(live_server: live.Live, filled: WorkspacePath) -> None:
    asked = {"name": "c", "role": "Contributor"}
    secret = live_server.call("POST", "/access/tokens", asked)["secret"]
    reply = live_server.http.delete(filled.url, headers={"Authorization": f"Bearer {secret}"})
    assert reply.status_code == 403
    assert live_server.http.get(filled.url).status_code == 200


def test_every_room_that_refers_to_workspaces_forgets_them() -> None:
    """A room that does not would keep each deleted workspace from ever going."""
    refer = {
        table.name
        for table in metadata.tables.values()
        if any(key.target_fullname == "workspaces.id" for key in table.foreign_keys)
    }
    rooms = {module for module in map(room_of, refer) if module is not None}
    assert rooms <= {forget.__module__.split(".")[1] for forget in FORGETTING}


def room_of(table: str) -> str | None:
    """The room whose ``tables`` module holds the table."""
    import sys  # noqa: PLC0415

    for name, module in sys.modules.items():
        if name.startswith("workstead.") and name.endswith(".tables"):
            held = {item.name for item in vars(module).values() if isinstance(item, sa.Table)}
            if table in held and name.split(".")[1] != "workspaces":
                return name.split(".")[1]
    return None
