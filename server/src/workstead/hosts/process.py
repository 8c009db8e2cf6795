"""Host kind ``process``: an instance is a folder in the home and a Jupyter of its own as a child process.

::

    <home>/instances/<workspace GUID>/<name>/
      files/   what the user sees          env/     the kernel's environment
      logs/    jupyter.log, environment.log jupyter/ Jupyter's settings and further kernels
      client/  the SDK's home: address, token, spool
      environments/<name>/  further environments
      run/     socket, and process.json with process id and secret

Everything is of mode 700. Jupyter listens on a unix socket and asks for a secret on top.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workstead.foundation.home import write_private
from workstead.hosts.base import LOG_BYTES, Door, Identity, Made, Packages, Place, Progress, identity_key
from workstead.hosts.environments import (
    KERNEL_ID,
    base_environment,
    make_environment,
    make_jupyter,
    make_kernel,
    register_r,
    update_sdk,
)
from workstead.hosts.limits import bind_cores, choose_cores, describe_limits, find_cores, find_limits
from workstead.hosts.processes import MARK, end_process, kill_marked, started_at
from workstead.hosts.programs import find_programs, has_r_kernel, vs_code_server
from workstead.hosts.sandbox import is_shut, shut_in
from workstead.settings import Settings
from workstead_wire.compute import LogName
from workstead_wire.errors import InvalidInput, Unavailable
from workstead_wire.workspaces import WorkspacePath

READY_S = 60
"""How long Jupyter may take to answer."""
STOP_S = 10
TOKEN_BYTES = 4096
SOCKET_PATH_MAX = 100
"""The system takes about 104 bytes; deeper homes get a socket in the folder for temporary files."""
_WAIT = ("sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh")
"""Begins a command line that goes on when it is told to: what it starts then is within its limits from the first."""
FOLDERS = ("files", "logs", "run", "client", "jupyter", "environments")


class Process(msgspec.Struct, frozen=True):
    """What ``run/process.json`` keeps of the Jupyter that was started."""

    pid: int
    started: str
    socket: str
    secret: str


def open_host(settings: Settings) -> ProcessHost:
    """The host of this home."""
    return ProcessHost(settings.home, shut=is_shut(settings.instance_sandbox))


class ProcessHost:
    """Runs each instance as a child process that outlives the server; with ``shut`` behind bubblewrap."""

    def __init__(self, home: Path, *, shut: bool = False) -> None:
        self._home = home
        self._cache = home / "cache"
        self._shut = shut
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._doors: dict[str, tuple[Process, Door]] = {}

    async def create(self, place: Place, progress: Progress) -> Made:
        """Folder, kernel environment and Jupyter's environment; the two environments at the same time."""
        async with progress.step("Make folder"):
            _make_folders(place)
        log = place.folder / "logs" / "environment.log"
        async with asyncio.TaskGroup() as group:
            kernel = group.create_task(make_kernel(place.folder / "env", self._cache, log, progress))
            group.create_task(make_jupyter(self._cache, log, progress))
        for more in await asyncio.to_thread(_list_environments, place):
            await update_sdk(more, self._cache, log, progress)
        limits = await asyncio.to_thread(find_limits)
        if await asyncio.to_thread(has_r_kernel):
            register_r(_kernels(place))
        return Made(
            kernel=kernel.result(),
            note=describe_limits(limits.kind, place.size),
            enforced_by=limits.kind,
            programs=find_programs(),
        )

    async def start(self, place: Place, identity: Identity, progress: Progress) -> None:
        """Start Jupyter in a session of its own."""
        if await self.look(place):
            await self.renew(place, identity)
            return
        await self.stop(place)
        await self.renew(place, identity)
        jupyter = await make_jupyter(self._cache, place.folder / "logs" / "environment.log", progress)
        async with progress.step("Start Jupyter"):
            spawning = asyncio.ensure_future(asyncio.to_thread(self._spawn, place, identity.url, jupyter))
            try:
                await self._answering(place, await asyncio.shield(spawning))
            except BaseException:
                await asyncio.wait([spawning])  # given up or not, what was begun must be known before it can be ended
                await self.stop(place)
                raise

    async def stop(self, place: Place) -> None:
        """End Jupyter, which ends its kernels, and then whatever of the instance is left."""
        process = _read_process(place)
        if process is not None:
            await end_process(process.pid, process.started, STOP_S)
            self._reap(process.pid)
        await asyncio.to_thread(_sweep, place, process)
        find_limits().release(place.id)
        self._doors.pop(place.id, None)

    async def delete(self, place: Place, *, keep_files: bool) -> None:
        """Remove the folder; with ``keep_files`` all but ``files``."""
        if not keep_files:
            await asyncio.to_thread(shutil.rmtree, place.folder, ignore_errors=True)
            return
        for name in (*FOLDERS, "env"):
            if name != "files":
                await asyncio.to_thread(shutil.rmtree, place.folder / name, ignore_errors=True)

    async def renew(self, place: Place, identity: Identity) -> None:
        """Write the token's file, and ``server.json``, from which running kernels learn that the server has moved."""
        client = place.folder / "client"
        address = msgspec.json.encode({"url": identity.url}).decode()
        await asyncio.to_thread(write_private, client / "server.json", address + "\n")
        await asyncio.to_thread(write_private, client / "token", identity.token + "\n")

    async def read_token(self, place: Place) -> str | None:
        """The token's file."""
        file = place.folder / "client" / "token"
        return (await asyncio.to_thread(_read_end, file, TOKEN_BYTES)).decode().strip() or None

    async def look(self, place: Place) -> bool:
        """Whether the process that ``run/process.json`` names runs."""
        process = _read_process(place)
        if process is None:
            return False
        self._reap(process.pid)
        return started_at(process.pid) == process.started

    async def explain(self, place: Place) -> str:
        """The last line of Jupyter's log."""
        log = place.folder / "logs" / "jupyter.log"
        lines = log.read_text(errors="replace").split("\n") if log.exists() else []
        last = next((line for line in reversed(lines) if line.strip()), "its log is empty")
        return f"Jupyter ended by itself; the last words in {log.name}: {last.strip()[:300]}"

    async def read_log(self, place: Place, name: LogName) -> bytes:
        """The end of a file in ``logs``; one byte more than is shown tells that there is more."""
        return await asyncio.to_thread(_read_end, place.folder / "logs" / f"{name}.log", LOG_BYTES + 1)

    async def make_environment(self, place: Place, packages: Packages, progress: Progress) -> None:
        """Make ``environments/<name>`` and its kernel."""
        if packages.name == KERNEL_ID:
            raise InvalidInput(f"{packages.name!r} is the instance's first environment, which is there already")
        await asyncio.to_thread(_make_folders, place)
        env, log = place.folder / "environments" / packages.name, place.folder / "logs" / "environment.log"
        await make_environment(env, _kernels(place) / packages.name, packages, self._cache, log, progress)

    async def delete_environment(self, place: Place, name: str) -> None:
        """Remove the kernel first, so that nobody chooses it meanwhile."""
        for folder in (_kernels(place) / name, place.folder / "environments" / name):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def find_door(self, place: Place) -> Door | None:
        """Socket and secret, remembered until ``stop``."""
        known = self._doors.get(place.id)
        if known is None:
            process = _read_process(place)
            if process is None:
                return None
            known = self._doors[place.id] = (process, Door(socket=process.socket, secret=process.secret))
        return known[1]

    def _spawn(self, place: Place, url: str, jupyter: Path) -> Process:
        limits, socket, secret = find_limits(), _socket_path(place), secrets.token_urlsafe(32)
        Path(socket).unlink(missing_ok=True)
        _configure(place, socket, secret)
        _copy_authority(self._home, place)
        log = place.folder / "logs" / "jupyter.log"
        if log.exists():
            log.replace(log.with_name("jupyter.log.1"))
        with log.open("wb") as stream:
            command = [str(jupyter / "bin" / "python"), "-m", "jupyter_server"]
            if self._shut:
                own, files = [place.folder, Path(socket).parent], place.folder / "files"
                command = shut_in(command, self._home, own, into=files)
            child = subprocess.Popen(
                [*_WAIT, *limits.wrap(place.size, command)],
                cwd=place.folder / "files", env=_environment(place, url, secret, jupyter) | limits.environment(),
                stdin=subprocess.PIPE, stdout=stream, stderr=stream,
                start_new_session=True,  # the server's end, or its Ctrl-C, is not the instance's
            )  # fmt: skip
        self._children[child.pid] = child
        limits.hold(child.pid, place.id, place.size)
        bind_cores(child.pid, choose_cores(place.size.cores, _cores_in_use(place)))
        process = Process(pid=child.pid, started=started_at(child.pid) or "", socket=socket, secret=secret)
        write_private(place.folder / "run" / "process.json", msgspec.json.encode(process).decode())
        _let_go(child)
        return process

    async def _answering(self, place: Place, process: Process) -> None:
        try:
            async with asyncio.timeout(READY_S):
                while not await _answers(process):
                    if not await self.look(place):
                        raise Unavailable(await self.explain(place))
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise Unavailable(f"Jupyter did not answer within {READY_S} s; see logs/jupyter.log") from None

    def _reap(self, pid: int) -> None:
        child = self._children.get(pid)
        if child is not None and child.poll() is not None:
            del self._children[pid]


