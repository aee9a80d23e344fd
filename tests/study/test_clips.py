"""The step that predicts clips and patients."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.pooling import pool
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import clips
from pleura.tables import read_predictions
from tests.conftest import MakeImages
from tests.study.trained import RUN, trained_run

LOGITS = ["logit_a", "logit_b"]


@pytest.fixture(scope="module")
def trained(
    make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Context, Step]:
    """A finished run on 24 patients of two images each."""
    return trained_run(make_images(patients=24), tmp_path_factory.mktemp("study"))


def performed(context: Context, outcome: Step) -> pd.DataFrame:
    step = Step("clips", "clips", {}, {}, (outcome,))
    clips.KIND.perform(step, context, quiet)
    assert step.is_done(context.steps)
    clips.KIND.collect(Plan((step,), open=False), context)
    return read_predictions(context.out / "clips.csv")


def test_without_videos_clips_are_the_images_of_a_patient(trained: tuple[Context, Step]) -> None:
    context, outcome = trained
    table = performed(context, outcome)
    parts = context.split.parts(0, 1, 1.0)
    patients = context.manifest.table["patient"]
    for part, rows in (("validation", parts.validation), ("test", parts.test)):
        of_part = table[table["part"] == part]
        for _, mine in of_part.groupby(["unit", "pooling"]):
            assert set(mine["image"]) == set(patients.iloc[rows])
            assert (mine["frames"] == 2).all()
    assert table.groupby(["unit", "pooling"]).ngroups == 4
    assert (table[list(RUN)] == list(RUN.values())).all(axis=None)
    # A patient shown as one clip is the patient.
    attention = table[table["pooling"] == "attention"]
    clip, patient = (
        attention[attention["unit"] == unit].set_index("image")[LOGITS].sort_index()
        for unit in ("clip", "patient")
    )
    assert list(clip.index) == list(patient.index)
    assert clip.to_numpy() == pytest.approx(patient.to_numpy(), abs=1e-6)


def test_clips_are_videos_and_the_mean_is_that_of_the_frames(trained: tuple[Context, Step]) -> None:
    context, outcome = trained
    # The first ten patients have a still each beside a clip of one frame.
    manifest = context.manifest.table
    numbers = manifest.groupby("patient").cumcount()
    early = manifest["patient"].isin([f"p{i}" for i in range(10)]) & (numbers == 1)
    videos = ("v" + manifest["patient"]).where(~early, "")
    context = replace(
        context, manifest=replace(context.manifest, table=manifest.assign(video=videos))
    )
    path = outcome.folder(context.steps) / "predictions.csv"
    before = path.read_text()
    predictions = read_predictions(path)
    by_name = {context.manifest.name(row): videos[row] for row in range(len(videos))}
    predictions["video"] = predictions["image"].map(by_name)
    predictions.to_csv(path, index=False)
    table = performed(context, outcome)
    path.write_text(before)
    mean = table[(table["pooling"] == "mean") & (table["unit"] == "clip")].reset_index(drop=True)
    judged = predictions[predictions["part"].isin(["validation", "test"])]
    expected = pool(judged, "clip").table
    pd.testing.assert_series_equal(mean["image"], expected["image"])
    assert mean[LOGITS].to_numpy() == pytest.approx(expected[LOGITS].to_numpy())
    attention = table[(table["pooling"] == "attention") & (table["unit"] == "clip")]
    assert list(attention["image"]) == list(mean["image"])
    assert np.isfinite(attention[LOGITS]).all(axis=None)
