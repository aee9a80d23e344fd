"""Two golden studies, cut down, give the figures that they gave before.

What a step learns is held against `values.json` here, on any processor and so within a tolerance;
`tests.golden.compare` holds all that comes out against another version, byte for byte. Figures that
a rounding can tip (classes, Dice, the choice of a trial) are left out. Where the others change on
purpose: `PLEURA_RECORD_GOLDEN=1 python -m pytest tests/golden/test_values.py`.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.study.run import Result, Study
from tests.conftest import forests_of
from tests.golden.compare import STUDIES
from tests.golden.images import write_images
from tests.golden.recording import RECORDING, record, recorded

VALUES = Path(__file__).parent / "values.json"
# SSE, AVX2 and AVX-512 of one processor differ by 7e-4 at most, by less than 1e-4 where nothing is
# normalised or fitted to convergence.
TOLERANCE = 5e-3
# It has no BatchNorm: in a deep network drawn anew that has, roundings grow to tenths in two steps.
STEADY = "squeezenet1_0"
TREES = 10  # of each forest, when the figures were recorded
SLOWER = {"probe first": 1e-5, "ImageNet, L2-SP": 1e-4}  # large weights, and BatchNorm
KEPT = {  # recipes, of each of which one trial is made
    "strategies": (
        "fine-tuning",
        "frozen",
        "hidden layer",
        "freezing",
        "probe first",
        "unfreezing",
        "layer-wise rates",
        "ImageNet, L2-SP",
        "LoRA",
        "TransFusion",
        "truncation",
    ),
    "segmentation": ("X-Unet", "other masks", "from scenes", "gradual", "on a backbone"),
}
Values = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, beside the folder of the studies."""
    folder = tmp_path_factory.mktemp("golden")
    write_images(folder / "images")
    (folder / "studies").mkdir()
    return folder


def cut_down(name: str, folder: Path) -> Path:
    """The study with the recipes of `KEPT`, one draw and nothing that only explains."""
    content = yaml.safe_load((STUDIES / f"{name}.yaml").read_text(encoding="utf-8"))
    content["recipes"] = {recipe: content["recipes"][recipe] for recipe in KEPT[name]}
    for recipe, section in content["recipes"].items():
        section["ranked"] = recipe == content["reference"]
    if name == "strategies":
        content["base"]["backbone"] = STEADY
        content["tune"]["penalties"] = [1.0]
        for recipe, rate in SLOWER.items():
            content["recipes"][recipe]["rates"] = [rate]
    content |= {"seeds": [0], "fractions": [1.0]}
    path = folder / "studies" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def classified(result: Result) -> Values:
    """Of each recipe the first four logits on test, their spread, and the loss on validation."""
    test = result.predictions.query("part == 'test'")
    values: Values = {}
    for recipe, rows in test.groupby("recipe"):
        logits = rows.sort_values("image")["logit_small"].astype(float)
        values[str(recipe)] = {
            "logits": logits.head(4).tolist(),
            "mean": logits.mean(),
            "deviation": logits.std(),
        }
    return values


def losses(result: Result) -> Values:
    """Of each recipe the losses of its last epoch."""
    names = ("train_loss", "judged_loss", "validation_loss")
    runs = result.runs[result.runs["kind"] != "baseline"]
    return {row["recipe"]: {name: row[name] for name in names} for _, row in runs.iterrows()}


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("name", KEPT)
def test_a_study_gives_the_figures_that_it_gave(name: str, folder: Path) -> None:
    with forests_of(TREES):
        result = Study.from_file(cut_down(name, folder)).run(folder / "runs" / name)
    found: Values = {"losses": losses(result)}
    if name == "strategies":
        found["test"] = classified(result)
    if RECORDING:
        record(VALUES, name, found)
        shutil.rmtree(result.folder)
    assert_close(found, recorded(VALUES)[name], name)


def assert_close(found: Any, expected: Any, where: str) -> None:
    """Numbers are as expected within the tolerance, all else exactly."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key in expected:
            assert_close(found[key], expected[key], f"{where}: {key}")
    else:
        assert found == pytest.approx(expected, abs=TOLERANCE, nan_ok=True), where
