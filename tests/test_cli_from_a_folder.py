"""The commands from a folder to a study file, as they are typed."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pleura.cli import app
from pleura.cli.data.index import choose
from pleura.data.index.propose import propose
from pleura.errors import InputError
from tests.conftest import MakeImages


def test_a_folder_becomes_a_table_and_the_next_command_is_told(
    make_images: MakeImages, tmp_path: Path
) -> None:
    folder, table = make_images().parent, tmp_path / "t.csv"
    asked = ["data", "index", str(folder), "--out", str(table)]
    refused = CliRunner().invoke(app, asked)
    assert isinstance(refused.exception, InputError)  # nobody is there to be asked
    assert "--patient '{patient}_{number}'" in str(refused.exception)
    told = CliRunner().invoke(app, [*asked, "--patient", "{patient}_{number}"]).output
    assert "48 images: 48 png\n24 patients\n" in told
    assert f"next: a column label, then pleura new {table}" in told
    wrong = CliRunner().invoke(app, ["new", str(table), "--column", "label"])
    assert "write it as ours=theirs" in str(wrong.exception)


@pytest.mark.parametrize(("answer", "number"), [("1", 0), ("2", 1), ("n", None), ("9", None)])
def test_a_user_chooses_by_number(
    answer: str, number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typer, "prompt", lambda *args, **kwargs: answer)
    proposals = propose([Path(f"p{who}_{n}.png") for who in range(3) for n in (1, 2)])
    assert choose(proposals) == (None if number is None else proposals[number])
