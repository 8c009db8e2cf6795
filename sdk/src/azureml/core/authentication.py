"""Ways to sign in. All lead to a Workstead token: asked for by device code, stored, given, or the instance's own."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from azureml._face.errors import call
from azureml.exceptions import AuthenticationException

if TYPE_CHECKING:
    from workstead_client.transport import Transport

__all__ = [
    "AbstractAuthentication",
    "AuthenticationException",
    "AzureCliAuthentication",
    "InteractiveLoginAuthentication",
    "MsiAuthentication",
    "ServicePrincipalAuthentication",
    "TokenAuthentication",
]


class AbstractAuthentication:
    """Base of all: signs in at the first need and then stays signed in."""

    def __init__(self, cloud: Optional[str] = None) -> None:
        self._http: Optional[Transport] = None

    def get_authentication_header(self) -> Dict[str, str]:
        """``{"Authorization": "Bearer <token>"}``, for requests of one's own.

        Raises:
            AuthenticationException: no token was found and none could be asked for.
        """
        return {"Authorization": f"Bearer {self._token()}"}

    def _connect(self) -> Transport:
        if self._http is None:
            self._http = self._open()
        return self._http

    def _open(self) -> Transport:
        from workstead_client import config  # noqa: PLC0415  # keeps `import azureml.core` light

        return call(config.connect)

    def _token(self) -> str:
        token = self._connect().token
        if not token:
            raise AuthenticationException("not signed in; run `workstead login` in a terminal")
        return token


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Uses the stored token, or prints an address and a code to type there.

    Args:
        force: ask again even if a token is stored. Default False.
        tenant_id: taken for old scripts' sake; Workstead has no tenants.
        cloud: likewise.
    """

    def __init__(self, force: bool = False, tenant_id: Optional[str] = None, cloud: Optional[str] = None) -> None:
        super().__init__(cloud)
        self._force = force

    def _open(self) -> Transport:
        from workstead_client import config  # noqa: PLC0415

        return call(config.login) if self._force else call(config.connect)


class AzureCliAuthentication(AbstractAuthentication):
    """Uses what ``workstead login`` stored; never asks."""

    def _open(self) -> Transport:
        from workstead_client import config  # noqa: PLC0415

        return call(config.connect, interactive=False)


class MsiAuthentication(AzureCliAuthentication):
    """Uses the identity of the compute instance or job that the script runs in; never asks."""

    def __init__(self, cloud: Optional[str] = None, **kwargs: Any) -> None:
        super().__init__(cloud)


class TokenAuthentication(AbstractAuthentication):
    """Uses the token that ``get_token_for_audience(audience)`` returns."""

    def __init__(self, get_token_for_audience: Callable[[str], str], cloud: Optional[str] = None) -> None:
        super().__init__(cloud)
        self._get_token = get_token_for_audience

    def _open(self) -> Transport:
        return _with_token(self._get_token("workstead"))


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Signs in with a token given as the principal's password; make one with ``workstead token``.

    Args:
        tenant_id: taken for old scripts' sake.
        service_principal_id: likewise.
        service_principal_password: the token.
    """

    def __init__(
        self, tenant_id: str, service_principal_id: str, service_principal_password: str, cloud: str = "AzureCloud"
    ) -> None:
        super().__init__(cloud)
        self._secret = service_principal_password

    def _open(self) -> Transport:
        return _with_token(self._secret)


def connect(auth: Optional[AbstractAuthentication]) -> Transport:
    """A connection by ``auth``, or by whatever is at hand if that is None."""
    return (auth or InteractiveLoginAuthentication())._connect()


def _with_token(token: str) -> Transport:
    from workstead_client import config  # noqa: PLC0415
    from workstead_client.transport import Transport  # noqa: PLC0415

    url, _ = call(config.find_connection)
    return Transport(url, token)
