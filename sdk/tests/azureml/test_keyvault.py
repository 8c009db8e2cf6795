"""The key vault as scripts use it."""

from __future__ import annotations

import pytest

from azureml.core import Experiment, Keyvault, Run, Workspace
from azureml.exceptions import UserErrorException


def test_set_get_list_delete(ws: Workspace) -> None:
    vault = ws.get_default_keyvault()
    assert isinstance(vault, Keyvault)
    vault.set_secret(name="db", value="one", content_type="text")
    vault.set_secrets({"db": "two", "key": "three"})
    assert vault.get_secret(name="db") == "two"
    assert vault.get_secrets(["db", "key", "nothing"]) == {"db": "two", "key": "three", "nothing": None}
    assert vault.get_secret_content_type("db") is None
    assert vault.list_secrets() == [{"name": "db"}, {"name": "key"}]
    vault.delete_secrets(["db", "key"])
    assert vault.list_secrets() == []
    with pytest.raises(UserErrorException, match="there is no secret 'db'"):
        vault.get_secret("db")


@pytest.mark.parametrize(("name", "value"), [("a/b", "x"), ("a b", "x"), ("", "x"), ("s", 3), ("s", None)])
def test_bad_input_is_refused(ws: Workspace, name: str, value: object) -> None:
    with pytest.raises(UserErrorException):
        ws.get_default_keyvault().set_secret(name, value)
    assert ws.get_default_keyvault().list_secrets() == []


def test_a_run_reads_secrets(ws: Workspace, experiment: Experiment, run: Run) -> None:
    ws.get_default_keyvault().set_secret("db", "one")
    assert run.get_secret("db") == "one"
    assert run.get_secrets(["db", "nothing"]) == {"db": "one", "nothing": None}


def test_offline_secrets_are_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("db", "one")
    run = Run.get_context()
    assert run.get_secret("db") == "one"
    assert run.get_secrets(["db", "nothing"]) == {"db": "one", "nothing": None}
