"""Instances as the proxy and the pages that lead to them see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, Row, select

from workstead.access import service as access
from workstead.access.service import Principal
from workstead.compute import tables as t
from workstead.compute.service.life import Work
from workstead.compute.service.rows import get_row, list_programs
from workstead.compute.sizes import get_size
from workstead.hosts.base import Place, Program
from workstead.workspaces import service as workspaces
from workstead_wire.access import SignInLink
from workstead_wire.compute import Size, State
from workstead_wire.errors import Forbidden, InvalidInput
from workstead_wire.workspaces import WorkspacePath


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as its proxy sees it.

    ``resource`` is its id, by which permission is judged; ``label`` the first part of its host name;
    ``renew_at`` when its own token is replaced.
    """

    id: str
    workspace_id: str
    name: str
    state: State
    created_by: str
    resource: str
    workspace: str
    size: Size
    label: str
    programs: tuple[Program, ...]
    renew_at: int

    def check(self, caller: Principal) -> None:
        """Let in who made the instance, and owners: what runs on it acts as its maker."""
        caller.check("write", self.resource)
        if caller.user != self.created_by and caller.role != "Owner":
            raise Forbidden(f"instance {self.name!r} belongs to {self.created_by!r}; create one of your own")

    def find_program(self, app: str) -> Program:
        """The application that addresses call ``app``.

        Raises:
            InvalidInput: there is none.
        """
        for program in self.programs:
            if program.app == app:
                return program
        raise InvalidInput(f"{app[:80]!r} is no application; there are {', '.join(it.app for it in self.programs)}")


def get_target(conn: Connection, where: WorkspacePath, name: str) -> Target:
    """The instance as its proxy needs it."""
    return _target(conn, get_row(conn, where, name))


def find_target(conn: Connection, label: str) -> Target | None:
    """The instance whose host name begins with ``label``."""
    row = conn.execute(select(t.instances).where(t.instances.c.label == label.lower())).first()
    return None if row is None else _target(conn, row)


def find_target_by_id(conn: Connection, id_: str) -> Target | None:
    """The instance of an id."""
    row = conn.execute(select(t.instances).where(t.instances.c.id == id_)).first()
    return None if row is None else _target(conn, row)


def make_place(home: Path, of: Work | Target) -> Place:
    """The instance as its host needs it; its folder lies in the home below its workspace's."""
    folder = home / "instances" / of.workspace_id / of.name
    return Place(
        id=of.id, name=of.name, owner=of.created_by, folder=folder, size=of.size, workspace=of.workspace
    )  # fmt: skip


def create_entry(conn: Connection, caller: Principal, target: Target, program: Program, file: str = "") -> SignInLink:
    """A code that signs a browser in at the instance's origin, once, with the caller's rights there and no others.

    It leads to the program, or to ``file`` (a path below what Jupyter shows) in it.
    """
    narrow = Principal(user=caller.user, role=caller.role, scope=target.resource, until=caller.until)
    return access.create_sign_in_link(conn, narrow, "", "/" + _path_of(program, file))


def _path_of(program: Program, file: str) -> str:
    """Where a program shows a file; the program itself for those that open none by address."""
    if not file:
        return program.path
    kind = "notebooks" if file.endswith(".ipynb") else "edit"
    places = {"lab": "lab/tree", "tree": kind}
    return f"{places[program.app]}/{quote(file)}" if program.app in places else program.path


def _target(conn: Connection, row: Row[Any]) -> Target:
    workspace = workspaces.get_workspace_by_id(conn, row.workspace_id).path.id
    return Target(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        state=row.state,
        created_by=row.created_by,
        resource=f"{workspace}/computes/{row.name}",
        workspace=workspace,
        size=get_size(row.size),
        label=row.label,
        programs=list_programs(row),
        renew_at=row.renew_at,
    )
