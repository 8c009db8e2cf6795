"""What can be done with models."""

from workstead.models.service.models import (
    create_model,
    delete_model,
    forget_workspace,
    get_model,
    list_model_files,
    update_model,
)
from workstead.models.service.search import ModelFilter, list_model_names, list_models

__all__ = [
    "ModelFilter",
    "create_model",
    "delete_model",
    "forget_workspace",
    "get_model",
    "list_model_files",
    "list_model_names",
    "list_models",
    "update_model",
]
