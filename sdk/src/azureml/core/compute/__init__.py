"""Compute targets."""

from __future__ import annotations

from azureml._face import later
from azureml.core.compute.compute import ComputeTarget
from azureml.core.compute.computeinstance import ComputeInstance

__all__ = ["ComputeInstance", "ComputeTarget"]

_LATER = frozenset(
    "AdlaCompute AksCompute AmlCompute BatchCompute DataFactoryCompute DatabricksCompute HDInsightCompute "
    "KubernetesCompute KustoCompute RemoteCompute SynapseCompute".split()
)
__getattr__ = later.refuse(__name__, _LATER)
