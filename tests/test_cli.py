"""The command line: a table of contents, quick to answer, one message for an error."""

import io
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from pathlib import Path

import pytest

from pleura.cli import main
from pleura.cli.study_file import default_out
from tests.conftest import MakeImages
from tests.pleura_command import pleura


def here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What `pleura` does, in this process: it need not import the libraries that it works with."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        patch.setattr(sys, "argv", ["pleura", *map(str, arguments)])
        main()
    code = ended.value.code
    code = code if isinstance(code, int) else int(code is not None)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def test_help_lists_the_verbs() -> None:
    answer = pleura("--help")
    assert answer.returncode == 0
    for verb in ("study", "list", "depth", "phantom", "predict"):
        assert verb in answer.stdout


@pytest.mark.parametrize("group", [(), ("study",), ("list",), ("data",)])
def test_lists_of_verbs_hold_whole_sentences(group: tuple[str, ...]) -> None:
    told = here(*group, "-h").stdout
    verbs = told[told.index("Commands:") :].splitlines()[1:]
    assert len(verbs) >= 3
    assert all(line.endswith(".") and not line.endswith("...") for line in verbs)


def test_version() -> None:
    answer = pleura("--version")
    assert (answer.returncode, answer.stdout) == (0, f"pleura {version('pleura')}\n")


