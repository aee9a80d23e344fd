"""How Sphinx makes the site of what `docs.site` has put together; see `docs/site/__main__.py`."""

project = "pleura"
author = copyright = ""
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx_copybutton",
]
html_theme = "furo"
html_title = "pleura"
html_show_copyright = html_show_sphinx = html_show_sourcelink = False
html_copy_source = False
html_static_path = ["site/static"]
html_css_files = ["site.css"]

# Quotes and hyphens stay as they are typed: --set is an option, –set is none.
smartquotes = False

# What is printed is not to be copied.
copybutton_selector = ", ".join(
    f"div.highlight-{kind} pre" for kind in ("sh", "python", "yaml", "default")
)

# Links to headings are those of GitHub.
myst_heading_anchors = 4

# Docstrings write code as `code`.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

# Examples run in a folder with two finished studies, as in tests/test_examples.py, and know what
# their own modules know.
doctest_global_setup = """
import os
from pathlib import Path
from pleura.check.run import check_table
from pleura.study.run import Result, Study
from tests.example_studies import example_folder
before = os.getcwd()
os.chdir(example_folder())
"""
doctest_global_cleanup = "os.chdir(before)"
