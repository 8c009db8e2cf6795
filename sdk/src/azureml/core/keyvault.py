"""The key vault of a workspace."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._face.errors import check_name
from azureml.exceptions import UserErrorException
from workstead_wire.secrets import SecretSet, SecretValue

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = ["Keyvault"]


class Keyvault:
    """The secrets that are kept with a workspace: sealed on the server, read by name.

    Args:
        workspace: the workspace.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def set_secret(self, name: str, value: Any, content_type: Optional[str] = None) -> None:
        """Keep a value under a name; the values it had before stay as older versions.

        Args:
            name: 1 to 127 letters, digits or ``-``.
            value: a text of at most 25,000 characters.
            content_type: what the text is, for people.

        Raises:
            UserErrorException: the name or value cannot be taken, or the secret is deleted and not yet purged.
        """
        if not isinstance(value, str):
            raise UserErrorException(f"the value of secret {name!r} is a {type(value).__name__}; it must be a text")
        asked = SecretSet(value=value, content_type=content_type or "")
        self._workspace._call(_client().set_secret, check_name("a secret", name), asked)

    def set_secrets(self, secrets_batch: Dict[str, str]) -> None:
        """Keep several values, each under its name."""
        for name, value in secrets_batch.items():
            self.set_secret(name, value)

    def get_secret(self, name: str) -> str:
        """The value that was set last. Each reading is written down on the server.

        Raises:
            UserErrorException: there is no such secret, or it is disabled.
        """
        return self._read(name).value

    def get_secrets(self, secrets: List[str]) -> Dict[str, Optional[str]]:
        """Values by name; None for those that are not there."""
        from workstead_wire.errors import SecretNotFound  # noqa: PLC0415

        found: Dict[str, Optional[str]] = {}
        for name in secrets:
            try:
                found[name] = self.get_secret(name)
            except UserErrorException as error:
                if not isinstance(error.inner_exception, SecretNotFound):
                    raise
                found[name] = None
        return found

    def get_secret_content_type(self, name: str) -> Optional[str]:
        """What was given as content type when the secret was set last; None for nothing."""
        secret = self._workspace._call(_client().get_secret, check_name("a secret", name))
        return secret.content_type or None

    def list_secrets(self) -> List[Dict[str, str]]:
        """Names of all secrets, each as ``{"name": …}``; never values."""
        return [{"name": secret.name} for secret in self._workspace._pages(_client().list_secrets)]

    def delete_secret(self, name: str) -> None:
        """Delete a secret with all its versions; ``workstead secrets recover`` brings it back for 90 days."""
        self._workspace._call(_client().delete_secret, check_name("a secret", name))

    def delete_secrets(self, secrets: List[str]) -> None:
        """Delete several secrets."""
        for name in secrets:
            self.delete_secret(name)

    def _read(self, name: str) -> SecretValue:
        return self._workspace._call(_client().read_secret, check_name("a secret", name))


def _client() -> Any:
    from workstead_client import secrets  # noqa: PLC0415  # keeps `import azureml.core` light

    return secrets
