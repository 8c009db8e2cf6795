"""Signs the requests of an unmodified MLflow client in, where ``MLFLOW_TRACKING_AUTH`` is ``workstead``.

MLflow finds this by the entry point ``mlflow.request_auth_provider``. Its own variable for a token would keep one in
the environment until it expires; here each request bears the one that holds at that moment.
"""

from __future__ import annotations

from typing import Any, Callable

from workstead_client.config import find_connection


class MlflowAuth:
    """MLflow's interface of a provider (https://mlflow.org/docs/latest/plugins.html)."""

    def get_name(self) -> str:
        """What ``MLFLOW_TRACKING_AUTH`` must be."""
        return "workstead"

    def get_auth(self) -> Callable[[Any], Any]:
        """What ``requests`` calls with each request before it is sent."""
        return sign


def sign(request: Any) -> Any:
    """Put the token of the server in use on a request to it, and on no other."""
    url, token = find_connection()
    if token is not None and str(request.url).startswith(url.rstrip("/") + "/"):
        request.headers["Authorization"] = f"Bearer {token}"
    return request
