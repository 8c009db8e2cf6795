"""The API as it is now, in the form in which it is frozen."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from litestar import Litestar

from workstead.app import create_app
from workstead.settings import Settings

FROZEN = Path(__file__).with_name("openapi.json")


def make_app(folder: Path) -> Litestar:
    """The application on a home of its own; nobody listens."""
    (folder / "home").mkdir()
    return create_app(Settings(home=folder / "home"), "wst_test")


def present() -> str:
    """The schema as text, keys sorted, without the version number that every release changes."""
    with tempfile.TemporaryDirectory() as folder:
        schema = make_app(Path(folder)).openapi_schema.to_schema()
    schema["info"].pop("version")
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"
