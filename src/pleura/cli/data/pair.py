"""`pleura data pair`."""

from pathlib import Path
from typing import Annotated

import typer


def pair(
    folder: Annotated[Path, typer.Argument(help="where images and masks are, by the same names")],
) -> None:
    """List images and the masks that go by the same names. Names without a partner are told."""
    from pleura.data.sources.pairs import write_pairs

    typer.echo(write_pairs(folder))
