"""`pleura data check`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import FullRange, within

Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="OURS=THEIRS", help="a column by our name: --column image=file"
    ),
]


def check(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV file, folder of class folders, .npz archive, study file, or public:NAME"
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="its folder; default checks/NAME, or checks/NAME/SPLIT")
    ] = None,
    columns: Columns = None,
    split: Annotated[
        Path | None,
        typer.Option(help="CSV file of somebody's split: who stands in two parts of it"),
    ] = None,
    image_is_patient: Annotated[
        bool, typer.Option("--image-is-patient", help="every image is of another patient")
    ] = False,
    full_range: FullRange = None,
    size: Annotated[int, within((32, 512), "side at which images are looked at, pixels")] = 96,
) -> None:
    """Look for what would fool a study. Suspects come as a page with pictures and a table; the exit
    code is 3 where a study would stop, 4 where it would unless it says same_image: merge."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.check.images import columns_of
        from pleura.check.run import check_table
        from pleura.data.sources.places import name_of_table

        name = Path(name_of_table(table)) / (split.stem if split else "")
        found = check_table(
            table,
            out or "checks" / name,
            columns=columns_of(columns or ()),
            split=split,
            image_is_patient=image_is_patient,
            full_range=full_range,
            size=size,
            progress=terminal.progress,
            announce=terminal.say,
        )
        terminal.say(str(found))
    if found.exit_code:
        raise typer.Exit(found.exit_code)
