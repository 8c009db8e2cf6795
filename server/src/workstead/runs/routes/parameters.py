"""Query parameters that several routes share."""

from __future__ import annotations

from typing import Annotated

from litestar.params import Parameter

Cursor = Annotated[str | None, Parameter(query="cursor", description="next_cursor of the page before")]
Limit = Annotated[int | None, Parameter(query="limit", description="rows a page, 50 unless told, at most 1000")]
