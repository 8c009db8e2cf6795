"""Where webhooks may lead."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from pathlib import Path

import pytest

from receiver import receiving
from workstead.settings import Settings
from workstead.webhooks import posting
from workstead.webhooks.posting import ANSWER_MAX, Message, Poster, judge, open_poster
from workstead_wire.errors import Conflict, InvalidInput, Unavailable

NOBODYS = ["169.254.169.254", "169.254.1.1", "fe80::1", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"]  # noqa: S104
WRAPPED = ["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"]
PRIVATE = ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "fd12::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("address", NOBODYS + WRAPPED)
def test_nobody_gets_at_a_clouds_credentials(address: str) -> None:
    with pytest.raises(InvalidInput, match="no webhook may lead to"):
        judge(ipaddress.ip_address(address), private=True, encrypted=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_asked_for(address: str) -> None:
    judge(ipaddress.ip_address(address), private=True, encrypted=False)
    with pytest.raises(InvalidInput, match="WORKSTEAD_WEBHOOK_ADDRESSES=any"):
        judge(ipaddress.ip_address(address), private=False, encrypted=True)


def test_public_addresses_by_https_alone() -> None:
    judge(ipaddress.ip_address("8.8.8.8"), private=False, encrypted=True)
    with pytest.raises(InvalidInput, match="must begin with https"):
        judge(ipaddress.ip_address("8.8.8.8"), private=True, encrypted=False)


@pytest.mark.parametrize(
    ("word", "host", "private"),
    [
        ("auto", "127.0.0.1", True),
        ("auto", "0.0.0.0", False),  # noqa: S104 - not listened on
        ("any", "0.0.0.0", True),  # noqa: S104
        ("public", "127.0.0.1", False),
    ],
)
def test_the_default_looks_at_who_can_call_the_server(word: str, host: str, private: bool) -> None:  # noqa: FBT001
    assert open_poster(Settings(home=Path(), host=host, webhook_addresses=word)).private is private


def test_a_word_that_is_none() -> None:
    with pytest.raises(Conflict, match="it may be auto, public or any"):
        open_poster(Settings(home=Path(), webhook_addresses="all"))


def post(poster: Poster, url: str) -> str:
    async def once() -> str:
        try:
            return (await poster.post(url, Message({}, b"{}"))).body
        finally:
            await poster.close()

    return asyncio.run(once())


def test_a_name_is_judged_by_the_address_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    asked: list[str] = []

    def lead(host: str, *args: object, **kwargs: object) -> object:
        asked.append(str(host))
        return real("127.0.0.1" if host == "hook.example" else host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lead)
    with receiving() as receiver:
        url = f"hook.example:{receiver.port}/"
        assert post(Poster(private=True), f"http://{url}") == "heard"
        assert asked.count("hook.example") == 1, "a second look-up could lead elsewhere"
        with pytest.raises(InvalidInput, match="non-public"):
            post(Poster(private=False), f"https://{url}")
        assert len(receiver.got) == 1


def test_a_name_that_is_none_and_a_port_where_nobody_is() -> None:
    with pytest.raises(Unavailable, match="cannot be looked up"):
        post(Poster(private=True), "http://nobody.invalid/")
    with receiving() as receiver:
        port = receiver.port
    with pytest.raises(Unavailable, match="did not answer"):
        post(Poster(private=True), f"http://127.0.0.1:{port}/")


def test_a_resolver_that_does_not_answer_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_args: object, **_kwargs: object) -> object:
        over.wait(30)
        raise OSError

    monkeypatch.setattr(posting, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer"):
        post(Poster(private=True), "http://hook.example/")
    assert time.monotonic() - began < 5, "asyncio.run waits for its own pool, and so would a server that stops"
    over.set()


def test_an_endless_answer_is_cut() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + b"x" * (2 * ANSWER_MAX))
        await writer.drain()

    async def ask() -> int:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        poster = Poster(private=True)
        port = server.sockets[0].getsockname()[1]
        try:
            return len((await poster.post(f"http://127.0.0.1:{port}/", Message({}, b"{}"))).body)
        finally:
            await poster.close()
            server.close()

    assert asyncio.run(asyncio.wait_for(ask(), 10)) == ANSWER_MAX
