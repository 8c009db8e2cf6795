"""The exceptions that scripts catch: azureml-core's tree, with one-sentence messages."""

from __future__ import annotations

from typing import Any, List, Optional

__all__ = [
    "ActivityCanceledException",
    "ActivityFailedException",
    "AuthenticationException",
    "AzureMLAggregatedException",
    "AzureMLException",
    "ComputeTargetException",
    "DatasetTimestampMissingError",
    "DiscoveryUrlNotFoundException",
    "ExperimentExecutionException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "ParallelRunException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "ServiceException",
    "SnapshotException",
    "TrainingException",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
    "WorkspacePrivateEndpointException",
]


class AzureMLException(Exception):
    """Base of all of them.

    Attributes:
        message: the sentence that ``str()`` gives.
        inner_exception: what was raised below, if anything was.
        target: name of the element at fault, if known.
        details: further facts, by default an empty list.
    """

    def __init__(
        self,
        exception_message: str = "",
        inner_exception: Optional[BaseException] = None,
        target: Optional[str] = None,
        details: Optional[List[Any]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message)
        self.message = exception_message
        self.inner_exception = inner_exception
        self.target = target
        self.details: List[Any] = details or []

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"


class AzureMLAggregatedException(AzureMLException):
    """Several failures at once; ``details`` holds them."""


class TrainingException(AzureMLException):
    """Training failed."""


class ExperimentExecutionException(AzureMLException):
    """An experiment or a run could not be started or waited for."""


class ProjectSystemException(AzureMLException):
    """A project folder is not as it must be."""


class SnapshotException(AzureMLException):
    """A folder could not be kept or restored; most often it is too large."""


class RunEnvironmentException(AzureMLException):
    """``Run.get_context(allow_offline=False)`` was called outside a run."""

    def __init__(self, exception_message: str = "", **kwargs: Any) -> None:
        sentence = "this process does not belong to a run; start one with Experiment.start_logging()"
        super().__init__(exception_message or sentence, **kwargs)


class WorkspaceException(AzureMLException):
    """A workspace, resource group or subscription is missing, taken or not allowed."""

    def __init__(self, exception_message: str = "", found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class WorkspacePrivateEndpointException(WorkspaceException):
    """A private endpoint failed; here for ``except`` clauses, Workstead has none."""


class ComputeTargetException(AzureMLException):
    """A compute target is missing, taken or failed."""


class UserErrorException(AzureMLException):
    """What was asked cannot be done as asked; the message says what to change."""


class AuthenticationException(UserErrorException):
    """Not signed in, or with a token that the server does not know."""


class RunConfigurationException(AzureMLException):
    """A run configuration is not of its form."""


class WebserviceException(AzureMLException):
    """A web service or a model failed; ``status_code`` is the HTTP status if there was one."""

    def __init__(
        self, exception_message: str = "", status_code: Optional[int] = None, logger: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code


class ModelNotFoundException(WebserviceException):
    """There is no such model or version."""


class ModelPathNotFoundException(WebserviceException):
    """A model's file or folder is not where it was said to be."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """A service's address was not found."""


class ActivityFailedException(AzureMLException):
    """A run that was waited for failed; ``error_details`` says why."""

    def __init__(self, error_details: Any = "", **kwargs: Any) -> None:
        super().__init__(str(error_details), **kwargs)
        self.error_details = error_details


class ActivityCanceledException(AzureMLException):
    """A run that was waited for was cancelled."""

    def __init__(self, cancellation_source: Optional[str] = None, **kwargs: Any) -> None:
        by = f" by {cancellation_source}" if cancellation_source else ""
        super().__init__(f"the run was cancelled{by}", **kwargs)


class DatasetTimestampMissingError(AzureMLException):
    """A dataset has no timestamp column; here for ``except`` clauses."""


class ParallelRunException(AzureMLException):
    """A parallel run failed; here for ``except`` clauses."""

    def __init__(self, exception_message: str = "", code: Optional[str] = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.code = code


class ServiceException(AzureMLException):
    """The server answered with an error, or not at all; ``status_code`` is its HTTP status."""

    def __init__(self, exception_message: str = "", status_code: Optional[int] = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code
