"""What the verbs that simulate have in common."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer


def simulate(kind: str, folder: Path, parameters: Mapping[str, Any]) -> None:
    """Write a set of a kind of images. Those of its `parameters` that are None or empty are left at
    their defaults."""
    from pleura.progress import Terminal

    with Terminal(stderr=True) as terminal:  # at once: what simulates takes a second to load
        terminal.say(f"simulating {kind} in {folder}")
        from pleura.study.simulated import write_simulated

        given = {name: value for name, value in parameters.items() if value not in (None, [])}
        table = write_simulated(kind, folder, given, terminal.progress)
    typer.echo(table)
