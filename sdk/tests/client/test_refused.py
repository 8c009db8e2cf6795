"""Points that the server refuses for good: they are set aside, and hold up nothing that was logged after them."""

from __future__ import annotations

import os
import uuid
import warnings

import numpy as np
import pytest

from workstead_client import runs
from workstead_client.segment import Segment
from workstead_client.spool import Spool
from workstead_client.sync import sync
from workstead_client.transport import Transport
from workstead_wire.runs import RunCreate, StatusChange

BAD = b'["",1,1767225600000]\n'


def good(number: int) -> bytes:
    return b'["loss",%d,1767225600000]\n' % number


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path / "client"))
    return tmp_path / "client"


@pytest.fixture
def http(live_server):
    return Transport(live_server.url, live_server.token)


@pytest.fixture
def run_id(http, workspace):
    return runs.create_run(http, workspace, RunCreate(id=str(uuid.uuid4()), experiment="refused")).id


def losses(http, workspace, run_id):
    return runs.read_series(http, workspace, run_id, "loss").values["loss"]


def test_a_refused_point_holds_up_nothing(http, workspace, run_id, home):
    spool = Spool(http, workspace, run_id, str)
    for number in range(1000):
        spool.log("loss", number, None, "scalar")
        if number in (0, 400, 999):
            spool.log("", number, None, "scalar")
    with pytest.warns(RuntimeWarning, match="refused a logged point"):
        done = spool.finish(
            StatusChange(status="Completed"),
            lambda: runs.change_status(http, workspace, run_id, StatusChange(status="Completed")),
        )
    assert done.status == "Completed"
    assert losses(http, workspace, run_id) == list(range(1000))
    (kept,) = [path for path in home.rglob("*") if path.is_file()]
    assert kept.suffix == ".refused"
    assert kept.read_bytes().count(b"\n") == 3


@pytest.mark.parametrize("broken_after", [0, 1, 3, 5, 7, 8])
def test_sync_goes_on_where_a_killed_process_stopped(http, workspace, run_id, home, broken_after):
    """Whatever number of batches went out before the kill, each good point arrives once."""
    segment = Segment.create(home / "spool" / run_id, http.url, workspace, run_id)
    lines = [good(0), BAD, good(1), good(2), BAD, BAD, good(3)]
    os.write(segment.descriptor, b"".join(lines))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for _ in range(broken_after):
            segment.send_chunk(http)
        os.close(segment.descriptor)
        assert sync(lambda _: http, lambda _: None) == 0
    assert losses(http, workspace, run_id) == [0, 1, 2, 3]


def test_a_torn_line_between_others_is_set_aside(http, workspace, run_id, home):
    segment = Segment.create(home / "spool" / run_id, http.url, workspace, run_id)
    os.write(segment.descriptor, good(0) + b'["loss",1,17' + good(2) + good(3))
    os.close(segment.descriptor)
    with pytest.warns(RuntimeWarning, match="refused"):
        assert sync(lambda _: http, lambda _: None) == 0
    assert losses(http, workspace, run_id) == [0, 3]


def test_steps_may_be_numpys_and_whole_floats(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, str)
    spool.log("loss", 1, np.int64(3), "scalar")
    spool.log("loss", 2, 4.0, "scalar")
    with pytest.raises(TypeError, match=r"1\.5, but must be a whole number"):
        spool.log("loss", 3, 1.5, "scalar")
    spool.flush()
    spool.close()
    assert runs.read_series(http, workspace, run_id, "loss").step == [3, 4]
