"""The name of the script that a run remembers."""

from __future__ import annotations

import sys

import pytest

from azureml._face.script import find_script_name


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["work/train.py", "--lr", "1"], "train.py"),
        (["/env/lib/ipykernel_launcher.py", "-f", "k.json"], None),
        (["-c"], None),
        ([""], None),
        ([], None),
    ],
)
def test_the_script_is_named_and_a_notebook_is_none(monkeypatch, argv, name):
    monkeypatch.setattr(sys, "argv", argv)
    assert find_script_name() == name
