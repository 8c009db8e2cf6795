"""Turns Workstead's errors into the ones that azureml scripts catch."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterator, List, Tuple, Type, TypeVar

from azureml import exceptions as e
from workstead_wire import errors as w
from workstead_wire.base import Page

T = TypeVar("T")

_KINDS: List[Tuple[Type[w.WorksteadError], Type[e.AzureMLException]]] = [
    (w.NotSignedIn, e.AuthenticationException),
    (w.SubscriptionNotFound, e.WorkspaceException),
    (w.ResourceGroupNotFound, e.WorkspaceException),
    (w.WorkspaceNotFound, e.WorkspaceException),
    (w.ModelNotFound, e.ModelNotFoundException),
    (w.ComputeNotFound, e.ComputeTargetException),
    (w.SnapshotNotFound, e.SnapshotException),
    (w.Unavailable, e.ServiceException),
    (w.OutOfSpace, e.ServiceException),
]


def translate(error: w.WorksteadError) -> e.AzureMLException:
    """The same failure as azureml's users know it; the first class that fits, else by the status."""
    fallback = e.UserErrorException if 400 <= error.status < 500 else e.ServiceException  # noqa: PLR2004
    theirs = next((theirs for ours, theirs in _KINDS if isinstance(error, ours)), fallback)
    message = error.message
    if theirs is e.ModelNotFoundException and "ModelNotFound" not in message:
        message = "ModelNotFound: " + message  # scripts look for this word in the text
    made = theirs(message, inner_exception=error)
    if isinstance(made, (e.ServiceException, e.WebserviceException)):
        made.status_code = error.status
    return made


def call(function: Callable[..., T], *args: Any, **named: Any) -> T:
    """``function(*args, **named)`` of the client; what it raises comes out as azureml's."""
    try:
        return function(*args, **named)
    except w.WorksteadError as error:
        raise translate(error) from None


def pages(function: Callable[..., Page[T]], *args: Any, **named: Any) -> Iterator[T]:
    """Every row of a list of the client, page after page as they are asked for."""
    from workstead_client.transport import iterate  # noqa: PLC0415  # keeps `import azureml.core` light

    return iterate(partial(call, function), *args, **named)


def check_name(noun: str, name: Any) -> str:
    """``name``, if it can be part of an address; whether it is well formed the server judges.

    Raises:
        UserErrorException: it is empty, no string, or has a slash.
    """
    if not isinstance(name, str) or not name or "/" in name:
        raise e.UserErrorException(f"{name!r} is no name of {noun}; it is a text without '/'")
    return name
