"""How fast files go up and down, small ones and a large one, against ``cp`` and fsync in the same run."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import make_parser, print_figures

import live
from workstead_wire.workspaces import WorkspacePath

UPLOADED = 1_000
SNAPSHOT = 2_000
TURNS = 5
LARGE_ONCE_MIB = 4096
"""Size from which the large file goes up and down once only."""


def make_folder(folder: Path, files: int) -> Path:
    """Files of some 2 KB each, twenty folders of them."""
    for number in range(files):
        place = folder / f"part{number % 20:02}" / f"{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(1000).hex().encode())
    return folder


def flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy(source: Path, target: Path) -> float:
    """Files a second of a copy whose every file and folder is flushed to the disk."""
    began = time.perf_counter()
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        flush(path)
    return UPLOADED / (time.perf_counter() - began)


def upload(run, source: Path, turn: int) -> float:
    """Files a second of ``run.upload_folder``."""
    began = time.perf_counter()
    run.upload_folder(f"turn{turn}", str(source))
    return UPLOADED / (time.perf_counter() - began)


def snapshot(run, source: Path) -> float:
    """Seconds of ``run.take_snapshot``."""
    began = time.perf_counter()
    run.take_snapshot(str(source))
    return time.perf_counter() - began


def large(run, server: live.Live, where: WorkspacePath, base: Path, mib: int) -> dict[str, float]:
    """MiB a second of one large file up and down, against ``cp`` and fsync; how the server's memory grows.

    They take turns, and a file of the same size is deleted just before each: a virtual machine is several times
    slower where it writes into memory that its host has not given it yet, or has taken back, and ``cp`` would meet
    that less often than the other two.
    """
    source, copied, back, spare = base / "large", base / "copied", base / "back", base / "spare"
    with source.open("wb") as stream:
        for _ in range(mib):
            stream.write(os.urandom(1 << 20))
    before = resident(server.process.pid)
    rates: dict[str, list[float]] = {"cp and fsync": [], "run.upload_file": [], "run.download_file": []}

    def take(name: str, act: Callable[[], object]) -> None:
        with spare.open("wb") as stream:
            for _ in range(mib):
                stream.write(bytes(1 << 20))
        flush(spare)
        spare.unlink()
        began = time.perf_counter()
        act()
        rates[name].append(mib / (time.perf_counter() - began))

    for turn in range(TURNS if mib < LARGE_ONCE_MIB else 1):
        with source.open("r+b") as stream:
            stream.write(os.urandom(64))  # contents that are there already would not be written again
        name = f"large{turn}"
        take("cp and fsync", lambda: (shutil.copyfile(source, copied), flush(copied)))
        take("run.upload_file", lambda name=name: run.upload_file(name, str(source)))
        take("run.download_file", lambda name=name: run.download_file(name, str(back)))
        container = f"{where.url}/artifacts/ExperimentRun/dcid.{run.id}"
        server.http.delete(f"{container}/{name}").raise_for_status()
        copied.unlink()
        back.unlink()
    figures = {f"MiB/s, {name}": statistics.median(taken) for name, taken in rates.items()}
    bare, up, down = figures.values()
    grown = peak(server.process.pid) - before
    return figures | {"upload / cp": up / bare, "download / cp": down / bare, "server's memory, MiB more": grown}


def resident(pid: int) -> float:
    """MiB of memory that a process has now."""
    return _memory(pid, "VmRSS")


def peak(pid: int) -> float:
    """MiB of memory that a process had at most."""
    return _memory(pid, "VmHWM")


def _memory(pid: int, name: str) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def measure(mib: int) -> dict[str, float]:
    """All figures, on a server of their own; uploads and copies are taken in turns so that other load falls on both."""
    with tempfile.TemporaryDirectory() as name, live.running(Path(name) / "server") as server:
        base = Path(name)
        os.environ.update(server.environ(), WORKSTEAD_HOME=str(base / "client"))
        from azureml.core import Experiment, Workspace

        where = server.make_workspace("bench")
        ws = Workspace.get(where.workspace, subscription_id=where.subscription_id, resource_group=where.resource_group)
        run = Experiment(ws, "bench").start_logging(snapshot_directory=None)
        source = make_folder(base / "source", UPLOADED)
        pairs = [(copy(source, base / f"copy{turn}"), upload(run, source, turn)) for turn in range(TURNS)]
        code = make_folder(base / "code", SNAPSHOT)
        first, second = snapshot(run, code), snapshot(run, code)
        big = large(run, server, where, base, mib)
        run.complete()
    return big | {
        "files/s, run.upload_folder of 1,000": statistics.median(up for _, up in pairs),
        "files/s, cp -r and fsync of the same": statistics.median(bare for bare, _ in pairs),
        "snapshot of 2,000 new files, s": first,
        "snapshot of the same again, s": second,
    }


def main() -> None:
    """Print the figures, as a table or as JSON."""
    parser = make_parser(__doc__)
    parser.add_argument("--mib", type=int, default=512, help="size of the large file; 10240 for the record")
    asked = parser.parse_args()
    print_figures(measure(asked.mib), as_json=asked.json)


if __name__ == "__main__":
    main()
