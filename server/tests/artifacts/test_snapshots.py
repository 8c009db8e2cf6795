"""Snapshots over HTTP, on a real server."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import live
from workstead_wire.workspaces import WorkspacePath

FILES = {"train.py": b"print(1)", "lib/ü.py": b"", "lib/same.py": b"print(1)"}


def listing(files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "files": {
            path: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
            for path, content in files.items()
        }
    }


def send(server: live.Live, where: WorkspacePath, files: dict[str, bytes]) -> None:
    for content in files.values():
        digest = hashlib.sha256(content).hexdigest()
        reply = server.http.put(f"{where.url}/snapshots/contents/{digest}", content=content)
        assert reply.is_success, reply.text


def test_round_trip(live_server: live.Live, workspace: WorkspacePath) -> None:
    hashes = [hashlib.sha256(content).hexdigest() for content in FILES.values()]
    missing_url = f"{workspace.url}/snapshots/missing"
    missing = live_server.http.post(missing_url, json={"sha256": hashes}).json()["sha256"]
    assert missing == hashes[:2]
    send(live_server, workspace, FILES)
    assert live_server.http.post(missing_url, json={"sha256": hashes}).json()["sha256"] == []
    made = live_server.http.post(f"{workspace.url}/snapshots", json=listing(FILES)).json()
    again = live_server.http.post(f"{workspace.url}/snapshots", json=listing(FILES)).json()
    assert again == made
    url = f"{workspace.url}/snapshots/{made['id']}"
    assert live_server.http.get(url).json() == made
    for path, content in FILES.items():
        assert live_server.http.get(f"{url}/files/{quote(path)}").content == content
    with zipfile.ZipFile(io.BytesIO(live_server.http.get(f"{url}/zip").content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_other_contents_have_another_id(live_server: live.Live, workspace: WorkspacePath) -> None:
    send(live_server, workspace, FILES)
    first = live_server.http.post(f"{workspace.url}/snapshots", json=listing(FILES)).json()
    fewer = {"train.py": FILES["train.py"]}
    second = live_server.http.post(f"{workspace.url}/snapshots", json=listing(fewer)).json()
    assert first["id"] != second["id"]


def test_refusals_name_what_is_wrong(live_server: live.Live, workspace: WorkspacePath) -> None:
    url = f"{workspace.url}/snapshots"
    unsent = live_server.http.post(url, json=listing({"a.py": b"never sent"}))
    assert unsent.status_code == 400
    assert "a.py" in unsent.json()["error"]["message"]
    escape = live_server.http.post(url, json=listing({"../a.py": b""}))
    assert escape.status_code == 400
    wrong = live_server.http.put(f"{url}/contents/{'0' * 64}", content=b"x")
    assert wrong.status_code == 400
    send(live_server, workspace, FILES)
    lying = listing(FILES)
    lying["files"]["train.py"]["size"] = 1
    assert live_server.http.post(url, json=lying).status_code == 400
    unknown = live_server.http.get(f"{url}/nothing").json()["error"]
    assert unknown["code"] == "snapshot_not_found"


def test_limits_name_the_largest_culprits(tmp_path: Path) -> None:
    limits = {"WORKSTEAD_SNAPSHOT_MAX_BYTES": "1000000", "WORKSTEAD_SNAPSHOT_MAX_FILES": "5"}
    with live.running(tmp_path / "home", env=limits) as server:
        where = server.make_workspace("limits")
        url = f"{where.url}/snapshots"
        large = server.http.post(url, json=listing({"data/big.bin": b"x" * 2_000_000, "a.py": b"x"}))
        assert large.status_code == 413
        assert "data/big.bin (1.9 MiB)" in large.json()["error"]["message"]
        many = server.http.post(url, json=listing({f"node_modules/{n}": b"" for n in range(9)}))
        assert many.status_code == 413
        assert "node_modules/ (9 files)" in many.json()["error"]["message"]
        assert ".amlignore" in many.json()["error"]["message"]
        content = b"x" * 1_000_001
        digest = hashlib.sha256(content).hexdigest()
        assert server.http.put(f"{url}/contents/{digest}", content=content).status_code == 413
