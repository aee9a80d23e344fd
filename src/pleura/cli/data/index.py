"""`pleura data index`."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

OF_PATIENTS = "Who the patient is must be known. Names of files may say it; in doubt, fewer:"
OF_LABELS = "What the images show is not known yet. These may be classes:"
Chosen = TypeVar("Chosen")


def index(
    folder: Annotated[
        Path, typer.Argument(help="images at any depth", show_default=False, exists=True)
    ],
    out: Annotated[Path | None, typer.Option(help="the table; default FOLDER/images.csv")] = None,
    patient: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="how names of files tell the patient: '{patient}_{number}.png', or a regular "
            "expression with (?P<patient>...); the first that fits counts",
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="how names of files or folders tell the class: '{label}_{any}'; default folders",
        ),
    ] = None,
    folders: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="what folders mean, from the top: '{source}/{label}'; default classes",
            show_default=False,
        ),
    ] = "",
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="a table of yours that names the files and says more of them: patients, labels",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    table_files: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="the column of that table that names the files; default found"
        ),
    ] = None,
    salt: Annotated[
        Path | None,
        typer.Option(help="file of the secret text for hashes of DICOM; default beside the table"),
    ] = None,
    years: Annotated[
        bool,
        typer.Option("--years", help="add the year of DICOM images, by which eras can be checked"),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="make a table anew that is there")
    ] = False,
) -> None:
    """List the images of a folder in a table. Size, patient, class and what DICOM tells are
    columns; no pixel is read."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"looking through {folder}")
        from pleura.data.index.folder import index_folder

        def ask(question: str, proposals: Sequence[Chosen]) -> Chosen | None:
            terminal.bar.stop()
            chosen = choose(proposals, question)
            terminal.bar.start()
            return chosen

        somebody = sys.stdin.isatty() and terminal.console.is_terminal

        found = index_folder(
            folder,
            out,
            patterns=patient or (),
            labels=label or (),
            folders=folders,
            facts=table,
            facts_files=table_files,
            salt=salt,
            years=years,
            overwrite=overwrite,
            ask=partial(ask, OF_PATIENTS) if somebody else None,
            ask_labels=partial(ask, OF_LABELS) if somebody else None,
            progress=lambda what, done, total: terminal.progress(what, done, total, {}),
        )
        for line in found.told:
            terminal.say(line)
        first = "" if found.labelled else "a column label, then "
        terminal.say(f"{found.table}\nnext: {first}pleura new {found.table}")


def choose(proposals: Sequence[Chosen], question: str) -> Chosen | None:
    """Ask the user which of the patterns answers a question; None for none of them."""
    typer.echo(question)
    for number, proposal in enumerate(proposals, start=1):
        typer.echo(f"  {number}: {proposal}")
    answer = typer.prompt("number, or n for none of these", default="n", show_default=False)
    number = int(answer) if answer.strip().isdecimal() else 0
    return proposals[number - 1] if 1 <= number <= len(proposals) else None
