"""Sphinx configuration: MyST pages, furo theme, API pages from docstrings."""

from bitcortex import __version__

project = "bitcortex"
author = "the bitcortex developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "bitcortex"
exclude_patterns = ["build"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
nitpicky = False
