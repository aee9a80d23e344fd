"""`pleura study run`."""

import os
from typing import Annotated

import typer

from pleura.cli.options import Changes, File, Out, Quick
from pleura.cli.study_file import default_out, read


def run(
    file: File,
    out: Out = None,
    changes: Changes = None,
    quick: Quick = False,
    devices: Annotated[
        int, typer.Option(min=1, help="devices of this machine for pretraining without labels")
    ] = 1,
    nodes: Annotated[
        int,
        typer.Option(min=1, help="machines; each starts this with NODE_RANK, MASTER_ADDR, _PORT"),
    ] = 1,
    workers: Annotated[
        str,
        typer.Option(metavar="N", help="processes of this machine that share the work; or auto"),
    ] = "1",
    per_gpu: Annotated[
        int, typer.Option(min=1, help="workers side by side on each GPU, with --workers")
    ] = 1,
    cluster: Annotated[
        str,
        typer.Option(metavar="FILE", help="file or address by which workers (pleura worker) join"),
    ] = "",
    host: Annotated[
        str, typer.Option(help="address of this machine that other machines of a cluster reach")
    ] = "",
    mlflow: Annotated[
        str | None,
        typer.Option(metavar="URI", help="log the finished study to MLflow there, once"),
    ] = None,
) -> None:
    """Run what is missing of a study and write its report. Run it again to go on."""
    from pleura.progress import Terminal

    with Terminal() as terminal:  # at once: loading packages takes seconds, and can be interrupted
        asked = read(file, changes, quick, terminal)
        if mlflow is not None:
            from pleura.deploy.tracking import check_tracking

            check_tracking(mlflow)  # before a study runs for hours
        from pleura.engine.listed import Workers
        from pleura.study.run import Study
        from pleura.study.work import IN_THIS_PROCESS

        several = workers != "1" or cluster or host or per_gpu > 1
        engine = Workers(workers, cluster, host, per_gpu) if several else IN_THIS_PROCESS
        result = Study(asked).run(
            out or default_out(file, quick),
            devices=devices,
            nodes=nodes,
            engine=engine,
            progress=terminal.progress,
            announce=terminal.say,
        )
        if mlflow is not None and (nodes == 1 or os.environ.get("NODE_RANK") == "0"):
            from pleura.deploy.tracking import log_study

            log_study(result.folder, mlflow, say=terminal.say)