def _let_go(child: subprocess.Popen[bytes]) -> None:
    """Let a command line that waits go on."""
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError), child.stdin as stream:
            stream.write(b"\n")


def _make_folders(place: Place) -> None:
    for folder in (place.folder.parent.parent, place.folder.parent, place.folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (place.folder / name).mkdir(mode=0o700, exist_ok=True)
    where = WorkspacePath.parse(place.workspace)
    config = {
        "subscription_id": where.subscription_id,
        "resource_group": where.resource_group,
        "workspace_name": where.workspace,
    }
    azureml = place.folder / "files" / ".azureml"
    azureml.mkdir(exist_ok=True)
    (azureml / "config.json").write_bytes(msgspec.json.format(msgspec.json.encode(config)) + b"\n")


def _sweep(place: Place, process: Process | None) -> None:
    """End what is left of an instance whose Jupyter has ended, and forget its secrets."""
    kill_marked(place.id)
    if process is not None:
        Path(process.socket).unlink(missing_ok=True)
    (place.folder / "run" / "process.json").unlink(missing_ok=True)
    (place.folder / "client" / "token").unlink(missing_ok=True)


def _read_process(place: Place) -> Process | None:
    return _read_file(place.folder / "run" / "process.json")


def _read_file(file: Path) -> Process | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Process)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _socket_path(place: Place) -> str:
    socket = str(place.folder / "run" / "jupyter.sock")
    if len(socket.encode()) <= SOCKET_PATH_MAX:
        return socket
    short = Path(tempfile.gettempdir()) / f"workstead-{os.getuid()}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid() or short.is_symlink() or short.stat().st_mode & 0o077:
        raise Unavailable(f"{str(short)!r} is not private to this user; set WORKSTEAD_HOME to a shorter path")
    own = short / hashlib.sha256(socket.encode()).hexdigest()[:24]
    own.mkdir(mode=0o700, exist_ok=True)
    return str(own / "s")


