"""`pleura serve`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import FullRange


def serve(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    masker: Annotated[
        Path | None, typer.Option(metavar="DIR", help="a model of lungs, which outlines them")
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(
            help="what the page and DICOM files call the model; default: the name of its study"
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="where to listen; elsewhere than here a token is asked for")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free")] = 8000,
    name: Annotated[
        list[str] | None,
        typer.Option(help="by which the machine is reached; again for more"),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="PLEURA_TOKEN", help="that is asked of everybody; else it is drawn"),
    ] = None,
    full_range: FullRange = None,
    max_megabytes: Annotated[float, typer.Option(min=0.001, help="of an upload")] = 200,
    max_megapixels: Annotated[float, typer.Option(min=0.001, help="of an image")] = 50,
    max_frames: Annotated[int, typer.Option(min=1, help="of a clip")] = 2000,
    seconds: Annotated[float, typer.Option(min=0.1, help="for an upload, and for an answer")] = 60,
    queue: Annotated[int, typer.Option(min=0, help="requests that may wait")] = 64,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes that answer")] = 1,
) -> None:
    """Serve a page and a JSON interface for a model.

    On this machine alone unless told. Nothing that is given to it is kept.
    """
    from contextlib import ExitStack

    from pleura.deploy.card import ClassifierCard, read_card

    read_card(model, ClassifierCard)  # what is wrong with it is told before packages are loaded
    from pleura.progress import Terminal

    with ExitStack() as stack:
        with Terminal(stderr=True) as terminal:
            terminal.say("loading the model")
            from pleura.deploy.server.limits import MB, MEGAPIXEL, Limits
            from pleura.deploy.server.serving import Listening, started
            from pleura.deploy.server.worker import Setup

            limits = Limits(
                bytes=int(max_megabytes * MB),
                pixels=int(max_megapixels * MEGAPIXEL),
                frames=max_frames,
                seconds=seconds,
                waiting=queue,
                room=max(Limits.room, int(max_megabytes * MB)),
            )
            setup = Setup(model, limits, masker, full_range, title=_title(title))
            listening = Listening(host, port, name or (), token)
            server = stack.enter_context(started(setup, listening, workers=workers))
        for line in server.told:
            typer.echo(line, err=True)
        server.run()


def _title(given: str | None) -> str | None:
    """A title on one line. Raises InputError for one that DICOM has no room for, or that is
    empty."""
    from pleura.deploy.dicom.author import MEANING
    from pleura.errors import InputError

    title = None if given is None else " ".join(given.split())
    if title is not None and not (0 < len(title) <= MEANING and title.isprintable()):
        raise InputError(f"--title: give 1 to {MEANING} letters, which is what DICOM has room for")
    return title
