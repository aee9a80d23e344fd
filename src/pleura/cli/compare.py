"""`pleura compare`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.evaluate import SaltFile


def compare(
    first: Annotated[
        Path,
        typer.Argument(
            help="folder of a finished study, such as runs/2024", file_okay=False, exists=True
        ),
    ],
    second: Annotated[
        Path,
        typer.Argument(help="folder of the one held against it", file_okay=False, exists=True),
    ],
    out: Annotated[
        Path | None, typer.Option(help="its folder; default comparisons/FIRST_and_SECOND")
    ] = None,
    strangers: Annotated[
        bool,
        typer.Option("--strangers", help="patients who are called alike are other people"),
    ] = False,
    salt: SaltFile = None,
) -> None:
    """Compare two finished studies: a second year, another size. Their tables are enough; nothing
    is trained, and differences are the second less the first."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"comparing {second} with {first}: loading packages")
        from pleura.compare.comparison import compare_studies
        from pleura.external.options import salt_of

        done = compare_studies(first, second, out, strangers=strangers, salt=salt_of(salt))
        terminal.say(str(done))
