"""The page of the command line."""

from typing import Any

import pytest
from typer.main import get_command

from docs.site.command_line import command_line_page, commands
from pleura.cli import app

PAGE = command_line_page()
EVERY = list(commands(get_command(app), ("pleura",)))


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])
def test_every_command_stands_there_with_all_its_options(
    path: tuple[str, ...], command: Any
) -> None:
    sections = PAGE.split("\n## ")
    (section,) = [each for each in sections if each.startswith(f"{' '.join(path)}\n")]
    for parameter in command.params:
        name = max(parameter.opts, key=len)
        assert f"`{name}" in section, f"{name} is not in\n{section}"


def test_all_verbs_are_found() -> None:
    paths = {" ".join(path) for path, _ in EVERY}
    assert {"pleura study run", "pleura data index", "pleura predict", "pleura list"} <= paths


def test_signs_of_markdown_are_letters() -> None:
    assert "`--kind <chest-xray\\|lung-ultrasound>`" in PAGE
    assert "MASTER\\_ADDR" in PAGE
