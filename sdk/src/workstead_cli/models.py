"""``workstead model``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Iterator, List, Optional, Tuple

import click

from workstead_cli.output import output_option, show_fields, show_list, size_text
from workstead_cli.places import Place, find_place, place_options
from workstead_cli.workspaces import read_tags
from workstead_wire.errors import AlreadyExists, InvalidInput


@click.group(short_help="Models: list, show, register, download.")
def model() -> None:
    """Registered models and their versions."""


@model.command("list")
@click.option("--name", help="Only versions of this model.")
@click.option("--tag", "tags", multiple=True, metavar="KEY[=VALUE]", help="Only those with this tag; may be repeated.")
@click.option("--latest", is_flag=True, help="Only the newest version of each.")
@place_options
@output_option
def list_models(
    name: Optional[str],
    tags: Tuple[str, ...],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
    *,
    latest: bool,
) -> None:
    """List versions of models, newest first."""
    from workstead_client import models  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    every = iterate(models.list_models, *place, name=name, tag=list(tags), latest=latest)
    head = ("ID", "SIZE", "EXPERIMENT", "RUN", "MADE", "BY")
    show_list(
        output, every, head,
        lambda m: (m.id, size_text(m.size), m.experiment, m.run_id, m.created_at, m.created_by),
    )  # fmt: skip


@model.command("show")
@click.argument("model_id", metavar="NAME[:VERSION]")
@place_options
@output_option
def show_model(
    model_id: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """Show a model, its newest version unless one is given."""
    from workstead_client import models  # noqa: PLC0415

    found = models.get_model(*find_place(workspace, group, subscription), *_split(model_id))
    names = ("id", "description", "experiment", "run_id", "framework", "framework_version", "tags", "properties")
    fields = [(name.replace("_", " "), getattr(found, name)) for name in names]
    ends = [("size", size_text(found.size)), ("created at", found.created_at), ("created by", found.created_by)]
    show_fields(output, found, [*fields, *ends, ("archived at", found.archived_at)])


@model.command("download")
@click.argument("model_id", metavar="NAME[:VERSION]")
@click.option("-d", "--directory", default=".", type=click.Path(file_okay=False, path_type=Path), help="Where to.")
@click.option("-f", "--force", is_flag=True, help="Write over files that are there.")
@place_options
def download_model(
    model_id: str,
    directory: Path,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    force: bool,
) -> None:
    """Download a model's file or folder, of its newest version unless one is given."""
    from workstead_client import artifacts, models  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    found = models.get_model(*place, *_split(model_id))
    above = PurePosixPath(found.path).parent
    files = [file.path for file in iterate(models.list_model_files, *place, found.name, found.version)]
    pairs = [(path, _inside(directory, PurePosixPath(path).relative_to(above))) for path in files]
    taken = [target for _, target in pairs if target.exists()]
    if taken and not force:
        raise AlreadyExists(f"{str(taken[0])!r} is there already; --force writes over it")
    for path, target in pairs:
        artifacts.download_artifact(*place, found.origin, found.container, path, target)
    click.echo(f"{found.id}: {str(directory / PurePosixPath(found.path).name)!r} ({size_text(found.size)})")


@model.command("register")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("-n", "--name", required=True, help="Name of the model; the next version of it is made.")
@click.option("--description", default="", help="A text about it.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated.")
@click.option("--property", "properties", multiple=True, metavar="KEY=VALUE", help="A label that never changes.")
@place_options
def register_model(
    path: Path,
    name: str,
    description: str,
    tags: Tuple[str, ...],
    properties: Tuple[str, ...],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
) -> None:
    """Upload the file or folder PATH and register it as the next version of a model."""
    import uuid  # noqa: PLC0415

    from workstead_client import models  # noqa: PLC0415
    from workstead_wire.models import ModelCreate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    container = uuid.uuid4().hex
    _upload(place, container, path.resolve())
    asked = ModelCreate(
        name=name, origin="LocalUpload", container=container, path=path.resolve().name, description=description,
        tags=read_tags(tags), properties=read_tags(properties),
    )  # fmt: skip
    made = models.create_model(*place, asked)
    click.echo(f"Registered {made.id} ({size_text(made.size)}).")


def _split(model_id: str) -> Tuple[str, str]:
    name, _, version = model_id.partition(":")
    return name, version or "latest"


def _inside(folder: Path, inner: PurePosixPath) -> Path:
    target = (folder / inner).resolve()
    if folder.resolve() not in target.parents:
        raise InvalidInput(f"the model has a file {str(inner)!r} that leads out of {str(folder)!r}")
    return target


def _upload(place: Place, container: str, source: Path) -> None:
    from workstead_client import artifacts  # noqa: PLC0415

    files: List[Path] = [source] if source.is_file() else list(_files(source))
    if not files:
        raise InvalidInput(f"folder {str(source)!r} has no files to register as a model")
    pairs = [(file.relative_to(source.parent).as_posix(), file) for file in files]
    artifacts.upload_batch(*place, "LocalUpload", container, pairs)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())
