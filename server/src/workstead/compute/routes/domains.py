"""Below which domain instances have their names: that of the settings, or ``localhost`` on the server's machine."""

from __future__ import annotations

from typing import Any

from litestar import Request

from workstead.foundation.shield import LOCAL, host_name, is_loopback


def domain_for(request: Request[Any, Any, Any]) -> str:
    """The domain to which this caller's links lead.

    A caller who knows the server by a loopback name, perhaps through a tunnel, stays with such names.
    """
    return LOCAL if is_loopback(host_name(request.scope)) else request.app.state.instances_domain or LOCAL


def leads_elsewhere(request: Request[Any, Any, Any], domain: str) -> bool:
    """Whether names below ``domain`` take this caller's browser to another machine than the server's."""
    if domain != LOCAL or request.client is None or is_loopback(host_name(request.scope)):
        return False
    own, _ = request.scope["server"] or (None, None)
    return request.client.host != own and not is_loopback(request.client.host)
