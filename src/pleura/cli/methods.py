"""`pleura study methods`."""

from pathlib import Path
from typing import Annotated

import typer


def methods(
    folder: Annotated[
        Path,
        typer.Argument(help="folder of a finished study", file_okay=False, exists=True),
    ],
    kind: Annotated[str, typer.Option("--format", help="md (Markdown) or docx (Word)")] = "md",
) -> None:
    """Write the methods section of a paper on a study. With checklists, and blanks for authors."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"{folder}: loading packages, then writing the methods section")
        from pleura.study.run import Result

        terminal.say(f"methods: {Result(folder).methods(kind)}")
