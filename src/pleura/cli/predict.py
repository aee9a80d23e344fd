"""`pleura predict`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import FullRange


def predict(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    images: Annotated[list[Path], typer.Argument(help="image files, folders, or CSV files")],
    column: Annotated[
        str | None, typer.Option(help="a CSV file's column of images; found where it is the only")
    ] = None,
    full_range: FullRange = None,
) -> None:
    """Print the probabilities that a model gives to images as CSV, and which images are unlike
    those it was trained on."""
    from pleura.deploy.predictions import write_predictions

    counts = write_predictions(
        model,
        images,
        sys.stdout,
        column=column,
        full_range=full_range,
        say=lambda line: typer.echo(line, err=True),
    )
    if counts.unreadable:
        raise typer.Exit(1)
