"""``make openapi``: accept the API as it is now."""

from __future__ import annotations

from api_schema import FROZEN, present

FROZEN.write_text(present())
print(f"wrote {FROZEN.name}; read its diff before you commit it")
