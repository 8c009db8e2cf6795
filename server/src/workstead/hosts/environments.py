"""Makes Python environments with uv from the locked lists beside this module: an instance's kernel, and Jupyter's own.

The kernel environment belongs to one instance and to its user. Jupyter's is made once a home and shared by all
instances, so that what runs the notebooks cannot be broken from within one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import sys
from pathlib import Path

import msgspec

from workstead.hosts.base import Progress
from workstead.hosts.sdk_wheel import pack_sdk
from workstead_wire.errors import Unavailable

KERNEL = f"Python {sys.version_info.major}.{sys.version_info.minor} - AzureML"
"""Display name of the kernel."""
KERNEL_ID = f"azureml-py{sys.version_info.major}{sys.version_info.minor}"
"""Jupyter's name for it."""
_HERE = Path(__file__).parent
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
    """Make or complete an instance's environment; the kernel's display name.

    What the user installed stays: only a missing environment is filled, and only the SDK follows the server's version.
    """
    wheel = await asyncio.to_thread(pack_sdk, cache)
    made = env / ".workstead"  # written last; holds the SDK's wheel
    before = made.read_text() if made.exists() else None
    if before is None:
        async with progress.step("Make environment"):
            await _uv(["venv", "--clear", "--python", sys.executable, str(env)], log)
        async with progress.step("Install packages"):
            await _install(env, ["-r", str(_HERE / "kernel.lock"), str(wheel)], log)
    elif before != wheel.parent.name:
        async with progress.step("Update the SDK"):
            await _install(env, ["--reinstall-package", "workstead-sdk", str(wheel)], log)
    if before != wheel.parent.name:
        await asyncio.to_thread(_register_kernel, env)
        made.write_text(wheel.parent.name)
    return KERNEL


async def make_jupyter(cache: Path, log: Path, progress: Progress) -> Path:
    """Jupyter's environment, made if this home has none of this version."""
    lock = (_HERE / "jupyter.lock").read_bytes()
    digest = hashlib.sha256(lock + sys.version.encode() + sys.prefix.encode()).hexdigest()[:16]
    env = cache / f"jupyter-{digest}"
    async with _one_jupyter:
        if not (env / ".workstead").exists():
            async with progress.step("Install Jupyter"):
                await _uv(["venv", "--clear", "--python", sys.executable, str(env)], log)
                await _install(env, ["-r", str(_HERE / "jupyter.lock")], log)
            (env / ".workstead").touch()
    return env


def _register_kernel(env: Path) -> None:
    """Put the kernel's spec in place of ipykernel's own, and the data mirror's hook into every Python of ``env``."""
    kernels = env / "share" / "jupyter" / "kernels"
    shutil.rmtree(kernels, ignore_errors=True)
    spec_folder = kernels / KERNEL_ID
    spec_folder.mkdir(parents=True)
    spec = {
        "argv": [str(env / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": KERNEL,
        "language": "python",
        "metadata": {"debugger": True},
    }
    (spec_folder / "kernel.json").write_bytes(msgspec.json.format(msgspec.json.encode(spec)))
    (site,) = (env / "lib").glob("python3*/site-packages")
    (site / "workstead_mirror.pth").write_text(_PTH)


async def _install(env: Path, what: list[str], log: Path) -> None:
    # Locked lists are complete, so that nothing is left to resolve.
    await _uv(["pip", "install", "--no-deps", "--python", str(env), *what], log)


async def _uv(arguments: list[str], log: Path) -> None:
    """Run uv; what it says goes to ``log``.

    Raises:
        Unavailable: uv failed; the sentence has its last words.
    """
    from uv import find_uv_bin  # noqa: PLC0415 - only who makes an environment needs it

    environment = base_environment() | {"UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1", "UV_NO_PROGRESS": "1"}
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
