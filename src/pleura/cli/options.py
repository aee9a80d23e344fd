"""Options and arguments that several verbs of the command line share."""

from pathlib import Path
from typing import Annotated, Any

import typer


def print_version(asked: bool) -> None:
    """Print the version of pleura and stop, where it is asked for."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"pleura {version('pleura')}")
        raise typer.Exit


def within(limits: tuple[int, int], help: str | None = None) -> Any:
    """An option with a whole number from the first of `limits` to the second."""
    return typer.Option(min=limits[0], max=limits[1], help=help)


File = Annotated[Path, typer.Argument(help="the study file (YAML)", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="folder of the study; default runs/NAME")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="change a key: --set training.epochs=4"),
]
Quick = Annotated[bool, typer.Option("--quick", help="the study's small variant, to try it out")]
Column = Annotated[
    str | None,
    typer.Option(help="a CSV file's column of images; `image`, or found where it is the only one"),
]
FullRange = Annotated[
    tuple[float, float] | None,
    typer.Option(
        metavar="BLACK WHITE",
        help="what is black and white in images of more than 8 bits, such as 0 4095",
    ),
]
Version = Annotated[
    bool,
    typer.Option(
        "--version", is_eager=True, callback=print_version, help="print the version and stop"
    ),
]
