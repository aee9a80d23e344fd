"""Trials that several recipes share."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.mark.usefixtures("no_page")
def test_recipes_that_share_a_trial_may_choose_different_ones(
    manifest: Path, tmp_path: Path
) -> None:
    study = content(manifest)
    study |= {"seeds": [0], "fractions": [1.0]}
    full = study["recipes"]["full"]
    study["recipes"] = {"full": full, "slow": {**full, "rates": [1e-4, 1e-6]}}
    first = Study.from_objects(study).run(tmp_path)
    # Weights dropped as a loser's are trained again when a later plan chooses them.
    study["recipes"]["slower"] = {**full, "rates": [1e-6, 1e-7]}
    second = Study.from_objects(study).run(tmp_path)
    rates = second.runs.set_index("recipe")["rate"]
    assert rates["slow"] in (1e-4, 1e-6)
    assert rates["slower"] in (1e-6, 1e-7)
    same = second.predictions[second.predictions["recipe"].isin(["full", "slow"])]
    before = first.predictions[first.predictions["recipe"].isin(["full", "slow"])]
    pd.testing.assert_frame_equal(same.reset_index(drop=True), before.reset_index(drop=True))
