"""`pleura predict`."""

import io
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pleura.cli.options import Column, FullRange


def predict(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    images: Annotated[list[Path], typer.Argument(help="image files, folders, or CSV files")],
    column: Column = None,
    patients: Annotated[
        str | None,
        typer.Option(help="a CSV file's column of patients: print a row for each of them"),
    ] = None,
    full_range: FullRange = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="write a .csv or .json file; stopped, the same command goes on"
        ),
    ] = None,
    heatmaps: Annotated[
        Path | None, typer.Option(metavar="DIR", help="draw where the model looks, a file an image")
    ] = None,
    heatmaps_as: Annotated[
        Literal["png", "dicom"],
        typer.Option(help="dicom: a secondary capture for each, of DICOM files alone"),
    ] = "png",
    explain: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="what heat maps explain; default: the likeliest class"),
    ] = None,
) -> None:
    """Print a model's probabilities for images as CSV. Of a clip, they are the mean over its
    frames. Images unlike those that it was trained on are marked."""
    from pleura.deploy.card import ClassifierCard, read_card
    from pleura.errors import InputError
    from pleura.progress import Terminal

    read_card(model, ClassifierCard)  # what is wrong with it is told before packages are loaded
    if explain is not None and heatmaps is None:
        raise InputError("--explain: says what heat maps explain; name their folder by --heatmaps")
    if heatmaps_as == "dicom":
        if heatmaps is None:
            raise InputError(
                "--heatmaps-as: says how heat maps are written; name their folder by --heatmaps"
            )
        from pleura.deploy.dicom.source import needed

        needed()

    # A bar takes standard output over, which is right only where both are the same terminal.
    table = None if sys.stdout.isatty() else sys.stdout
    if isinstance(table, io.TextIOWrapper):  # a table is in UTF-8, whatever a terminal can show
        table.reconfigure(encoding="utf-8", errors="surrogateescape")
    with Terminal(stderr=True) as terminal:
        from pleura.deploy.predictions import How, write_predictions

        counts = write_predictions(
            model,
            images,
            out or table or sys.stdout,
            column=column,
            patients=patients,
            how=How(full_range, heatmaps, explain, heatmaps_as == "dicom"),
            progress=lambda done, total: terminal.progress("images", done, total, {}),
            say=terminal.say,
        )
    if counts.unreadable:
        raise typer.Exit(1)
