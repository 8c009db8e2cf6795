"""The spool: everything arrives once, in order, whatever happens between."""

from __future__ import annotations

import os
import threading
import uuid
import warnings

import pytest

from workstead_client import runs
from workstead_client.segment import Segment
from workstead_client.spool import Spool
from workstead_client.sync import sync
from workstead_client.transport import Transport
from workstead_wire.errors import NotSignedIn, RunNotFound, Unreachable
from workstead_wire.runs import RunCreate, StatusChange


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path / "client"))
    return tmp_path / "client"


@pytest.fixture
def http(live_server):
    return Transport(live_server.url, live_server.token)


@pytest.fixture
def run_id(http, workspace):
    return runs.create_run(http, workspace, RunCreate(id=str(uuid.uuid4()), experiment="spool")).id


def refuse(value):
    raise TypeError(value)


def values(http, workspace, run_id, name="loss"):
    return runs.read_series(http, workspace, run_id, name).values[name]


def files(home):
    return [path for path in home.rglob("*") if path.is_file()]


def end(http, workspace, run_id, status="Completed"):
    change = StatusChange(status=status)
    return change, lambda: runs.change_status(http, workspace, run_id, change)


def test_points_arrive_in_order_and_leave_no_file(http, workspace, run_id, home):
    spool = Spool(http, workspace, run_id, refuse)
    for number in range(5000):
        spool.log("loss", number, None, "scalar")
    assert spool.finish(*end(http, workspace, run_id)).status == "Completed"
    assert values(http, workspace, run_id) == list(range(5000))
    assert files(home) == []


def test_a_point_appears_without_a_flush(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, refuse)
    spool.log("loss", 1, None, "scalar")
    deadline = threading.Event()
    for _ in range(100):
        if runs.list_metrics(http, workspace, run_id).items:
            break
        deadline.wait(0.1)
    assert values(http, workspace, run_id) == [1]
    spool.close()


def test_log_after_the_end_begins_a_new_file(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, refuse)
    log = spool.log
    log("loss", 1, None, "scalar")
    spool.finish(*end(http, workspace, run_id))
    log("loss", 2, None, "scalar")
    spool.flush()
    spool.close()
    assert values(http, workspace, run_id) == [1, 2]


def test_threads_log_side_by_side(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, refuse)

    def work(name):
        for number in range(1000):
            spool.log(name, number, None, "scalar")

    threads = [threading.Thread(target=work, args=(f"m{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.finish(*end(http, workspace, run_id))
    for index in range(8):
        assert values(http, workspace, run_id, f"m{index}") == list(range(1000))


def test_a_forked_child_has_a_file_of_its_own(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, refuse)
    spool.log("parent", 1, None, "scalar")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process with threads: that is what is tried
        child = os.fork()
    if child == 0:
        try:
            spool.log("child", 2, None, "scalar")
            spool.flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    spool.log("parent", 3, None, "scalar")
    spool.finish(*end(http, workspace, run_id))
    assert sync(lambda _: http, lambda _: None) == 0
    assert values(http, workspace, run_id, "child") == [2]
    assert values(http, workspace, run_id, "parent") == [1, 3]


def test_sending_twice_doubles_nothing(http, workspace, run_id, home):
    spool = Spool(http, workspace, run_id, refuse)
    for number in range(100):
        spool.log("loss", number, None, "scalar")
    spool.flush()
    (file,) = files(home)
    copy = file.with_name("copy.jsonl")
    copy.write_bytes(file.read_bytes())
    spool.close()
    assert sync(lambda _: http, lambda _: None) == 0
    assert values(http, workspace, run_id) == list(range(100))
    assert files(home) == []


def test_a_torn_last_line_is_dropped_and_the_rest_sent(http, workspace, run_id, home):
    segment = Segment.create(home / "spool" / run_id, http.url, workspace, run_id)
    os.write(segment.descriptor, b'["loss",1,1767225600000]\n["loss",2,1767225600000]\n["loss",3,17672')
    os.close(segment.descriptor)
    assert sync(lambda _: http, lambda _: None) == 0
    assert values(http, workspace, run_id) == [1, 2]
    assert files(home) == []


def test_a_line_longer_than_a_batch_is_sent_whole(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, refuse)
    long = ["x" * 1000] * 3000
    spool.log("words", long, None, "list")
    spool.log("loss", 1, None, "scalar")
    spool.finish(*end(http, workspace, run_id))
    assert values(http, workspace, run_id, "words") == long
    assert values(http, workspace, run_id) == [1]


def test_with_no_server_everything_waits_for_sync(http, workspace, run_id, home):
    gone = Transport("http://127.0.0.1:9", http.token)
    spool = Spool(gone, workspace, run_id, refuse)
    for number in range(10):
        spool.log("loss", number, None, "scalar")
    change, _ = end(http, workspace, run_id, "Failed")
    with pytest.raises(Unreachable, match=r"10 logged points wait in .*workstead sync"):
        spool.finish(change, lambda: None, timeout_s=0.1)
    spool.close()
    assert sync(lambda _: http, lambda _: None) == 0
    assert values(http, workspace, run_id) == list(range(10))
    assert runs.get_run(http, workspace, run_id).status == "Failed"
    assert files(home) == []


def test_an_ending_alone_waits_for_sync_too(http, workspace, run_id, home):
    spool = Spool(Transport("http://127.0.0.1:9", http.token), workspace, run_id, refuse)
    change, _ = end(http, workspace, run_id, "Completed")

    def send():
        raise Unreachable("no server answers")

    with pytest.raises(Unreachable, match=r"the status Completed waits in .*workstead sync"):
        spool.finish(change, send, timeout_s=0.1)
    spool.close()
    assert sync(lambda _: http, lambda _: None) == 0
    assert runs.get_run(http, workspace, run_id).status == "Completed"
    assert files(home) == []


def test_the_token_is_in_no_file(http, workspace, run_id, home):
    spool = Spool(http, workspace, run_id, refuse)
    spool.log("loss", 1, None, "scalar")
    assert all(http.token.encode() not in file.read_bytes() for file in files(home))
    assert all(file.stat().st_mode & 0o077 == 0 for file in files(home))
    spool.close()


@pytest.mark.parametrize(("token", "run", "error"), [("wst_wrong", None, NotSignedIn), (None, "none", RunNotFound)])
def test_a_refusal_that_waiting_does_not_change_is_told_at_once(http, workspace, run_id, token, run, error):
    other = Transport(http.url, token or http.token)
    spool = Spool(other, workspace, run or run_id, refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        spool.log("loss", 1, None, "scalar")
        with pytest.raises(error, match="1 logged points wait"):
            spool.flush(timeout_s=30)
        spool.close()


def test_a_value_that_is_none_of_ours_is_the_callers_error(http, workspace, run_id):
    spool = Spool(http, workspace, run_id, refuse)
    with pytest.raises(TypeError):
        spool.log("loss", object(), None, "scalar")
    spool.close()
