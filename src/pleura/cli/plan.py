"""`pleura study plan`."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import Changes, File, Out, Quick
from pleura.cli.study_file import default_out, read


def plan(
    file: File,
    out: Out = None,
    changes: Changes = None,
    quick: Quick = False,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="write the study there, with what its budget chose"),
    ] = None,
) -> None:
    """Check the data, show the steps and their time. Nothing is trained. Kept are decoded images,
    measurements and, beside --out, images that the study asks to be simulated."""
    from pleura.progress import Terminal

    # What is imported stays: to look for garbage in it meanwhile takes half a second.
    gc.set_threshold(50_000, 20, 20)
    with Terminal() as terminal:
        asked = read(file, changes, quick, terminal)
        from pleura.study.budget.saved import refuse_existing, save_resolved
        from pleura.study.estimate import describe
        from pleura.study.run import Study

        if save is not None:
            refuse_existing(save)
        prepared = Study(asked).prepare(
            out or default_out(file, quick), progress=terminal.progress, announce=terminal.say
        )
        terminal.say(describe(asked, prepared))
        if save is not None:
            save_resolved(asked, prepared, save)
            terminal.say(f"{save}: the same study, on any machine: change data.manifest there")
