"""What MLflow takes as names and values, and its words for what it does not take."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlparse

from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.reading import lacking, wrong

KEY_MAX = 250
TAG_MAX = 8000
PARAM_MAX = 6000
EXPERIMENT_NAME_MAX = 500
EXPERIMENT_TAG_MAX = 20_000
MODEL_TAG_MAX = 100_000
ALIAS_MAX = 255
LOCATION_MAX = 2048
METRICS_MAX = 1000
LABELS_MAX = 100
TOGETHER_MAX = 1000

_NAME = re.compile(r"[/\w.\- :]*")
_NAME_RULE = (
    "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) "
    "and slashes (/)."
)
_STAGES = {stage.lower(): stage for stage in ("None", "Staging", "Production", "Archived")}
_ALIAS = re.compile(r"[\w\-]*")
_VERSION_ALIAS = re.compile(r"[vV]\d+")
_WINDOWS_PATH = re.compile(r"[a-zA-Z]:|.*\\")
_checked: set[str] = set()
"""Names found good before: scripts log the same ones again and again."""
_CHECKED_MAX = 10_000


def check_name(path: str, name: str) -> None:
    """A metric's, parameter's or tag's name is of its form; ``path`` is where it stands in the request."""
    if name in _checked:
        return
    if not _NAME.fullmatch(name):
        raise wrong(path, name, _NAME_RULE)
    if _is_other_path(name):
        raise wrong(path, name, _other_path(name))
    if len(_checked) >= _CHECKED_MAX:
        _checked.clear()
    if len(name) <= KEY_MAX:
        _checked.add(name)


def is_known(name: str) -> bool:
    """Whether a name was found good before, in all respects."""
    return name in _checked


def check_length(what: str, limit: int, text: str) -> None:
    """A text is not longer than it may be."""
    if len(text) > limit:
        raise invalid(f"'{what}' exceeds the maximum length of {limit} characters")


def check_tag(key: str, value: str, limit: int, path: str = "") -> None:
    """A tag is of its form; for a run's long values are cut by ``cut`` instead."""
    at = f"{path}." if path else ""
    check_name(f"{at}key", key)
    check_length(f"{at}key", KEY_MAX, key)
    check_length(f"{at}value", limit, value)


def check_count(what: str, limit: int, count: int) -> None:
    """A batch does not hold more than it may."""
    if count > limit:
        raise invalid(
            f"A batch logging request can contain at most {limit} {what}. Got {count} {what}. Please split up {what} "
            "across multiple requests and try again."
        )


def check_unique(keys: Iterable[str]) -> None:
    """No parameter comes twice in one request."""
    seen: set[str] = set()
    twice = [key for key in keys if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    if twice:
        raise invalid(
            f"Duplicate parameter keys have been submitted: {twice}. Please ensure the request contains only one "
            "param value per param key."
        )


def check_experiment_name(name: str) -> None:
    """An experiment may bear this name."""
    check_length("name", EXPERIMENT_NAME_MAX, name)


def check_model_name(name: str, parameter: str = "name") -> None:
    """A registered model may bear this name."""
    if not name.strip():
        raise lacking(parameter)
    if "/" in name or ":" in name:
        raise invalid(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.")
    if _is_other_path(name):
        raise wrong("name", name, _other_path(name))


def check_version(text: str) -> int:
    """A model version's number."""
    try:
        return int(text)
    except ValueError as error:
        raise invalid(f"Parameter 'version' must be an integer, got '{text}'.") from error


def check_stage(text: str) -> str:
    """A stage as MLflow writes it, in any case of letters."""
    stage = _STAGES.get(text.lower())
    if stage is None:
        raise invalid(f"Invalid Model Version stage: {text}. Value must be one of {', '.join(_STAGES.values())}.")
    return stage


def check_alias(alias: str) -> None:
    """An alias may be given to a version."""
    if not alias:
        raise invalid("Registered model alias name cannot be empty.")
    if not _ALIAS.fullmatch(alias):
        raise invalid(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )
    check_length("Registered model alias name", ALIAS_MAX, alias)
    if alias.lower() == "latest":
        raise invalid("'latest' alias name (case insensitive) is reserved.")
    if _VERSION_ALIAS.fullmatch(alias):
        raise invalid(f"Version alias name '{alias}' is reserved.")


def check_location(location: str) -> None:
    """Files may lie at an address; its query stays behind whatever is put below it."""
    try:
        parts = urlparse(location)
    except ValueError as error:
        raise invalid(f"'artifact_location' is no URL: {error}") from error
    if parts.fragment or parts.params:
        raise invalid("'artifact_location' URL can't include fragments or params.")
    if ".." in _unquote(parts.query):
        raise invalid("Invalid query string")


def check_path(path: str) -> str:
    """A path within a store of artifacts; none leads out of it, however it is escaped."""
    plain = _unquote(path)
    odd = (
        "#" in plain
        or "\0" in plain
        or ".." in plain.split("/")
        or plain.startswith("/")
        or _WINDOWS_PATH.match(plain)
        or urlparse(plain).scheme == "file"
    )
    if odd:
        raise invalid("Invalid path")
    return posixpath.normpath(path) if path else ""


def _unquote(text: str) -> str:
    """A text without escapes, however often it was escaped."""
    while (unquoted := unquote(text)) != text:
        text = unquoted
    return text


def _is_other_path(name: str) -> bool:
    plain = posixpath.normpath(name)
    return plain != name or plain == "." or plain.startswith(("..", "/"))


def _other_path(name: str) -> str:
    return (
        "Names may be treated as files in certain cases, and must not resolve to other names when treated as such. "
        f"This name would resolve to {posixpath.normpath(name)!r}"
    )
