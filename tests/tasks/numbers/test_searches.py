"""The depth, and the order of steps before, at which a number is told best are searched by R²."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pleura.study.context import quiet
from pleura.study.depths import FIGURE, describe, search_depths
from pleura.study.run import Result, Study
from pleura.tables import depth_columns

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def finished(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Result:
    frozen = content["recipes"]["frozen"]
    searched = {**frozen, "strategy": {"truncation": {"at": "auto", "best": 1}}}
    steps = {
        name: {"task": "selfsup", "method": name, "training": {"epochs": 1, "precision": "fp32"}}
        for name in ("rotation", "jigsaw")
    }
    recipes = {"frozen": frozen, "cut": searched, "after": {**frozen, "curriculum": "auto"}}
    study = Study.from_objects({**content, "steps": steps, "recipes": recipes})
    return study.run(tmp_path_factory.mktemp("searched"))


def test_a_depth_is_searched_by_r2_and_shown(finished: Result) -> None:
    depths = pd.read_csv(finished.folder / "depths.csv")
    assert list(depths) == list(depth_columns("r2"))
    assert depths["r2"].le(1).all()
    assert depths["r2"].nunique() == len(depths)
    for seed, of_seed in depths.groupby("seed"):
        best = of_seed.set_index("cut")["r2"].idxmax()
        assert of_seed.loc[of_seed["chosen"] == 1, "cut"].tolist() == [best], seed
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "Linear probes at every depth" in page
    assert "R² of linear probes by depth" in page


def test_an_order_of_steps_is_searched_by_r2_and_shown(finished: Result) -> None:
    tried = pd.read_csv(finished.folder / "curriculum.csv", dtype={"kept": str})
    assert "auroc" not in tried
    for seed, rows in tried.groupby("seed"):
        short, full = (rows[rows["tried"] == how] for how in ("short", "full"))
        assert short["r2"].is_monotonic_increasing, seed
        assert full["step"].tolist() == short["step"].tolist()
        assert (full["r2"] > full["before"]).tolist() == (full["kept"] == "true").tolist()
        chain = " > ".join(["random", *full.loc[full["kept"] == "true", "step"]])
        runs = finished.runs[(finished.runs["recipe"] == "after") & (finished.runs["seed"] == seed)]
        assert runs["curriculum"].tolist() == ["" if chain == "random" else chain]
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "probe’s R²" in page
    assert "probe’s AUROC" not in page


def test_depths_of_a_study_of_numbers_can_be_looked_at_before_it(
    content: dict[str, Any], tmp_path: Path
) -> None:
    study = Study.from_objects({**content, "seeds": [0]})
    table = search_depths(study, tmp_path, progress=quiet, announce=quiet)
    assert list(table) == list(depth_columns("r2"))
    head = next(line for line in describe(table, study.file).splitlines() if "MACs" in line)
    assert head.split() == ["cut", "parameters", "MACs", "R²"]
    assert (tmp_path / FIGURE).is_file()
