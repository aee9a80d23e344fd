"""What the command line loads: nothing heavy where it only lists, simulates or refuses."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

HEAVY = (
    *("torch", "kornia", "timm", "lightly", "monai", "sklearn", "matplotlib", "pandas", "scipy"),
    *("pydicom", "cv2", "onnx", "onnxruntime"),
)


GOOD = (
    "question: x\ndata: {manifest: m.csv}\nsplit: {test: 0.3}\nreference: r\n"
    "recipes: {r: {backbone: resnet18, weights: random}}\n"
)


# What a command has loaded is still there with the next, so one process tells of all of them.
IN_TURN = f"""
import contextlib, io, json, sys
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["pleura", *arguments]
    written, error = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(written),
        contextlib.redirect_stderr(error),
        contextlib.suppress(SystemExit),
    ):
        from pleura.__main__ import main
        main()
    loaded = [m for m in {HEAVY} if m in sys.modules]
    print(json.dumps([written.getvalue(), error.getvalue(), loaded]))
"""


def answers_of(commands: Sequence[Sequence[str | Path]]) -> Iterator[tuple[str, str, list[str]]]:
    """What each command writes, its message of an error, and the heavy packages that are loaded
    then; one process gives them one after the other."""
    given = json.dumps([[str(part) for part in command] for command in commands])
    command = [sys.executable, "-c", IN_TURN, given]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    lines = answer.stdout.splitlines()
    assert len(lines) == len(commands)
    for line in lines:
        written, error, loaded = json.loads(line)
        yield written, error, loaded


def test_what_only_lists_loads_no_heavy_package() -> None:
    commands: list[tuple[str, ...]] = [
        ("--help",),
        ("study", "--help"),
        ("list", "strategies"),
        ("list", "methods"),
        ("list", "unets"),
        ("list", "sources"),
        ("list", "weights"),
    ]
    for command, (written, error, loaded) in zip(commands, answers_of(commands), strict=True):
        assert (error, loaded) == ("", []), command
        assert len(written.splitlines()) > 3, command


BRIEF = ("--clips", "1", "--frames", "1")  # of a patient; ten frames take a second


def test_what_simulates_says_so_at_once_and_loads_no_network(tmp_path: Path) -> None:
    kinds: dict[str, tuple[str, ...]] = {
        "chest-xray": ("phantom",),
        "chest-xray-findings": ("phantom", "--findings"),
        "lung-ultrasound": ("phantom", "--kind", "lung-ultrasound", *BRIEF),
        "scenes": ("scenes",),
    }
    commands = [
        (*verb, tmp_path / kind, "--images" if kind == "scenes" else "--patients", "8")
        for kind, verb in kinds.items()
    ]
    answers = answers_of([(*command, "--size", "32") for command in commands])
    for kind, (written, told, loaded) in zip(kinds, answers, strict=True):
        # A machine that has much else to do is told that packages are being loaded.
        lines = [line for line in told.splitlines() if "loading packages" not in line]
        assert lines == [f"simulating {kind} in {tmp_path / kind}"]
        assert written.splitlines() == [str(tmp_path / kind / "images.csv")]
        assert "torch" not in loaded


def test_a_plan_loads_nothing_that_only_a_run_needs() -> None:
    code = (
        "import sys, pleura.study.run, pleura.study.estimate\n"
        "late = 'sklearn', 'scipy.stats', 'matplotlib', 'monai', 'torchmetrics'\n"
        "print([m for m in (*late, 'torch._dynamo') if m in sys.modules])\n"
        "import pleura._fabric\n"  # what a training loads besides
        "print([m for m in late if m in sys.modules])\n"
        # Kinds of steps are loaded without libraries that draw.
        "from pleura.study.steps.listed import KINDS, load_kind\n"
        "assert all(load_kind(kind).version for kind in KINDS)\n"
        "print([m for m in ('captum', 'matplotlib') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["[]", "[]", "[]"]


WRONG = [
    (["trainings={}"], "trainings: unknown key; did you mean 'training'?"),
    (["training={epoch: 3}"], "training.epoch: unknown key; did you mean 'epochs'?"),
    (["training={augmentation: {rotate: 3}}"], "augmentation.rotate: unknown key"),
    (["recipes.r.strategy={lora: {rnk: 2}}"], "rnk: unknown option; did you mean 'rank'?"),
    (["recipes.r={network: {x_unet: {widht: 8}}}"], "widht: unknown option"),
    (["recipes.r={network: x_unet, freeze: encoders}"], "there is no 'encoders'"),
    (
        ["data={simulated: {kind: ct}}"],
        "takes one of chest-xray, chest-xray-findings, lung-ultrasound, scenes",
    ),
    (["data.lungs={study: nowhere.yaml}"], "nowhere.yaml: there is no such study file"),
    (["steps={s: {task: selfsup, method: {moco: {que: 3}}}}"], "que: unknown option"),
]


@pytest.mark.parametrize("verb", ["run", "plan"])
def test_a_wrong_key_is_told_before_any_heavy_package_is_loaded(verb: str, tmp_path: Path) -> None:
    study, out = tmp_path / "study.yaml", tmp_path / "out"
    study.write_text(GOOD)
    commands = [
        ["study", verb, str(study), "--out", str(out), *(w for c in changes for w in ("--set", c))]
        for changes, _ in WRONG
    ]
    for (_, message), (_, error, loaded) in zip(WRONG, answers_of(commands), strict=True):
        assert message in error
        assert loaded == []
    assert not out.exists()


def test_what_is_not_there_is_told_before_the_heavy_imports(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pleura.__main__ import main\n"
        "try:\n    main()\nfinally:\n    print('torch' in sys.modules)"
    )
    for verb, name, told in (
        (("study", "run"), "nope.yaml", "nope.yaml: there is no such study file"),
        (("study", "methods"), "nope", "nope' does not exist"),
        (("data", "index"), "nope", "nope' does not exist"),
    ):
        command = [sys.executable, "-c", code, *verb, name]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert answer.returncode in (1, 2)
        assert told in " ".join(answer.stderr.split())
        assert answer.stdout.strip() == "False"


def test_a_model_of_another_kind_is_told_before_the_heavy_imports(tmp_path: Path) -> None:
    card = {"task": "segmentation", "size": 32, "fit": "crop"}
    (tmp_path / "model.json").write_text(json.dumps(card))
    (tmp_path / "x.csv").write_text("image\na.png\n")
    commands = [
        ("predict", tmp_path, "x"),
        ("serve", tmp_path),
        *((command, tmp_path, tmp_path / "x.csv") for command in ("evaluate", "overlap")),
        ("fingerprints", tmp_path, tmp_path / "x.fingerprints"),
    ]
    for command, (_, error, loaded) in zip(commands, answers_of(commands), strict=True):
        assert "holds a segmentation, which gives masks, no classes" in error, command
        assert "torch" not in loaded, command
