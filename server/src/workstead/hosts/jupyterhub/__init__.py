"""Host kind ``jupyterhub``: an instance is a named server of an existing JupyterHub, whatever spawner that has."""

from workstead.hosts.jupyterhub.host import open_host

__all__ = ["open_host"]
