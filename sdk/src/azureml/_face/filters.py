"""Tags and properties as azureml's arguments have them: a key, or a map from key to value."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Union

Wanted = Union[str, Mapping[str, Any], None]


def matches(present: Mapping[str, str], wanted: Wanted) -> bool:
    """Whether ``present`` has the key, or all keys with these values (None: any value)."""
    if not wanted:
        return True
    if isinstance(wanted, str):
        return wanted in present
    return all(key in present and (value is None or present[key] == str(value)) for key, value in wanted.items())


def queries(wanted: Wanted) -> List[str]:
    """The same as the server's query has it: ``key`` or ``key=value``."""
    if not wanted:
        return []
    if isinstance(wanted, str):
        return [wanted]
    return [key if value is None else f"{key}={value}" for key, value in wanted.items()]


def texts(given: Optional[Mapping[str, Any]]) -> Dict[str, str]:
    """Keys and values as strings; None becomes the empty one."""
    return {str(key): "" if value is None else str(value) for key, value in (given or {}).items()}
