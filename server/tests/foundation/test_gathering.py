"""Head and body of an answer arrive together, and large ones and ends arrive whole."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import live
from workstead.foundation.gathering import AT_MOST, Gathering


def test_an_answer_comes_in_one_piece(live_server: live.Live) -> None:
    place = urlsplit(live_server.url)
    assert place.hostname
    assert place.port
    with socket.create_connection((place.hostname, place.port)) as caller:
        for _ in range(30):
            caller.sendall(b"GET /api/v1/about HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head, _, body = caller.recv(65536).partition(b"\r\n\r\n")
            assert f"content-length: {len(body)}".encode() in head.lower()
            assert body.endswith(b"}")


class Recorder(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"closed")


async def test_writes_of_one_turn_are_one_and_none_is_lost() -> None:
    recorder = Recorder()
    gathering = Gathering(recorder, asyncio.get_running_loop())
    gathering.write(b"a")
    gathering.write(b"b")
    await asyncio.sleep(0)
    gathering.write(b"c")
    gathering.write(b"d" * AT_MOST)
    assert recorder.sent == [b"ab", b"c" + b"d" * AT_MOST]
    gathering.write(b"e")
    gathering.close()
    await asyncio.sleep(0)
    assert recorder.sent[2:] == [b"e", b"closed"]
