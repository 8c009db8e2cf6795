"""The older import path of compute targets and their exception."""

from azureml.core.compute.compute import ComputeTarget
from azureml.exceptions import ComputeTargetException

__all__ = ["ComputeTarget", "ComputeTargetException"]