@pytest.mark.parametrize("verb", [("study", "run"), ("study", "plan"), ("predict",), ("masks",)])
def test_help_names_values_as_a_user_writes_them(verb: tuple[str, ...]) -> None:
    shown = here(*verb, "--help").stdout
    assert ("--set KEY=VALUE" if verb[0] == "study" else "--full-range BLACK WHITE") in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("phantom", "x", "--patients", "200000"), "less than or equal to 100000"),
        (("phantom", "x", "--size", "20000"), "less than or equal to 2048"),
        (("phantom", "x", "--seed", "-1"), "greater than or equal to 0"),
        (("scenes", "x", "--images", "1000000"), "less than or equal to 200000"),
        (
            ("phantom", "x", "--kind", "lung-ultrasound", "--frames", "5000"),
            "less than or equal to 1000",
        ),
        (
            ("phantom", "x", "--kind", "lung-ultrasound", "--size", "16"),
            "size is 16; use at least 32 pixels",
        ),
    ],
)
def test_a_slip_of_the_pen_does_not_fill_the_disk(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    answer = here(*(tmp_path / part if part == "x" else part for part in arguments))
    assert answer.returncode
    assert told in answer.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("kind", ["backbones", "strategies", "unets", "methods"])
def test_lists(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # tests/models/test_listing.py has the lines of all backbones.
    few = ("squeezenet1_0", "tf_efficientnet_lite0")
    monkeypatch.setattr("pleura.models.listing.list_backbones", lambda: few)
    answer = here("list", kind)
    assert answer.returncode == 0
    wanted = {
        "backbones": "tf_efficientnet_lite0",
        "strategies": "fine_tuning",
        "unets": "v_unet",
        "methods": "models_genesis",
    }
    assert wanted[kind] in answer.stdout


def test_an_error_is_one_message_and_not_a_traceback(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text("question: x\nsplits: {}\n")
    answer = pleura("study", "run", study, "--out", tmp_path / "out")
    assert answer.returncode == 1
    assert "splits: unknown key; did you mean 'split'?" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "out").exists()


def test_all_problems_of_a_manifest_are_listed_before_anything_runs(
    make_images: MakeImages, tmp_path: Path
) -> None:
    manifest = make_images(patients=12, seed=5)
    lines = manifest.read_text().splitlines()
    lines[1] = lines[1].replace("0_0.png", "gone.png")
    (manifest.parent / "1_0.png").write_text("no image")
    manifest.write_text("\n".join(lines))
    study = tmp_path / "study.yaml"
    study.write_text(
        f"question: x\ndata: {{manifest: {manifest}, size: 32}}\nsplit: {{test: split}}\n"
        "reference: r\nrecipes: {r: {backbone: resnet18, weights: random}}\n"
    )
    answer = here("study", "run", study, "--out", tmp_path / "out")
    assert answer.returncode == 1
    assert "gone.png" in answer.stderr
    assert "1_0.png" in answer.stderr
    assert not (tmp_path / "out" / "steps").exists()


def test_a_report_says_at_once_that_it_is_being_made(tmp_path: Path) -> None:
    answer = pleura("study", "report", tmp_path)
    assert answer.stdout == f"{tmp_path}: loading packages, then writing figures and the report\n"
    assert "study.yaml is missing" in answer.stderr


def test_interrupted_it_says_how_to_go_on(make_images: MakeImages, tmp_path: Path) -> None:
    import signal

    study = tmp_path / "study.yaml"
    study.write_text(
        f"question: x\ndata: {{manifest: {make_images(patients=24)}, size: 32}}\n"
        "split: {test: split}\nreference: r\n"
        "recipes: {r: {backbone: squeezenet1_0, weights: random}}\n"
        "training: {epochs: 2000, patience: 1.0, precision: fp32}\n"
    )
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pleura", "study", "run", str(study), "--out", str(out)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    while not list(out.glob("tensorboard/*")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "goes on from here" in errors
    assert "Traceback" not in errors


def test_interrupted_at_once_it_says_the_same() -> None:
    code = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, *rest):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from pleura.__main__ import main
main()
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 130
    assert answer.stderr == "stopped; the same command goes on from here\n"


def test_notes_of_the_manifest_are_said(make_images: MakeImages, tmp_path: Path) -> None:
    manifest = make_images(patients=24)
    with manifest.open("a") as file:
        file.write("odd.png,odd,p0,train\n")
    study = tmp_path / "study.yaml"
    study.write_text(
        f"question: x\ndata: {{manifest: {manifest}, size: 32, "
        "classes: [a, b]}\nsplit: {test: split}\nreference: r\n"
        "recipes: {r: {backbone: squeezenet1_0, weights: random}}\n"
    )
    answer = here("study", "plan", study, "--out", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert "note: rows left out, their label not among the classes: 1" in answer.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_letter_that_cannot_be_shown_ends_nothing(
    encoding: str, make_images: MakeImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(
        f"question: '\u00e4 \u2192 \u6c14'\ndata: {{manifest: {make_images()}, size: 32}}\n"
        "split: {test: split}\nreference: r\n"
        "recipes: {r: {backbone: squeezenet1_0, weights: random}}\n",
        encoding="utf-8",
    )
    shown = io.BytesIO()
    terminal = io.TextIOWrapper(shown, encoding)
    monkeypatch.setattr(sys, "argv", ["pleura", "study", "plan", str(study), "--out", "out"])
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(terminal), pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    terminal.flush()
    arrow = b"\xe4 " if encoding == "latin-1" else b"\\xe4 "
    assert arrow + rb"\u2192 \u6c14" in shown.getvalue()


def test_a_study_file_in_a_studys_folder_goes_on_there(tmp_path: Path) -> None:
    left = tmp_path / "runs" / "mine" / "study.yaml"
    assert default_out(left, quick=False) == Path("runs/study")
    left.parent.mkdir(parents=True)
    (left.parent / "split.json").touch()
    assert default_out(left, quick=False) == left.parent
    assert default_out(left, quick=True) == Path("runs/study-quick")
    assert default_out(left.with_name("other.yaml"), quick=False) == Path("runs/other")


def test_phantom_and_predict(tmp_path: Path) -> None:
    answer = here("predict", tmp_path, tmp_path / "x.png")
    assert answer.returncode == 1
    assert "holds no model" in answer.stderr
    answer = here("phantom", tmp_path / "p", "--patients", "8", "--size", "16")
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "p" / "images.csv").is_file()
