"""The mirror against web servers of our own: order of sources, checks, one download for all."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from workstead.data.service import Mirror
from workstead.data.service.catalogue import KNOWN, Known, KnownFile, find_by_url
from workstead_wire.errors import DatasetNotFound, InvalidInput

CONTENT = b"a data set" * 1000
PACKED = gzip.compress(CONTENT)


class Web(ThreadingHTTPServer):
    """Answers each path with the bytes in ``files``; counts what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def catalogue(*urls: str) -> list[Known]:
    file = KnownFile(
        name="f.gz", size=len(PACKED), sha256=hashlib.sha256(PACKED).hexdigest(), content_size=len(CONTENT),
        content_sha256=hashlib.sha256(CONTENT).hexdigest(), urls=urls, member="package/f",
    )  # fmt: skip
    # No such package can be: npm refuses the name before it asks anybody.
    return [Known(name="set", title="", licence="", package="./nothing-here", files=(file,))]


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def flow(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_sources_are_tried_in_order_until_one_is_right(web: Web, tmp_path: Path) -> None:
    web.files = {
        "/other": gzip.compress(b"x"),
        "/raw": b"no gzip",
        "/bomb": gzip.compress(bytes(10_000_000)),
        "/good": gzip.compress(CONTENT, 1),
    }
    urls = [web.url(path) for path in ("/gone", "/other", "/raw", "/bomb", "/good", "/never")]
    # One host by six names, or its first failure would be remembered for all six.
    urls = [url.replace("127.0.0.1", f"127.0.0.{number + 1}") for number, url in enumerate(urls)]
    mirror = Mirror(tmp_path, catalogue(*urls))
    web6 = [ThreadingHTTPServer((f"127.0.0.{number}", web.server_port), _Handler) for number in range(2, 7)]
    for server in web6:
        server.files, server.asked = web.files, web.asked  # pyright: ignore[reportAttributeAccessIssue]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    path = await mirror.open(urls[0])
    for server in web6:
        server.shutdown()
        server.server_close()
    assert gzip.decompress(path.read_bytes()) == CONTENT
    assert web.asked == ["/gone", "/other", "/raw", "/bomb", "/good"]
    fetch = mirror.get("set").fetch
    assert fetch is not None
    assert not fetch.running
    assert "status 404" in fetch.failures[0]
    assert "SHA-256" in fetch.failures[1]
    assert "gzip" in fetch.failures[2]
    assert "SHA-256" in fetch.failures[3]
    assert names(tmp_path) == ["set"]


async def test_many_askers_one_download(web: Web, tmp_path: Path) -> None:
    web.files = {"/f.gz": PACKED}
    mirror = Mirror(tmp_path, catalogue(web.url("/f.gz")))
    paths = await asyncio.gather(*(mirror.open(web.url("/f.gz")) for _ in range(10)))
    assert len(set(paths)) == 1
    assert web.asked == ["/f.gz"]
    await mirror.fetch("set")
    assert web.asked == ["/f.gz"]


async def test_when_nothing_is_reachable_the_error_says_what_to_put_where(web: Web, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, catalogue(web.url("/f.gz")))
    with pytest.raises(DatasetNotFound, match=r"f\.gz in a folder and run `workstead datasets import`"):
        await mirror.fetch("set")
    with pytest.raises(DatasetNotFound, match="status 404"):
        await mirror.fetch("set")
    assert web.asked == ["/f.gz"], "a host that failed is not asked again at once"
    assert not mirror.get("set").files[0].present


async def test_import(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, catalogue())
    for wrong in (b"", b"no gzip", gzip.compress(b"x"), PACKED[:-5], b"x" * 30_000):
        with pytest.raises(InvalidInput, match=r"f\.gz"):
            await mirror.put("set", "f.gz", flow(wrong))
    assert not mirror.get("set").files[0].present
    for place, name in (("set", "../f.gz"), ("set", "g.gz"), ("../set", "f.gz")):
        with pytest.raises(DatasetNotFound):
            await mirror.put(place, name, flow(PACKED))
    done = await mirror.put("set", "f.gz", flow(gzip.compress(CONTENT, 1)))
    assert done.files[0].present


def test_mnist_is_known_by_all_its_addresses() -> None:
    name = "train-images-idx3-ubyte.gz"
    for base in (
        "http://yann.lecun.com/exdb/mnist/",
        "https://yann.lecun.com/exdb/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ):
        found = find_by_url(KNOWN, base + name)
        assert found is not None
        assert found[1].name == name
    assert find_by_url(KNOWN, "http://yann.lecun.com/exdb/mnist/other.gz") is None
    assert find_by_url(KNOWN, "http://example.com/exdb/mnist/" + name) is None
