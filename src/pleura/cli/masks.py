"""`pleura masks`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import Column, FullRange


def masks(
    model: Annotated[Path, typer.Argument(help="folder of a model that segments")],
    manifest: Annotated[Path, typer.Argument(help="CSV file, an image, or a folder of images")],
    out: Annotated[Path, typer.Option(help="folder for the masks and masks.csv")],
    column: Column = None,
    full_range: FullRange = None,
) -> None:
    """Segment an image, or those of any table or folder. Each mask comes with whether it can be
    trusted, and why not."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.deploy.masks import describe, write_masks

        table = write_masks(
            model,
            manifest,
            out,
            column=column,
            full_range=full_range,
            progress=lambda done, total: terminal.progress("masks", done, total, {}),
            say=terminal.say,
        )
        terminal.say(describe(table, out))
