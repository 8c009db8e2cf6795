"""Packs the SDK that runs here into a wheel, so that an instance has the very version that its server speaks with."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import workstead_wire
from workstead_wire import VERSION

PACKAGES = ("azureml", "workstead_cli", "workstead_client", "workstead_wire")
_DIST = "workstead-sdk"
_INFO = f"workstead_sdk-{VERSION}.dist-info"
_WHEEL = "Wheel-Version: 1.0\nGenerator: workstead\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_STAMP = (2020, 1, 1, 0, 0, 0)  # a wheel of the same contents is the same file


def pack_sdk(cache: Path) -> Path:
    """The wheel in ``cache/sdk-<hash of its contents>/``, made if it is not there yet."""
    contents = _contents()
    digest = hashlib.sha256()
    for name, data in contents.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    wheel = cache / f"sdk-{digest.hexdigest()[:16]}" / f"workstead_sdk-{VERSION}-py3-none-any.whl"
    if not wheel.exists():
        wheel.parent.mkdir(parents=True, exist_ok=True)
        fresh = wheel.with_suffix(".new")
        _write(fresh, contents)
        fresh.replace(wheel)
    return wheel


def _contents() -> dict[str, bytes]:
    dist = distribution(_DIST)
    contents = {name: file.read_bytes() for name, file in sorted(_files(dist).items())}
    contents[f"{_INFO}/METADATA"] = (dist.read_text("METADATA") or "").encode()
    contents[f"{_INFO}/entry_points.txt"] = (dist.read_text("entry_points.txt") or "").encode()
    contents[f"{_INFO}/WHEEL"] = _WHEEL.encode()
    return contents


def _files(dist: Distribution) -> dict[str, Path]:
    """Name in the wheel to file. An installed wheel lists its files; an editable one is walked."""
    listed = {
        str(file): Path(str(file.locate()))
        for file in dist.files or []
        if file.parts[0] in PACKAGES and file.suffix != ".pyc"
    }
    if listed:
        return listed
    root = Path(workstead_wire.__file__).parents[1]
    found = [file for package in PACKAGES for file in (root / package).rglob("*") if file.is_file()]
    return {file.relative_to(root).as_posix(): file for file in found if "__pycache__" not in file.parts}


def _write(file: Path, contents: dict[str, bytes]) -> None:
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in contents.items())
    record += f"{_INFO}/RECORD,,\n"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in [*contents.items(), (f"{_INFO}/RECORD", record.encode())]:
            wheel.writestr(zipfile.ZipInfo(name, _STAMP), data, zipfile.ZIP_DEFLATED)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
