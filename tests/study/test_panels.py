"""Pictures of the most confident mistakes."""

from pathlib import Path

import numpy as np
import pandas as pd

from pleura.study.panels import SHOWN, write_mistakes
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.studies import content


def test_of_each_patient_the_surest_mistake(make_images: MakeImages, tmp_path: Path) -> None:
    context = Study.from_objects(content(make_images(patients=36))).prepare(tmp_path).context
    table = context.manifest.table
    test = table[table["split"] == "test"]
    wrong = np.where(test["label"] == "a", 1, -1)
    sureness = np.arange(1, len(test) + 1) / 10
    predictions = pd.DataFrame(
        {
            "recipe": "full",
            "part": "test",
            "fraction": 1.0,
            "seed": 0,
            "image": [context.manifest.name(int(row)) for row in test.index],
            "patient": test["patient"],
            "label": test["label"],
            "logit_a": -wrong * sureness,
            "logit_b": wrong * sureness,
        }
    )
    write_mistakes(context, predictions, "full")
    written = pd.read_csv(tmp_path / "panels" / "mistakes.csv")
    # Two images a patient, the second surer; a dozen test patients.
    assert list(written["image"]) == [f"{patient}_1.png" for patient in range(35, 23, -1)]
    assert len(written) == SHOWN
    assert all((tmp_path / "panels" / name).is_file() for name in written["file"])
