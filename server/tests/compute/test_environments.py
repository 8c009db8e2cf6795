"""What may be asked of an environment, and its life as a row."""

from __future__ import annotations

import asyncio

import pytest

from puppet import OWNER, World
from workstead.compute import service
from workstead.compute.packages import read_packages
from workstead.foundation.reconcile import Reconciler
from workstead_wire.compute import InstanceEnvironment, InstanceEnvironmentCreate
from workstead_wire.errors import AlreadyExists, InvalidInput, NotFound

CONDA = """
name: lesson
channels: [conda-forge]
dependencies:
  - python=3.10.4
  - pip
  - numpy=1.24
  - pip:
      - scikit-learn>=1.5  # the model
      - mlflow
"""


def create(world: World, name: str, asked: InstanceEnvironmentCreate | None = None) -> InstanceEnvironment:
    return world.db.write_now(
        service.create_environment, world.where, OWNER, "alpha", name, asked or InstanceEnvironmentCreate()
    )


def get(world: World, name: str) -> InstanceEnvironment:
    return world.db.read_now(service.get_environment, world.where, "alpha", name)


def test_a_conda_environment_gives_its_python_and_what_is_for_pip() -> None:
    found = read_packages(InstanceEnvironmentCreate(conda=CONDA))
    assert (found.python, found.requirements) == ("3.10", ["scikit-learn>=1.5", "mlflow"])
    assert found.note is not None
    assert "numpy" in found.note


def test_a_requirements_file_is_read_without_comments() -> None:
    text = "# for the lesson\npandas>=2  # frames\n\nazure-storage-blob[aio]==12.19 ; python_version < '4'\n"
    found = read_packages(InstanceEnvironmentCreate(requirements=text, python="3.9"))
    assert found.requirements == ["pandas>=2", "azure-storage-blob[aio]==12.19 ; python_version < '4'"]
    assert found.python == "3.9"


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd", "--index-url http://evil.example", "-e .", "./local", "/etc/passwd", "../up",
        "name @ file:///etc/passwd", "name @ FILE:/etc/passwd", "a" * 600,
    ],
)  # fmt: skip
def test_what_names_the_servers_files_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match="no requirement like"):
        read_packages(InstanceEnvironmentCreate(requirements=line))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (InstanceEnvironmentCreate(requirements="a", conda="b"), "not both"),
        (InstanceEnvironmentCreate(python="2.7"), "one of 3.9"),
        (InstanceEnvironmentCreate(conda="]["), "no YAML"),
        (InstanceEnvironmentCreate(conda="name: x"), "dependencies"),
        (InstanceEnvironmentCreate(conda="dependencies: [{pip: [-r x]}]"), "no requirement like"),
        (InstanceEnvironmentCreate(requirements="a\n" * 200_000), "longer than"),
    ],
)
def test_what_is_no_list_of_packages_is_refused(asked: InstanceEnvironmentCreate, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_packages(asked)


async def test_it_is_made_shown_and_removed(world: World) -> None:
    world.create("alpha")
    await world.settle()
    made = create(world, "azureml-py312", InstanceEnvironmentCreate(python="3.12"))
    assert (made.state, made.kernel) == ("Creating", "Python 3.12 - AzureML")
    assert create(world, "vision", InstanceEnvironmentCreate(python="3.12")).kernel == "Python 3.12 - vision"
    await world.settle()
    assert get(world, "azureml-py312").state == "Ready"
    assert [step.name for step in get(world, "vision").steps] == ["Make"]
    assert world.puppet.environments == {("alpha", "azureml-py312"), ("alpha", "vision")}
    with pytest.raises(AlreadyExists):
        create(world, "vision")
    world.db.write_now(service.delete_environment, world.where, "alpha", "vision")
    await world.settle()
    listed = world.db.read_now(service.list_environments, world.where, "alpha")
    assert [it.name for it in listed] == ["azureml-py312"]
    with pytest.raises(NotFound, match="vision"):
        get(world, "vision")


async def test_one_that_cannot_be_made_says_why_and_can_be_removed(world: World) -> None:
    world.create("alpha")
    await world.settle()
    world.puppet.broken = True
    create(world, "vision")
    await world.settle()
    assert (get(world, "vision").state, get(world, "vision").reason) == ("Failed", "the puppet is broken")
    world.db.write_now(service.delete_environment, world.where, "alpha", "vision")
    await world.settle()
    assert world.db.read_now(service.list_environments, world.where, "alpha") == []


async def test_a_removal_does_not_wait_for_the_making(world: World) -> None:
    world.create("alpha")
    await world.settle()
    world.puppet.pause = asyncio.Event()
    create(world, "vision")
    reconciler = Reconciler(world.db, world.environments)
    reconciler.start()
    await asyncio.sleep(0.1)
    await world.db.write(service.delete_environment, world.where, "alpha", "vision")
    reconciler.hint()
    async with asyncio.timeout(5):
        while world.db.read_now(service.list_environments, world.where, "alpha"):  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.01)
    await reconciler.stop()


async def test_environments_go_with_their_instance(world: World) -> None:
    world.create("alpha")
    await world.settle()
    create(world, "vision")
    await world.settle()
    world.db.write_now(service.delete_instance, world.where, "alpha", keep_files=False)
    await world.settle()
    assert world.state("alpha") is None


@pytest.mark.parametrize("name", ["A", "Vision", "a b", "../up", "-x", "x" * 33, "a"])
def test_a_name_of_another_form_is_refused(world: World, name: str) -> None:
    world.create("alpha")
    with pytest.raises(InvalidInput, match="2 to 32"):
        create(world, name)
