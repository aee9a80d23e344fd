"""The commands from a folder to a study file, as they are typed."""

from pathlib import Path

import numpy as np
import pytest
import typer
from benchmarks.dicom_files import write as write_dicom
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.cli.data.index import OF_PATIENTS, choose
from pleura.data.index.propose import propose
from pleura.errors import InputError
from pleura.study.new import design, text, write
from pleura.study.prepared import NetworkTiming
from tests.conftest import MakeImages
from tests.networks import SMALL

pytestmark = pytest.mark.usefixtures("small_forests")


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
    assert choose(proposals, OF_PATIENTS) == (None if number is None else proposals[number])


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(write, "time_backbone", lambda announce: NetworkTiming("fp32", 1.0, 0.2))
    short = {"training": {"epochs": 1, "min_steps": 1}}
    monkeypatch.setattr(text, "QUICK", {**text.QUICK, **short})


@pytest.fixture
def _two_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Study files have two recipes of the usual four, one of them with frozen weights."""
    two = {name: design.RECIPES[name] for name in ("frozen", "fine-tuning")}
    for module in (design, text):
        monkeypatch.setattr(module, "RECIPES", two)


@pytest.fixture
def _small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Study files name a network that trains faster, and has no ImageNet weights."""
    random = {name: each.replace("imagenet", "random") for name, each in design.RECIPES.items()}
    for module in (design, text):
        monkeypatch.setattr(module, "RECIPES", random)
    monkeypatch.setattr(text, "BACKBONE", SMALL)


def report_of(*commands: list[str]) -> str:
    """The page that is there when all commands went well."""
    for command in commands:
        answer = CliRunner().invoke(app, command)
        assert answer.exit_code == 0, (command, answer.output, answer.exception)
    (report,) = Path.cwd().rglob("report.html")
    return report.read_text()


@pytest.mark.usefixtures("_short", "_small_network")
def test_four_commands_lead_from_dicom_in_folders_of_parts_and_classes_to_a_report() -> None:
    random = np.random.default_rng(0)
    for who in range(12):
        folder = Path("export", "train" if who < 8 else "test", "ab"[who % 2], f"study{who}")
        folder.mkdir(parents=True)
        for number in range(2):
            pixels = random.integers(0, 200, (40, 40), dtype=np.uint8)
            pixels[14:26, 14:26] += np.uint8(50 * (who % 2))
            uid = f"1.2.{who}.{number}"
            write_dicom(folder / f"{uid}.dcm", pixels, PatientID=f"doe-{who}", SOPInstanceUID=uid)
    page = report_of(
        ["data", "index", "export"],
        ["new", "export/images.csv"],
        ["study", "plan", "export.yaml"],
        ["study", "run", "export.yaml", "--quick"],
    )
    assert "doe-" not in page


@pytest.mark.usefixtures("_short", "_two_recipes")
def test_four_commands_lead_from_clips_whose_names_tell_classes_to_a_report() -> None:
    random = np.random.default_rng(0)
    for who in range(12):
        label = ("Reg", "Cov", "Reg", "Vir")[who % 4]
        folder = Path("clips", "train" if who < 8 else "test")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 200, (3, 40, 40), dtype=np.uint8)
        pixels[:, 14:26, 14:26] += np.uint8(50 * (label != "Reg"))
        first, *others = map(Image.fromarray, pixels)
        path = folder / f"{label}_kowalski{who}.gif"
        first.save(path, save_all=True, append_images=others, duration=40)
    tell = ["--folders", "{split}", "--patient", "{patient}", "--label", "{label}_{any}"]
    page = report_of(
        ["data", "index", "clips", *tell],
        ["new", "clips/images.csv", "--classes", "ill=Cov,Vir"],
        ["study", "plan", "clips.yaml"],
        ["study", "run", "clips.yaml", "--quick"],
    )
    assert "kowalski" not in page  # the names of patients, which `pleura new` hides
    assert "Labels studied as one, ill: Cov, Vir" in page


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["ward/images.csv"], "checks/ward"),
        (["ward/frames.csv"], "checks/frames"),
        (["ward/images.csv", "--split", "theirs.csv"], "checks/ward/theirs"),
        (["public:kermany"], "checks/kermany"),
        (["ward/images.csv", "--out", "mine"], "mine"),
    ],
)
def test_each_table_and_split_is_checked_into_a_folder_of_its_own(
    arguments: list[str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def check(table: Path, out: Path, **_: object) -> None:
        asked.append(out)
        raise InputError("enough")

    monkeypatch.setattr("pleura.check.run.check_table", check)
    CliRunner().invoke(app, ["data", "check", *arguments])
    assert asked == [Path(folder)]
