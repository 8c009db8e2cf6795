"""Makes Python environments with uv: an instance's first kernel and further ones, and Jupyter's own.

Kernels' environments belong to one instance and to its user. Jupyter's is made once a home and shared by all
instances, so that what runs the notebooks cannot be broken from within one. Unless a user names packages, all come
from the locked lists beside this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import msgspec

from workstead.hosts.base import Packages, Progress
from workstead.hosts.programs import has_rstudio
from workstead.hosts.sdk_wheel import pack_sdk
from workstead_wire.errors import InvalidInput, Unavailable

KERNEL = f"Python {sys.version_info.major}.{sys.version_info.minor} - AzureML"
"""Display name of the kernel."""
KERNEL_ID = f"azureml-py{sys.version_info.major}{sys.version_info.minor}"
"""Jupyter's name for it."""
_HERE = Path(__file__).parent
_MARK = ".workstead"
"""A file in an environment that is whole; holds which SDK is in it."""
_NEEDED = ("ipykernel", "pip", "msgspec>=0.19", "urllib3>=2", "click>=8.1")
"""What a kernel and the SDK need besides the packages that a user names."""
_PASSED_ON = (
    "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
)  # fmt: skip
_PASSED_ON_PREFIXES = ("LC_", "PIP_", "UV_")
# What a plain `import workstead_client.mirror` does, without a word where that module is not or fails.
_PTH = 'import sys; exec("try:\\n import workstead_client.mirror\\nexcept Exception:\\n pass")\n'

_one_jupyter = asyncio.Lock()


def base_environment() -> dict[str, str]:
    """The part of the server's environment variables that concerns the machine; the rest may hold secrets."""
    kept = {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return kept | {"PATH": os.environ.get("PATH", os.defpath)}


async def make_kernel(env: Path, cache: Path, log: Path, progress: Progress) -> str:
    """Make or complete an instance's first environment; the kernel's display name.

    What the user installed stays: only a missing environment is filled, and only the SDK follows the server's version.
    """
    wheel = await asyncio.to_thread(pack_sdk, cache)
    if not (env / _MARK).exists():
        async with progress.step("Make environment"):
            await _make_empty(env, sys.executable, log)
        async with progress.step("Install packages"):
            await _install(env, ["-r", str(_HERE / "kernel.lock"), str(wheel)], log)
        kernels = env / "share" / "jupyter" / "kernels"
        await asyncio.to_thread(_finish, env, kernels / KERNEL_ID, KERNEL, wheel)
    await update_sdk(env, cache, log, progress)
    return KERNEL


async def make_environment(
    env: Path, spec: Path, packages: Packages, cache: Path, log: Path, progress: Progress
) -> None:
    """Make a further environment; ``spec`` is the folder of its kernel, which appears when all is there.

    Raises:
        InvalidInput: neither this machine has that Python nor could uv bring it.
        Unavailable: the packages could not be installed.
    """
    wheel = await asyncio.to_thread(pack_sdk, cache)
    try:
        async with progress.step(f"Find Python {packages.python}"):
            await _find_python(packages.python, env, log)
        async with progress.step("Install packages"):
            if packages.requirements:
                # Resolved here, since it is the user's list; what the kernel needs is part of the same resolution.
                wanted = [*_NEEDED, str(wheel), *packages.requirements]
                await _uv(["pip", "install", "--python", str(env), "--", *wanted], log)
            else:
                await _install(env, ["-r", str(_HERE / "kernel.lock"), str(wheel)], log)
        await asyncio.to_thread(_finish, env, spec, packages.kernel, wheel)
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, env, ignore_errors=True)
        raise


async def update_sdk(env: Path, cache: Path, log: Path, progress: Progress) -> None:
    """Let the SDK in an environment that is there follow the server's version."""
    wheel = await asyncio.to_thread(pack_sdk, cache)
    if (env / _MARK).read_text() != wheel.parent.name:
        async with progress.step("Update the SDK"):
            await _install(env, ["--reinstall-package", "workstead-sdk", str(wheel)], log)
        (env / _MARK).write_text(wheel.parent.name)


