"""The deep import path of ``RunDetails``."""

from azureml.widgets import RunDetails

__all__ = ["RunDetails"]
