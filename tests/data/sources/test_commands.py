from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError


def test_sources_are_listed() -> None:
    answer = CliRunner().invoke(app, ["list", "sources"])
    assert answer.exit_code == 0
    assert "duts" in answer.stdout
    assert "checksum  SHA-256 known beforehand" in answer.stdout


def test_scenes_are_written(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["scenes", str(tmp_path), "--images", "2", "--size", "16"])
    assert answer.exit_code == 0
    assert len(read_manifest(Path(answer.stdout.strip().replace("\n", "")))) == 2


def test_a_folder_is_paired_and_an_unknown_collection_told(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        Image.new("L", (4, 4)).save(tmp_path / name)
    assert CliRunner().invoke(app, ["fetch", "folder", str(tmp_path)]).exit_code == 0
    assert len(read_manifest(tmp_path / "images.csv")) == 1
    answer = CliRunner().invoke(app, ["fetch", "imagenet", str(tmp_path)])
    assert isinstance(answer.exception, InputError)
