"""Data sets over HTTP, on a real server."""

from __future__ import annotations

from pathlib import Path

import live

ORIGIN = "http://yann.lecun.com/exdb/mnist/"


def test_import_and_read_through_the_mirror(tmp_path: Path, test_data: Path) -> None:
    with live.running(tmp_path / "home") as server:
        listed = server.call("GET", "/datasets")["items"]
        assert [item["name"] for item in listed] == ["mnist"]
        names = [file["name"] for file in listed[0]["files"]]
        for name in names:
            content = (test_data / "data/mnist" / name).read_bytes()
            reply = server.http.put(f"/api/v1/datasets/mnist/files/{name}", content=content)
            assert reply.is_success, reply.text
        assert all(file["present"] for file in server.call("GET", "/datasets/mnist")["files"])
        for name in names:
            got = server.http.get("/api/v1/mirror", params={"url": ORIGIN + name})
            assert got.content == (test_data / "data/mnist" / name).read_bytes()
            assert "content-encoding" not in got.headers
        assert server.call("POST", "/datasets/mnist/fetch")["fetch"] is None


def test_what_the_mirror_does_not_know(live_server: live.Live) -> None:
    unknown = live_server.http.get("/api/v1/mirror", params={"url": "http://169.254.169.254/latest"})
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "dataset_not_found"
    assert live_server.http.get("/api/v1/datasets/mnits").json()["error"]["message"].endswith("it knows mnist")
    wrong = live_server.http.put("/api/v1/datasets/mnist/files/t10k-labels-idx1-ubyte.gz", content=b"x")
    assert wrong.status_code == 400
    anonymous = live_server.http.get("/api/v1/datasets", headers={"Authorization": ""})
    assert anonymous.status_code == 401
