"""`pleura depth`: every cut of every network of a study, before the study itself."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from pleura.cli import app
from pleura.models.build import cuts_of
from pleura.study.run import Study
from pleura.study.views import HIDDEN
from pleura.tables import depth_columns
from tests.conftest import MakeImages
from tests.networks import SMALL
from tests.study.studies import content

OF_STAGES = "test_resnet"  # of timm: each of its cuts is a stage, of SMALL not
CUTS, STAGES = ([cut.name for cut in cuts_of(name)] for name in (SMALL, OF_STAGES))


@pytest.fixture(scope="module")
def study(make_images: MakeImages) -> dict[str, Any]:
    """Two seeds, three recipes of one network, and one of a network whose cuts are all stages."""
    study = content(make_images(patients=24)) | {"fractions": [1.0]}
    auto = {"weights": "random", "strategy": {"truncation": {"at": "auto"}}}
    searched = {
        "stages": {"backbone": SMALL, **auto},
        "of stages": {"backbone": OF_STAGES, **auto},
    }
    # Its probes are of the network before it has learned more.
    pretrained = {"backbone": OF_STAGES, "weights": "random", "curriculum": ["turns"]}
    return study | {
        "recipes": {**study["recipes"], **searched, "pretrained": pretrained},
        "steps": {"turns": {"task": "selfsup", "method": "rotation"}},
    }


@pytest.fixture(scope="module")
def answer(study: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that `pleura depth` wrote, and what it said."""
    folder = tmp_path_factory.mktemp("depth")
    file = folder / "study.yaml"
    larger = study | {"seeds": [0, 1, 2, 3], "quick": {"seeds": study["seeds"]}}
    file.write_text(yaml.safe_dump(larger, sort_keys=False))
    result = CliRunner().invoke(app, ["depth", str(file), "--quick", "--out", str(folder / "out")])
    assert result.exit_code == 0, result.output
    return folder / "out", result.output


def test_columns_are_named_where_they_stand(answer: tuple[Path, str]) -> None:
    lines = answer[1].splitlines()
    heads = [
        n for n, line in enumerate(lines) if line.split() == ["cut", "parameters", "MACs", "AUROC"]
    ]
    assert len(heads) == 2
    for at in heads:
        assert "linear probes" in lines[at - 1]
        ends = [lines[at].index(name) + len(name) for name in ("parameters", "MACs")]
        assert all(lines[at + 1][:end].endswith(" M") for end in ends)


def test_every_cut_of_every_network_has_a_row_a_seed(answer: tuple[Path, str]) -> None:
    table = pd.read_csv(answer[0] / "every_depth.csv")
    assert list(table.columns) == list(depth_columns("auroc"))
    found = {key: list(rows["cut"]) for key, rows in table.groupby(["backbone", "seed"])}
    nets = {SMALL: CUTS, OF_STAGES: STAGES}
    assert found == {(net, seed): cuts for net, cuts in nets.items() for seed in (0, 1)}
    assert table["auroc"].between(0, 1).all()
    one = table[(table["backbone"] == SMALL) & (table["seed"] == 0)]
    assert one["parameters"].is_monotonic_increasing
    assert one["macs"].is_monotonic_increasing
    assert list(one["depth"])[-1] == 1
    assert not table["chosen"].any()


def test_it_says_what_the_table_says(answer: tuple[Path, str]) -> None:
    folder, text = answer
    table = pd.read_csv(folder / "every_depth.csv")
    means = table[table["backbone"] == SMALL].groupby("cut")["auroc"].mean()
    lines = {words[0]: line for line in text.splitlines() if (words := line.strip("* ").split())}
    for cut, value in means.items():
        assert f"{value:.3f}" in lines[str(cut)]
    assert sum("  best cut" in line for line in text.splitlines()) == 2
    assert (folder / "every_depth.svg").read_text().startswith("<svg")
    assert str(folder / "every_depth.svg") in text.replace("\n", "")
    assert not (folder / "report.html").exists()


def test_each_network_and_seed_took_one_pass(answer: tuple[Path, str]) -> None:
    records = [
        json.loads(path.read_text()) for path in answer[0].glob("steps/features-*/done.json")
    ]
    assert len(records) == 2 * 2
    passes = [record["result"]["passes"] for record in records]
    assert sum(len(of_cuts) for of_cuts in passes) == 2 * (len(CUTS) + len(STAGES))
    assert {number for of_cuts in passes for number in of_cuts.values()} == {0}


def test_a_study_in_the_same_folder_takes_these_features(
    study: dict[str, Any], answer: tuple[Path, str]
) -> None:
    prepared = Study.from_objects(study).prepare(answer[0])
    missing = prepared.plan.missing(prepared.context.steps)
    # Only test images with a part hidden, which no search looks at.
    assert {step.spec["view"] for step in missing if step.kind == "features"} == set(HIDDEN)
    searches = [step for step in missing if step.kind == "depth"]
    assert [step.spec["backbone"] for step in searches] == [SMALL] * 2
    for step in searches:
        assert 0 < len(step.spec["cuts"]) < len(CUTS)
        assert all(parent.is_done(prepared.context.steps) for parent in step.parents)
