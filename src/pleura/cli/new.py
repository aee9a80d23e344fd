"""`pleura new`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.errors import InputError


def new(
    table: Annotated[
        Path, typer.Argument(help="table of images, as a study takes it", show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option(help="the study file; default called as the table")
    ] = None,
    task: Annotated[
        str, typer.Option(help="classification, findings, grades or numbers", show_default=False)
    ] = "",
    number: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="the column of a number to learn", show_default=False),
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="what the table calls a column: patient=pid"),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NEW=LABEL,LABEL",
            help="labels that are one class: 'ill=viral,bacterial'; one option for each class",
        ),
    ] = None,
    image_is_patient: Annotated[
        bool, typer.Option("--image-is-patient", help="every image is of another patient")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="write a file anew that is there")
    ] = False,
) -> None:
    """Write a study file for a table of images. It runs as it is, and can be changed."""
    from pleura.progress import Terminal

    columns = dict(map(_pair, column or ()))
    with Terminal() as terminal:
        terminal.say(f"looking at {table}")
        from pleura.study.new.write import new_study

        file = new_study(
            table,
            out,
            task=task,
            number=number,
            columns=columns,
            classes=classes or (),
            image_is_patient=image_is_patient,
            overwrite=overwrite,
            progress=lambda what, done, total: terminal.progress(what, done, total, {}),
            announce=terminal.say,
        )
        terminal.say(f"{file}\nnext: pleura study plan {file}")


def _pair(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not equals:
        raise InputError(f"--column {text}: write it as ours=theirs, such as patient=pid")
    return ours.strip(), theirs.strip()