def _configure(place: Place, socket: str, secret: str) -> None:
    silence = {"check_for_updates_class": "jupyterlab.NeverCheckForUpdate", "news_url": None}
    config = {
        "IdentityProvider": {"token": secret},
        "KernelSpecManager": {"ensure_native_kernel": False},
        "MultiKernelManager": {"default_kernel_name": KERNEL_ID},
        "ServerApp": {
            "sock": socket,
            "sock_mode": "0600",
            "root_dir": str(place.folder / "files"),
            "open_browser": False,
            "default_url": "/lab",
            "allow_root": True,
            # Who reaches the socket has passed our proxy, which checks Host and Origin.
            "allow_remote_access": True,
            "base_url": "/",
        },
        "LabApp": {"extension_manager": "readonly", **silence},
        "JupyterNotebookApp": silence,
        "ServerProxy": {"servers": {"vscode": vs_code_server(place.folder / "jupyter" / "vscode")}},
    }
    (place.folder / "jupyter" / "config").mkdir(mode=0o700, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(config)).decode()
    write_private(place.folder / "jupyter" / "config" / "jupyter_server_config.json", text)


def _copy_authority(home: Path, place: Place) -> None:
    """Lay the authority of the server's certificate where the instance may read it."""
    authority = home / "tls" / "ca.pem"
    if authority.exists():
        shutil.copyfile(authority, place.folder / "client" / "ca.pem")


