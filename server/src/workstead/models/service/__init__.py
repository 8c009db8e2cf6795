"""What can be done with models."""

from workstead.models.service import logged, registry, registry_search, versions
from workstead.models.service.logged import LoggedMetric, LoggedModel
from workstead.models.service.models import (
    create_model,
    delete_model,
    forget_workspace,
    get_model,
    list_model_files,
    update_model,
)
from workstead.models.service.registry import RegisteredModel
from workstead.models.service.rows import PROMPT
from workstead.models.service.search import ModelFilter, list_model_names, list_models
from workstead.models.service.usage import has_models_of
from workstead.models.service.versions import Version, VersionCreate

__all__ = [
    "PROMPT",
    "LoggedMetric",
    "LoggedModel",
    "ModelFilter",
    "RegisteredModel",
    "Version",
    "VersionCreate",
    "create_model",
    "delete_model",
    "forget_workspace",
    "get_model",
    "has_models_of",
    "list_model_files",
    "list_model_names",
    "list_models",
    "logged",
    "registry",
    "registry_search",
    "update_model",
    "versions",
]
