"""The step that holds segmented areas against flags."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor

from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import areas
from pleura.study.steps.kind import Kind
from pleura.study.steps.listed import load_kind
from tests.conftest import MakeImages
from tests.study.trained import RUN, trained_run


def bright(images: Tensor) -> Tensor:
    """Logits of background, of dark pixels and of bright ones."""
    return torch.cat([0 * images, 0.2 - images, images - 0.55], dim=1)


@pytest.fixture(scope="module")
def trained(
    make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Context, Step]:
    """A finished run on images of which those of class b have a bright spot; `spot` tells which."""
    context, outcome = trained_run(make_images(patients=24), tmp_path_factory.mktemp("study"))
    table = context.manifest.table
    table = table.assign(spot=(table["label"] == "b").astype(int).astype(str))
    return replace(context, manifest=replace(context.manifest, table=table)), outcome


def test_all_clips_of_a_stranger_and_test_clips_of_its_own(
    trained: tuple[Context, Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, outcome = trained
    asked = []

    def segmenter(kind: Kind, trial: Step, context: Context) -> object:
        asked.append(trial.kind)
        return bright

    for kind in ("segment", "fit"):
        monkeypatch.setattr(type(load_kind(kind)), "segmenter", segmenter, raising=False)
    stranger = Step("segment", "segment", {"seed": 3}, {})
    spec = {
        "networks": ["dense", "full"],
        "structures": ["dark", "light"],
        "flags": {"light": "spot"},
    }
    step = Step("areas", "areas", spec, {}, (stranger, outcome))
    areas.KIND.perform(step, context, quiet)
    assert step.is_done(context.steps)
    # What is asked to segment is the trial that the outcome chose.
    assert asked == ["segment", "fit"]
    areas.KIND.collect(Plan((step, step), open=False), context)
    table = pd.read_csv(context.out / "areas.csv", dtype=str, keep_default_na=False)
    assert len(table) == 2 * (24 + 8) * 2
    of = dict(iter(table.groupby("network")))
    patients = context.manifest.table["patient"]
    tested = context.split.parts(0, 1, 1.0).test
    assert set(of["dense"]["video"]) == set(patients)
    assert set(of["full"]["video"]) == set(patients.iloc[tested])
    assert set(of["dense"]["fold"] + of["dense"]["seed"]) == {"3"}
    assert set(of["full"]["fold"] + of["full"]["seed"]) == {f"{RUN['fold']}{RUN['seed']}"}
    light = of["dense"][of["dense"]["structure"] == "light"].assign(
        area=lambda rows: rows["area"].astype(float)
    )
    with_flag, without = (light[light["flag"] == flag]["area"] for flag in "10")
    assert with_flag.min() > without.max()
    assert set(of["dense"].loc[of["dense"]["structure"] == "dark", "flag"]) == {""}


def test_shares_are_those_of_the_likeliest() -> None:
    images = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    shares = areas.shares_of(bright)(images)
    light, dark = images > 0.55, images < 0.2
    assert shares[:, 1].tolist() == pytest.approx(light.float().mean(dim=(1, 2, 3)).tolist())
    assert shares[:, 0].tolist() == pytest.approx(dark.float().mean(dim=(1, 2, 3)).tolist())
