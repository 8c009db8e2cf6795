"""Every setting of the server: one frozen Struct, the only reader of the environment."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import msgspec

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, each read from ``WORKSTEAD_<NAME>``. Sizes are in bytes, times in seconds."""

    home: Path = Path("~/.workstead")
    """Folder that holds everything: database, files, instances, tokens."""
    host: str = "127.0.0.1"
    """Address to listen on. Any but a loopback address must be asked for here."""
    port: int = 8800
    """Port to listen on; 0 lets the system choose."""
    https_port: int = 0
    """Port for HTTPS, which some clients insist on; 0 is the one after ``port``, or none where that is taken."""
    allowed_hosts: str = ""
    """Further names by which the server may be called, with commas between; loopback names and addresses always may.

    ``*.example.org`` is every name with one more part."""
    database_url: str = ""
    """Address of the database, such as ``postgresql://user@host/name``; empty is ``workstead.db`` in the home."""
    database_connections: int = 8
    """Connections to PostgreSQL that this server works with at most; two more tell it of other servers' news."""
    storage: str = "folder"
    """Storage kind, an entry point in group ``workstead.storage``."""
    storage_url: str = ""
    """Where that kind keeps its bytes; empty is ``storage/`` in the home."""
    storage_signed: bool = False
    """Whether the SDK fetches files, and sends large ones, straight from and to object storage: by addresses signed for
    ten minutes.

    For stores that clients reach too; one that does not gets the bytes through the server."""
    compute_host: str = "process"
    """Host kind of compute instances, an entry point in group ``workstead.hosts``."""
    master_key_source: str = "file"
    """Where the key that seals secrets is kept: ``file`` (``master.key`` in the home), ``environment``, ``keyring``."""
    master_key: str = ""
    """The master key of source ``environment``: 32 bytes in URL-safe base64, older ones after commas. Servers
    that share a database need the same one."""
    instance_sandbox: str = "auto"
    """Whether instances of host kind ``process`` are shut in by bubblewrap: ``bubblewrap``, ``none``, or ``auto``,
    which does where it is installed and allowed to work."""
    jupyterhub_url: str = ""
    """Address of the JupyterHub of host kind ``jupyterhub``, with its base path if it has one."""
    jupyterhub_token: str = ""
    """Token of a service of that JupyterHub; the how-to page says what it must be allowed to do."""
    jupyterhub_token_file: str = ""
    """File that holds the token instead."""
    instances_url: str = ""
    """Address by which instances on other machines reach this server; empty is the one that it announces."""
    instances_domain: str = ""
    """Domain below which each compute instance has a name of its own for browsers that come by a name of the
    server's, such as ``apps.example.org``; each name below it must lead to this server. Browsers on the server's own
    machine need none: they use ``<instance>.localhost``."""
    stop_instances: bool = False
    """Whether compute instances end with the server; otherwise they run on and are found again."""
    instances_per_user: int = 0
    """Most compute instances of one user on this server; 0 is no limit."""
    subscription_name: str = "Workstead"
    """Name of the subscription that a new home begins with."""
    default_workspace: str = ""
    """Id of the workspace that MLflow clients find at the server's root; empty is the one that was made first."""
    throwaway_workspaces: bool = False
    """Whether an MLflow client's address makes the workspace that it names; for tests only."""
    webhook_addresses: str = "auto"
    """Where webhooks may lead: ``public`` is the internet, by HTTPS; ``any`` is loopback and private networks too,
    where plain HTTP will do; ``auto`` is ``any`` on a server that listens on loopback only, and else ``public``."""
    snapshot_max_bytes: int = 300 * 1024 * 1024
    """Largest snapshot taken."""
    snapshot_max_files: int = 2000
    """Most files in a snapshot."""
    upload_max_bytes: int = 0
    """Largest single file taken; 0 is no limit."""

    @property
    def database(self) -> str:
        """Address of the database in use."""
        return self.database_url or f"sqlite:///{self.home / 'workstead.db'}"

    @property
    def host_names(self) -> frozenset[str]:
        """Names, in lower case, by which the server may be called besides loopback names and addresses."""
        listed = {name.strip().lower() for name in self.allowed_hosts.split(",")}
        if not self.is_alone:
            listed |= {self.host.lower(), socket.gethostname().lower()}
        if self.instances_domain:
            listed.add(f"*.{self.instances_domain}")
        return frozenset(listed) - {""}

    @property
    def is_alone(self) -> bool:
        """Whether nobody on another machine can call the server."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @property
    def storage_folder(self) -> Path:
        """The folder of storage kind ``folder``."""
        return Path(self.storage_url) if self.storage_url else self.home / "storage"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; ``overrides`` that are not None win.

    Raises:
        ValueError: a variable is not of its setting's type; the message names both.
    """
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        raw = os.environ.get(f"WORKSTEAD_{field.name.upper()}")
        if raw:
            values[field.name] = _convert(field, raw)
    values.update({name: value for name, value in overrides.items() if value is not None})
    settings = Settings(**values)  # pyright: ignore[reportArgumentType]
    home = Path(settings.home).expanduser().absolute()
    return msgspec.structs.replace(settings, home=home, instances_domain=_domain(settings.instances_domain))


def _domain(text: str) -> str:
    name = text.strip().lower().removeprefix("*.").strip(".")
    if name and not _DOMAIN.fullmatch(name):
        raise ValueError(
            f"WORKSTEAD_INSTANCES_DOMAIN is {text!r}, but must be a name alone, such as 'apps.example.org', "
            "without scheme, port and path"
        )
    return name


def _convert(field: msgspec.structs.FieldInfo, raw: str) -> object:
    if isinstance(field.default, Path):
        return Path(raw)
    if isinstance(field.default, bool):
        return raw.lower() in ("1", "true", "yes", "on")
    if not isinstance(field.default, int):
        return raw
    try:
        return int(raw)
    except ValueError as error:
        raise ValueError(f"WORKSTEAD_{field.name.upper()} is {raw!r}, but must be a whole number") from error
