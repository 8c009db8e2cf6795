"""kill -9 of the server while batches come in: every file that it knows afterwards has its bytes."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time

import pytest

import live
from workstead_client import artifacts
from workstead_client.transport import Transport, iterate
from workstead_wire.errors import WorksteadError

FILES = 200


@pytest.mark.parametrize("pause_s", [0.1, *(pytest.param(pause, marks=pytest.mark.long) for pause in (0.02, 0.3, 0.7))])
def test_no_row_lacks_its_bytes(tmp_path, pause_s):
    source = [(f"{number}", tmp_path / f"{number}") for number in range(FILES)]
    for name, file in source:
        file.write_bytes(name.encode() * 500)
    server = live.start(tmp_path / "server")
    where = server.make_workspace("faults")
    acknowledged = []

    def upload(sender):
        http = Transport(server.url, server.token)
        with contextlib.suppress(WorksteadError):
            for turn in range(1_000):
                pairs = [(f"{sender}/{turn}/{name}", file) for name, file in source]
                artifacts.upload_batch(http, where, "LocalUpload", "box", pairs)
                acknowledged.append(f"{sender}/{turn}")

    senders = [threading.Thread(target=upload, args=(sender,)) for sender in range(2)]
    for sender in senders:
        sender.start()
    time.sleep(pause_s)
    server.kill()
    for sender in senders:
        sender.join()
    with live.running(tmp_path / "server") as again:
        http = Transport(again.url, again.token)
        rows = list(iterate(artifacts.list_artifacts, http, where, "LocalUpload", "box"))
        found = {}
        for row in rows:
            found.setdefault(row.path.rpartition("/")[0], []).append(row)
        assert all(len(batch) == FILES for batch in found.values())  # all of a batch or none
        assert set(acknowledged) <= set(found)
        account = again.http.get(where.url).json()["storage_account"]
        for row in rows:
            data = (again.home / "storage" / account / "contents" / row.sha256[:2] / row.sha256).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (row.size, row.sha256)
