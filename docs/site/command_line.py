"""The page of the command line, made from its commands."""

import re
from collections.abc import Iterator
from typing import Any

NAME = "pleura"


def command_line_page() -> str:
    """Markdown: each command with its usage, what it does, and its arguments and options."""
    from typer.main import get_command

    from pleura.cli import app

    parts = [
        "# The command line",
        f"Every command tells the same of itself: `{NAME} study run --help`.",
    ]
    for path, command in commands(get_command(app), (NAME,)):
        parts += [f"## {' '.join(path)}", *_described(path, command)]
    return "\n\n".join(parts) + "\n"


def commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A command and all below it, each with the words that call it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def _described(path: tuple[str, ...], command: Any) -> Iterator[str]:
    context = command.make_context(" ".join(path), [], resilient_parsing=True)
    usage = " ".join([" ".join(path), *command.collect_usage_pieces(context)])
    yield f"```sh\n{usage}\n```"
    if command.help:
        yield _escaped(" ".join(command.help.split()))
    records = [each.get_help_record(context) for each in command.get_params(context)]
    rows = [
        f"| `{_cell(name)}` | {_cell(_escaped(said))} |"
        for name, said in filter(None, records)
        if name != "--help"
    ]
    if rows:
        yield "\n".join(["| argument or option | |", "|---|---|", *rows])


def _escaped(text: str) -> str:
    """Text in which Markdown sees no signs of its own but `code`."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([\\*_<>\[\]#])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
