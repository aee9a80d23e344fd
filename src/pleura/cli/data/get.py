"""`pleura data get`."""

from pathlib import Path
from typing import Annotated

import typer


def get(
    name: Annotated[str, typer.Argument(help="a source (pleura list sources)")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="where it goes; default data/NAME", show_default=False),
    ] = None,
    copy: Annotated[
        Path | None,
        typer.Option("--from", help="a copy that you have: it stays where it is", metavar="FOLDER"),
    ] = None,
) -> None:
    """Get a public source and list its images in a table. A download goes on where it broke."""
    from pleura.data.sources.listed import find_source

    source = find_source(name)
    from pleura.data.sources.get import get_source
    from pleura.data.sources.places import data_folder
    from pleura.progress import Terminal
    from pleura.wording import count

    with Terminal() as terminal:
        terminal.say(f"{source.what}\nlicence: {source.licence}\ncite: {source.citation}")
        if source.size and copy is None:
            again = "; unpacked, it takes at least as much again" * source.unpacked
            terminal.say(f"to download: {source.size}{again}")

        def show(what: str, done: int, total: int) -> None:
            if total:
                terminal.progress(f"{what}, kB", done // 1000, total // 1000, {})
            else:
                terminal.progress(what, 0, 1, {})

        listed = get_source(source, folder or data_folder() / name, copy, show, terminal.say)
        for sentence in listed.told:
            terminal.say(f"note: {sentence}")
        if listed.absent:
            terminal.say(
                f"note: {count(listed.absent, 'image')} of its tables are not there, and left out"
            )
        for why, number in listed.left_out.items():
            terminal.say(f"note: {count(number, 'image')} left out: {why}")
        for each in (source, *source.parts):
            if each.note:
                terminal.say(f"note: {each.note}")
        if listed.image_is_patient:
            terminal.say(
                "note: every image counts as a patient of its own; those of one person "
                f"can train and test. {source.patients}".rstrip()
            )
        terminal.say(f"{count(len(listed.rows), 'image')}: {listed.path}")
        if folder is None:
            terminal.say(f"in a study file: data: {{manifest: public:{name}}}")
