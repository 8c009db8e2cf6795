"""The deep import path of ``azureml.exceptions``."""

from azureml.exceptions import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
