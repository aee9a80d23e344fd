"""`pleura worker`."""

from typing import Annotated

import typer


def worker(
    cluster: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="the file that a run with --cluster writes, or its address"
        ),
    ],
    threads: Annotated[
        int | None, typer.Option(min=1, help="of each training; default all, divided by workers")
    ] = None,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs of this machine that it uses")] = 0,
    per_gpu: Annotated[int, typer.Option(min=1, help="trainings side by side on each GPU")] = 1,
    once: Annotated[
        bool, typer.Option("--once", help="end when the run has come to its end")
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="MINUTES",
            help="for a run that is not there, or was killed; default 30 with --once, else no end",
        ),
    ] = None,
) -> None:
    """Do steps of a study that runs elsewhere with --cluster. It waits for the run."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.engine.serving import serve

        serve(
            cluster,
            threads=threads,
            gpus=gpus,
            per_gpu=per_gpu,
            once=once,
            wait=wait,
            progress=terminal.progress,
            say=terminal.say,
        )
