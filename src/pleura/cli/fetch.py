"""`pleura fetch`."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    name: Annotated[
        str, typer.Argument(help="a collection (pleura list sources), or: folder", metavar="NAME")
    ],
    folder: Annotated[Path, typer.Argument(help="where it goes, or where images and masks are")],
) -> None:
    """Download images with masks of salient objects. Those of a folder are paired up."""
    from pleura.data.sources.listed import find_source
    from pleura.data.sources.pairs import write_pairs

    if name == "folder":
        typer.echo(write_pairs(folder))
        return
    source = find_source(name)
    from pleura.data.sources.fetch import fetch_source
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"{source.what}\nlicence: {source.licence}\ncite: {source.citation}")

        def show_kilobytes(what: str, done: int, total: int) -> None:
            terminal.progress(f"{what}, kB", done // 1000, total // 1000, {})

        terminal.say(str(fetch_source(source, folder, show_kilobytes)))
