"""Makes the documentation site: `python -m docs.site`, or `make docs`.

The pages are the Markdown files of the repository, which are read on any forge as they are. They
are put together in a folder of their own (`assemble`), with links that hold there and with pages
made from the code (`command_line`, `python`, `studies`), and Sphinx makes HTML of them.
"""
