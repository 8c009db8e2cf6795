"""How the documentation is built."""

from __future__ import annotations

from workstead_wire import VERSION

project = "Workstead"
release = version = VERSION
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "**/README.md"]
html_theme = "furo"
html_title = f"Workstead {VERSION}"
html_static_path: list[str] = []
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_member_order = "groupwise"
suppress_warnings = ["ref.python"]
