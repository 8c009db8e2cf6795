"""The transport against a real server, and against answers that no server of ours gives."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import warnings

import pytest

from workstead_client import access, transport
from workstead_client.transport import CHUNK, Transport
from workstead_wire import API
from workstead_wire.access import Me
from workstead_wire.errors import NotFound, NotSignedIn, Unavailable, Unreachable, VersionMismatch

ABOUT = b'{"product":"workstead","version":"0.1.0","protocol":1}'


@contextlib.contextmanager
def answering(*answers: bytes):
    """A loopback address where each connection gets the next of these answers, then is cut."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        listener.close()


def reply(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    return "\r\n".join([*lines, *headers]).encode() + b"\r\n\r\n" + body


def test_errors_are_raised_as_the_server_raised_them(live_server):
    with pytest.raises(NotFound, match="nothing at this address"):
        Transport(live_server.url, live_server.token).request("GET", f"{API}/nowhere")
    with pytest.raises(NotSignedIn, match="workstead login"):
        access.get_me(Transport(live_server.url, "wst_wrong"))


@pytest.mark.parametrize(("ours", "side"), [(0, "newer"), (2, "older")])
def test_another_protocol_is_said_so(live_server, monkeypatch, ours, side):
    monkeypatch.setattr(transport, "PROTOCOL", ours)
    with pytest.raises(VersionMismatch, match=f"is {side} than this SDK .* speaks protocol 1, the SDK {ours}"):
        access.get_me(Transport(live_server.url, live_server.token))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"product":"other","version":"1","protocol":1}'])
def test_what_is_no_workstead_server_is_said_so_and_gets_no_token(body):
    with answering(reply(body)) as (url, asked), pytest.raises(VersionMismatch, match="is no Workstead server"):
        access.get_me(Transport(url, "wst_secret"))
    assert b"wst_secret" not in asked[0]


def test_a_proxy_without_its_server_is_no_foreign_server():
    gone = reply(b"<html>", "502 Bad Gateway")
    with answering(gone) as (url, _), pytest.raises(Unavailable, match="502"):
        Transport(url).request("POST", "/x")


def test_nobody_there_is_a_sentence():
    with pytest.raises(Unreachable, match=r"no server answers at http://127\.0\.0\.1:9 .*workstead up"):
        access.get_me(Transport("http://127.0.0.1:9", "wst_secret"))


def test_a_repeatable_call_is_sent_again():
    me = b'{"user":"owner","role":"Owner"}'
    with answering(reply(ABOUT), reply(b"", "503 Service Unavailable"), b"", reply(me)) as (url, asked):
        assert Transport(url).request("GET", f"{API}/access/me", type=Me).user == "owner"
    assert len(asked) == 4


def test_another_call_is_not_sent_again():
    with answering(reply(ABOUT), b"", reply(b"{}")) as (url, asked):
        with pytest.raises(Unreachable):
            Transport(url).request("POST", "/x")
        assert len(asked) == 2


def test_an_answer_that_breaks_off_is_a_sentence():
    half = reply(b'{"user"', length=100)
    with answering(reply(ABOUT), half) as (url, _), pytest.raises(Unreachable, match="broke off"):
        Transport(url).request("POST", f"{API}/access/me", type=Me)


def test_object_storage_that_is_out_of_reach_is_gone_around(tmp_path):
    away = reply(b"", "307 Temporary Redirect", "Location: http://127.0.0.1:9/signed")
    with answering(reply(ABOUT), away, reply(b"bytes")) as (url, asked):
        assert Transport(url).download("/f", tmp_path / "f") == len(b"bytes")
    assert [b"Workstead-Direct" in request for request in asked] == [False, True, False]


def test_object_storage_gets_no_token(tmp_path):
    with answering(reply(b"bytes")) as (store, at_store):
        away = reply(b"", "307 Temporary Redirect", f"Location: {store}/signed?sig=x")
        with answering(reply(ABOUT), away) as (url, _):
            assert Transport(url, "wst_secret").download("/f", tmp_path / "f") == len(b"bytes")
    assert b"wst_secret" not in at_store[0]


def test_a_download_goes_on_where_it_broke(tmp_path):
    data = os.urandom(3 * CHUNK)
    first = reply(data[: CHUNK + 10], "200 OK", 'ETag: "one"', length=len(data))
    rest = reply(data[CHUNK:], "206 Partial Content", f"Content-Range: bytes {CHUNK}-{len(data) - 1}/{len(data)}")
    with answering(reply(ABOUT), first, rest) as (url, asked):
        assert Transport(url).download("/f", tmp_path / "sub" / "f") == len(data)
    assert (tmp_path / "sub" / "f").read_bytes() == data
    assert f"Range: bytes={CHUNK}-".encode() in asked[2]
    assert b'If-Range: "one"\r\n' in asked[2]
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["f"]


def test_a_call_after_one_left_unread_gets_its_own_answer(live_server, tmp_path):
    http = Transport(live_server.url, live_server.token)

    def stop(_size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        http.download(f"{API}/openapi.json", tmp_path / "f", progress=stop)
    assert access.get_me(http).user == "owner"
    assert list(tmp_path.iterdir()) == []


def test_a_renewed_token_is_used(live_server):
    secrets = iter([live_server.token, "wst_wrong", live_server.token])
    http = Transport(live_server.url, lambda: next(secrets))
    access.get_me(http)
    with pytest.raises(NotSignedIn):
        access.get_me(http)
    access.get_me(http)


def test_a_forked_child_opens_a_connection_of_its_own(live_server):
    http = Transport(live_server.url, live_server.token)
    access.get_me(http)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            good = access.get_me(http).user == "owner"
        finally:
            os._exit(0 if good else 1)
    assert access.get_me(http).user == "owner"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
