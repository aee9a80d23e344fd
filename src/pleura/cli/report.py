"""`pleura study report`."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[
        Path,
        typer.Argument(help="folder of a finished study", file_okay=False, exists=True),
    ],
) -> None:
    """Rebuild figures, summary and report of a study. Its tables are enough."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"{folder}: loading packages, then writing figures and the report")
        from pleura.report.page import write_report
        from pleura.tasks.listed import page_of

        terminal.say(f"report: {write_report(folder, page_of(folder))}")
