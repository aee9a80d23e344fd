"""What is trained in half precision is judged as the model that is handed over."""

from pathlib import Path

import numpy as np
import pytest

import pleura
from pleura.models.build import cuts_of
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.networks import SMALL
from tests.study.studies import content
from tests.study.test_run import calibrated

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("strategy", ["fine_tuning", "feature_extraction"])
def test_what_is_trained_in_bf16_is_judged_as_it_is_handed_over(
    strategy: str, manifest: Path, tmp_path: Path
) -> None:
    study = content(manifest) | {"seeds": [0], "fractions": [1.0]}
    # The last cut of this backbone is called head: it is no part of the classifier's head.
    net = {"backbone": SMALL, "weights": "random", "strategy": strategy}
    study["recipes"] = {"full": net}
    study["training"]["precision"] = "bf16"
    study["tune"] = {"rates": [1e-3], "penalties": [0.1]}
    result = Study.from_objects(study).run(tmp_path)
    table = result.predictions
    expected = calibrated(table[table["recipe"] == "full"])
    scores = pleura.load(tmp_path / "best").predict(
        [manifest.parent / name for name in expected.index]
    )
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    (run,) = result.runs[result.runs["recipe"] == "full"].to_dict("records")
    features = cuts_of(SMALL)[-1].channels
    trained = {"fine_tuning": run["parameters"], "feature_extraction": 2 * features + 2}
    assert run["parameters_trained"] == trained[strategy]
