"""What a model predicts of new patients, as a table shaped like that of a study."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.lung_notes import note_of_missing
from pleura.data.manifest import Manifest
from pleura.deploy.package import Model
from pleura.deploy.predictor import Asked, predictions
from pleura.errors import refuse
from pleura.evaluate.calibration_maps import SMALLEST
from pleura.evaluate.predicted_runs import logits_of
from pleura.evaluate.prediction_sets import in_braces
from pleura.study.context import Progress, quiet
from pleura.tables import CALLED, LABEL, LOGIT, NUMBER, PREDICTED

MODEL = "model"  # what the table calls the one recipe that there is
DISTANCE, UNLIKE = "distance", "unlike"
FOUND = "lungs_found"  # 1 or 0, where the model sees images cropped to their lungs
KEPT = ("video", "source", "site", "view")


def predict_table(
    model: Model, manifest: Manifest, *, full_range: Any = None, progress: Progress = quiet
) -> pd.DataFrame:
    """One row an image: `recipe, fold, seed, fraction, part` as in the predictions of a study, all
    of them of the test part; image, patient, label; what the model gives, calibrated as it is
    handed over (`logit_<class>`, or `predicted`), which findings it calls positive
    (`called_<finding>`), its prediction set (`set`), how far the image is from the training images
    (`distance`, in multiples of the limit, and `unlike`, 1 or 0), and of a model that sees images
    cropped to their lungs whether usable ones were found (`lungs_found`, 1 or 0).

    Raises InputError naming all images that cannot be read.
    """
    asked = [
        Asked(manifest.name(row), [address]) for row, address in enumerate(manifest.table["image"])
    ]
    made = []
    for each in predictions(model, asked, full_range):
        made.append(each)
        progress("predicting images", len(made), len(asked), {})
    problems = [
        f"{manifest.describe(row)}: {each.error.reason}"
        for row, each in enumerate(made)
        if each.error is not None
    ]
    refuse(f"{manifest.origin}: images that cannot be read.", problems)
    values = np.array([each.probabilities for each in made])
    distances = np.array([each.distance for each in made])
    table = pd.DataFrame(
        {
            "recipe": MODEL,
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": "test",
            "image": [each.name for each in made],
            "patient": manifest.groups.astype(object),
            "label": manifest.table["label"].to_numpy(dtype=object),
            **{name: manifest.table[name].to_numpy(dtype=object) for name in KEPT},
        }
    )
    table = table.join(_outputs(model, manifest, values))
    if model.rule is not None:
        table["set"] = ["; ".join(map(in_braces, each.sets or ())) for each in made]
    if model.likeness is not None:
        table = table.assign(**{DISTANCE: distances, UNLIKE: (distances > 1).astype(np.int64)})
    if model.finds is not None:
        table[FOUND] = [int(all(frame.found for frame in each.frames)) for each in made]
    return table


def note_of_lungs(predicted: pd.DataFrame, manifest: Manifest) -> str | None:
    """Of how many images of each class of a manifest no usable lungs were found, by the table that
    was `predicted` of it; None for a model of whole images, and where all have some."""
    if FOUND not in predicted:
        return None
    return note_of_missing(predicted[FOUND].to_numpy() == 1, manifest.members)


def _outputs(model: Model, manifest: Manifest, values: NDArray[np.float64]) -> pd.DataFrame:
    """The columns of labels and outputs; values: (n, classes), probabilities or numbers."""
    if model.gives_a_number:
        return pd.DataFrame({NUMBER: manifest.labels.astype(np.float64), PREDICTED: values[:, 0]})
    order = [manifest.classes.index(name) for name in model.classes]
    truth = manifest.labels[:, order] if manifest.has_findings else manifest.labels
    logits = logits_of(np.maximum(values, SMALLEST), truth)
    columns: dict[str, Any] = {}
    if manifest.has_findings:
        known = pd.DataFrame(truth, columns=[LABEL + name for name in model.classes])
        columns |= dict(known.where(known >= 0).astype("Int64"))
    columns |= {LOGIT + name: logits[:, at] for at, name in enumerate(model.classes)}
    if manifest.has_findings:
        limits = model.thresholds
        called = values >= (0.5 if limits is None else limits)
        columns |= {
            CALLED + name: called[:, at].astype(np.int64) for at, name in enumerate(model.classes)
        }
    return pd.DataFrame(columns)


def classes_of(table: pd.DataFrame) -> Sequence[str]:
    """The classes or findings of a table, in the order of its logits; none of numbers."""
    names = map(str, table.columns)
    return tuple(name.removeprefix(LOGIT) for name in names if name.startswith(LOGIT))
