"""The one error tree. The server raises it, the wire carries ``code`` and ``message``, the client raises it again.

::

    WorksteadError                    500 error
    ├─ InvalidInput                   400 invalid_input
    ├─ NotSignedIn                    401 not_signed_in
    │  └─ AuthorizationPending        401 authorization_pending   (device login: not yet approved)
    ├─ Forbidden                      403 forbidden
    ├─ NotFound                       404 not_found
    │  ├─ SubscriptionNotFound  ResourceGroupNotFound  WorkspaceNotFound  ExperimentNotFound
    │  ├─ RunNotFound  MetricNotFound  ArtifactNotFound  SnapshotNotFound  ModelNotFound
    │  ├─ ComputeNotFound  DatasetNotFound  SecretNotFound
    │  ├─ ContainerNotFound  BlobNotFound  DatastoreNotFound
    │  └─ TraceNotFound  AssessmentNotFound  ScorerNotFound  EvaluationSetNotFound
    ├─ Conflict                       409 conflict
    │  ├─ AlreadyExists  PropertyImmutable  ParameterImmutable  NotEmpty
    │  └─ BatchGap                    409 batch_gap
    ├─ TooLarge                       413 too_large
    ├─ VersionMismatch                426 version_mismatch
    ├─ OutOfSpace                     507 out_of_space
    └─ Unavailable                    503 unavailable
       └─ Unreachable                 503 unreachable  (raised by the client alone)
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Dict, Optional, Type

from workstead_wire.base import Wire


class ErrorBody(Wire):
    """What is wrong, in one sentence with the offending value and what to do."""

    code: str
    message: str
    details: Dict[str, Any] = {}


class ErrorReply(Wire):
    """The body of every answer with a status of 400 and above."""

    error: ErrorBody


class WorksteadError(Exception):
    """Base of every error that Workstead raises on purpose."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    by_code: ClassVar[Dict[str, Type[WorksteadError]]] = {}

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Dict[str, Any] = details

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        WorksteadError.by_code[cls.code] = cls

    def body(self) -> ErrorReply:
        """The error as it crosses the network."""
        return ErrorReply(error=ErrorBody(code=self.code, message=self.message, details=self.details))


def error_from(reply: ErrorReply, status: Optional[int] = None) -> WorksteadError:
    """The exception that an answer stands for; an unknown code becomes the base class."""
    kind = WorksteadError.by_code.get(reply.error.code, WorksteadError)
    error = kind(reply.error.message, **reply.error.details)
    if status is not None and kind is WorksteadError:
        error.details.setdefault("status", status)
    return error


class InvalidInput(WorksteadError):
    """A value was not of its form."""

    status = 400


class NotSignedIn(WorksteadError):
    """No token, or one that the server does not know (any more)."""

    status = 401


class AuthorizationPending(NotSignedIn):
    """The device code is good, but nobody has typed it yet."""


class Forbidden(WorksteadError):
    """Signed in, but not allowed to do this."""

    status = 403


class NotFound(WorksteadError):
    """There is nothing of that name here."""

    status = 404


class SubscriptionNotFound(NotFound):
    """No such subscription."""


class ResourceGroupNotFound(NotFound):
    """No such resource group in the subscription."""


class WorkspaceNotFound(NotFound):
    """No such workspace in the resource group."""


class ExperimentNotFound(NotFound):
    """No such experiment in the workspace."""


class RunNotFound(NotFound):
    """No such run in the workspace."""


class MetricNotFound(NotFound):
    """The run has no metric of that name."""


class ArtifactNotFound(NotFound):
    """No such file."""


class SnapshotNotFound(NotFound):
    """No such snapshot in the workspace."""


class ModelNotFound(NotFound):
    """No such model, or no such version of it."""


class ComputeNotFound(NotFound):
    """No such compute in the workspace."""


class DatasetNotFound(NotFound):
    """The data set is not one that the mirror knows, or no source of it could be reached."""


class SecretNotFound(NotFound):
    """No such secret in the workspace's key vault, or no such version of it."""


class ContainerNotFound(NotFound):
    """No such container in the storage account."""


class BlobNotFound(NotFound):
    """No such blob in the container."""


class DatastoreNotFound(NotFound):
    """No such datastore in the workspace."""


class TraceNotFound(NotFound):
    """No trace of that id."""


class WebhookNotFound(NotFound):
    """No such webhook in the workspace."""


class AssessmentNotFound(NotFound):
    """Nothing of that id was said of a trace."""


class ScorerNotFound(NotFound):
    """No scorer of that name in the experiment, or no such version of it."""


class EvaluationSetNotFound(NotFound):
    """No evaluation set of that id in the workspace."""


class Conflict(WorksteadError):
    """The request does not fit the present state."""

    status = 409


class AlreadyExists(Conflict):
    """The name is taken."""


class PropertyImmutable(Conflict):
    """A property that is set keeps its value."""


class ParameterImmutable(Conflict):
    """A parameter that is logged keeps its value."""


class NotEmpty(Conflict):
    """Something still lies inside what was to be deleted."""


class BatchGap(Conflict):
    """A metric batch starts after the next record that the server waits for; ``details["next"]`` says which."""


class TooLarge(WorksteadError):
    """More bytes, files or rows than the limit."""

    status = 413


class VersionMismatch(WorksteadError):
    """SDK and server speak different protocols."""

    status = 426


class OutOfSpace(WorksteadError):
    """The server's disk is full; nothing was written."""

    status = 507


class Unavailable(WorksteadError):
    """The server cannot do this now; try again."""

    status = 503


class Unreachable(Unavailable):
    """No server answered."""