async def make_jupyter(cache: Path, log: Path, progress: Progress) -> Path:
    """Jupyter's environment, made if this home has none of this version."""
    locks = [_HERE / "jupyter.lock", *([_HERE / "rstudio.lock"] if has_rstudio() else [])]
    listed = b"".join(lock.read_bytes() for lock in locks)
    digest = hashlib.sha256(listed + sys.version.encode() + sys.prefix.encode()).hexdigest()[:16]
    env = cache / f"jupyter-{digest}"
    async with _one_jupyter:
        if not (env / _MARK).exists():
            async with progress.step("Install Jupyter"):
                await _make_empty(env, sys.executable, log)
                await _install(env, [word for lock in locks for word in ("-r", str(lock))], log)
            (env / _MARK).touch()
    return env


def register_r(kernels: Path) -> None:
    """Put a kernel for R beside the others."""
    spec = {"argv": ["R", "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"], "display_name": "R"}
    _write_spec(kernels / "ir", spec | {"language": "R"})


def _finish(env: Path, spec: Path, name: str, wheel: Path) -> None:
    """Put the kernel's spec in place of ipykernel's own, and the data mirror's hook into every Python of ``env``."""
    shutil.rmtree(env / "share" / "jupyter" / "kernels", ignore_errors=True)
    (site,) = (env / "lib").glob("python3*/site-packages")
    (site / "workstead_mirror.pth").write_text(_PTH)
    (env / _MARK).write_text(wheel.parent.name)
    kernel = {
        "argv": [str(env / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "metadata": {"debugger": True},
        # So that `!pip` and `!python` are the kernel's own.
        "env": {"VIRTUAL_ENV": str(env), "PATH": os.pathsep.join([str(env / "bin"), "${PATH}"])},
    }
    _write_spec(spec, kernel)


def _write_spec(folder: Path, spec: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_bytes(msgspec.json.format(msgspec.json.encode(spec)))


async def _find_python(version: str, env: Path, log: Path) -> None:
    """An empty environment of a Python that the machine has, else of one that uv brings."""
    try:
        await _make_empty(env, version, log, downloads=True)
    except Unavailable as error:
        raise InvalidInput(
            f"there is no Python {version}: this machine has none, and uv could not bring one ({error.message})"
        ) from error


async def _make_empty(env: Path, python: str, log: Path, *, downloads: bool = False) -> None:
    """An environment without packages, in place of what an earlier try has left there."""
    # uv's own --clear refuses a folder that is no environment yet, as a uv that was ended early leaves it.
    await asyncio.to_thread(shutil.rmtree, env, ignore_errors=True)
    await _uv(["venv", "--clear", "--python", python, str(env)], log, downloads=downloads)


async def _install(env: Path, what: list[str], log: Path) -> None:
    # Locked lists are complete, so that nothing is left to resolve.
    await _uv(["pip", "install", "--no-deps", "--python", str(env), *what], log)


async def _uv(arguments: list[str], log: Path, *, downloads: bool = False) -> None:
    """Run uv; what it says goes to ``log``.

    Raises:
        Unavailable: uv failed; the sentence has its last words.
    """
    from uv import find_uv_bin  # noqa: PLC0415 - only who makes an environment needs it

    brings = {} if downloads else {"UV_PYTHON_DOWNLOADS": "never"}
    environment = base_environment() | {"NO_COLOR": "1", "UV_NO_PROGRESS": "1"} | brings
    with log.open("ab") as stream:
        begins = stream.tell()
        process = await asyncio.create_subprocess_exec(
            find_uv_bin(), *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=stream, stderr=stream,
            env=environment, start_new_session=True,
        )  # fmt: skip
        try:
            status = await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
    if status != 0:
        words = (await asyncio.to_thread(log.read_bytes))[begins:].decode(errors="replace").strip()[-600:]
        raise Unavailable(f"uv {' '.join(arguments[:2])} failed ({log.name} has it all): {words}")
