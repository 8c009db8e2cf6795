"""The mirror's handler in ``urllib.request``, against a live server."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Dict, Optional

import pytest

import live

SDK = Path(__file__).parents[2] / "src"
ORIGIN = "http://yann.lecun.com/exdb/mnist/"
LABELS = "t10k-labels-idx1-ubyte.gz"


def script(text: str, env: Dict[str, str], home: Path) -> str:
    """What a fresh Python prints that began with the line of the instance's ``.pth`` file."""
    code = "import workstead_client.mirror\n" + textwrap.dedent(text)
    environ = live.clean_environ(home) | {"PYTHONPATH": str(SDK)} | env
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Iterator[live.Live]:
    """A server that has one file of MNIST, and no way to get the others."""
    home = tmp_path_factory.mktemp("mirror") / "home"
    no_npm = {"PATH": "/nonexistent", "UV_OFFLINE": "1", "UV_CACHE_DIR": str(home / "empty-cache")}
    with live.running(home, env=no_npm) as server:
        content = (test_data / "data/mnist" / LABELS).read_bytes()
        assert server.http.put(f"/api/v1/datasets/mnist/files/{LABELS}", content=content).is_success
        yield server


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_urlretrieve_works_unchanged(mirrored: live.Live, tmp_path: Path, test_data: Path, scheme: str) -> None:
    url = ORIGIN.replace("http", scheme) + LABELS
    said = script(
        f"""
        import urllib.request
        seen = []
        path, headers = urllib.request.urlretrieve({url!r}, filename={str(tmp_path / "f.gz")!r},
                                                   reporthook=lambda *step: seen.append(step))
        print(headers["Content-Length"], seen[-1][2])
        print(urllib.request.urlopen({url!r}).geturl())
        """,
        mirrored.environ(), tmp_path / "home",
    )  # fmt: skip
    content = (test_data / "data/mnist" / LABELS).read_bytes()
    assert (tmp_path / "f.gz").read_bytes() == content
    assert said.split() == [str(len(content)), str(len(content)), url]


def test_a_proxy_in_the_environment_does_not_matter(mirrored: live.Live, tmp_path: Path) -> None:
    env = mirrored.environ() | {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    code = f"""
        import urllib.request
        print(urllib.request.urlopen({ORIGIN + LABELS!r}).status)
    """
    assert script(code, env, tmp_path / "home") == "200\n"


def test_a_failure_is_an_http_error_with_our_sentence(mirrored: live.Live, tmp_path: Path) -> None:
    said = script(
        f"""
        import urllib.request, urllib.error
        try:
            urllib.request.urlretrieve({ORIGIN + "train-labels-idx1-ubyte.gz"!r})
        except urllib.error.HTTPError as error:
            print(error.code, error.reason)
        """,
        mirrored.environ(), tmp_path / "home",
    )  # fmt: skip
    assert said.startswith("404 the data set 'mnist' could not be fetched")
    assert "workstead datasets import" in said


def other_way(env: Dict[str, str], home: Path, address: str, before: Optional[str] = None) -> str:
    """How a request goes on that the mirror leaves alone: here it ends at a proxy that is not there."""
    code = f"""
        {before or ""}
        import urllib.request, urllib.error
        try:
            urllib.request.urlopen({address!r})
        except urllib.error.URLError as error:
            print(type(error).__name__, error.reason)
    """
    return script(code, env | {"http_proxy": "http://127.0.0.1:9"}, home)


def test_everything_else_goes_its_old_way(mirrored: live.Live, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for address in ("http://example.test/x", ORIGIN + "unknown.gz"):
        assert "refused" in other_way(mirrored.environ(), home, address)
    nobody = {"WORKSTEAD_URL": "http://127.0.0.1:9", "WORKSTEAD_TOKEN": "x"}
    assert "refused" in other_way(nobody, home, ORIGIN + LABELS)
    assert "refused" in other_way({}, home, ORIGIN + LABELS)


def test_openers_that_a_script_builds_have_it_too(mirrored: live.Live, tmp_path: Path) -> None:
    code = f"""
        from urllib.request import HTTPCookieProcessor, build_opener
        print(build_opener(HTTPCookieProcessor()).open({ORIGIN + LABELS!r}).status)
    """
    assert script(code, mirrored.environ(), tmp_path / "home") == "200\n"


def test_the_start_of_python_imports_nothing_more(tmp_path: Path) -> None:
    code = """
        import sys
        print(sorted(set(sys.modules) & {"urllib", "typing", "msgspec", "http", "json", "workstead_client.config"}))
        import urllib.request
        print(sum(type(finder).__name__ == "_Waiter" for finder in sys.meta_path))
    """
    assert script(code, {}, tmp_path / "home") == "[]\n0\n"


def test_urllib_imported_before(mirrored: live.Live, tmp_path: Path) -> None:
    env = live.clean_environ(tmp_path / "home") | {"PYTHONPATH": str(SDK)} | mirrored.environ()
    code = f"import urllib.request, workstead_client.mirror\nprint(urllib.request.urlopen({ORIGIN + LABELS!r}).status)"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "200\n", done.stderr
