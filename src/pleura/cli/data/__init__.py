"""The verbs of `pleura data`: from images as they lie to a table that a study can learn from."""

import typer

from pleura.cli.data.check import check
from pleura.cli.data.get import get
from pleura.cli.data.index import index
from pleura.cli.data.pair import pair

data = typer.Typer(no_args_is_help=True, help="List, check and get images.")
for verb in (index, check, get, pair):
    data.command()(verb)
