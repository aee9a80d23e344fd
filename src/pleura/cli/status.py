"""`pleura study status`."""

from pathlib import Path
from typing import Annotated

import typer


def status(folder: Annotated[Path, typer.Argument(help="the study's folder")]) -> None:
    """Tell how many steps of a study are done, and who is at what."""
    from pleura.study.status import status_of

    typer.echo(status_of(folder))