def _environment(place: Place, url: str, secret: str, jupyter: Path) -> dict[str, str]:
    """What Jupyter, its kernels and terminals see. Secrets and what changes while they run is in files, not here.

    All but one, which clients of Azure look for here: it is good for the instance's token, as long as Jupyter runs.
    """
    env, client = place.folder / "env", place.folder / "client"
    base = base_environment()
    return base | {
        "PATH": os.pathsep.join([str(env / "bin"), str(jupyter / "bin"), base["PATH"]]),
        "VIRTUAL_ENV": str(env),
        "JUPYTER_CONFIG_DIR": str(place.folder / "jupyter" / "config"),
        "JUPYTER_DATA_DIR": str(place.folder / "jupyter" / "data"),
        "JUPYTER_RUNTIME_DIR": str(place.folder / "run" / "jupyter"),
        "JUPYTER_PATH": str(env / "share" / "jupyter"),
        "WORKSTEAD_HOME": str(client),
        "WORKSTEAD_TOKEN_FILE": str(client / "token"),
        "WORKSTEAD_WORKSPACE": place.workspace,
        "WORKSTEAD_COMPUTE": place.name,
        # For unmodified MLflow; the SDK brings the provider, which signs each request with the token of the moment.
        "MLFLOW_TRACKING_URI": f"{url}/mlflow/v1.0{place.workspace}",
        "MLFLOW_TRACKING_AUTH": "workstead",
        # For Azure's clients, as App Service has them: the server answers with the token of the moment.
        "IDENTITY_ENDPOINT": f"{url}/identity/token",
        "IDENTITY_HEADER": f"{place.id}.{identity_key(secret)}",
        "WORKSTEAD_CA_FILE": str(client / "ca.pem"),
        MARK: place.id,
    }


async def _answers(process: Process) -> bool:
    """Whether Jupyter answers a request already."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_unix_connection(process.socket)
        try:
            writer.write(b"GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return (await reader.readline()).startswith(b"HTTP/1.1 200")
        finally:
            writer.close()
    return False


def _cores_in_use(place: Place) -> Iterator[frozenset[int]]:
    """The cores of each other instance of this home that runs."""
    for file in place.folder.parent.parent.glob("*/*/run/process.json"):
        process = _read_file(file)
        if process is not None and started_at(process.pid) == process.started:
            yield find_cores(process.pid) or frozenset()


def _list_environments(place: Place) -> list[Path]:
    """Further environments that are whole."""
    return [env.parent for env in place.folder.glob("environments/*/.workstead")]


def _kernels(place: Place) -> Path:
    return place.folder / "jupyter" / "data" / "kernels"


def _read_end(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - most))
            return stream.read(most)
    except FileNotFoundError:
        return b""
