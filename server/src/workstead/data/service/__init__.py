"""What the mirror can do."""

from workstead.data.service.mirror import Mirror

__all__ = ["Mirror"]
