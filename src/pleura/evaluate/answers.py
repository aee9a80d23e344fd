"""What a model says of an image in words: what is likeliest, how sure, and whether it is right."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pleura.evaluate.metrics import softmax
from pleura.evaluate.predicted_runs import called_of, labels_of, probabilities_of
from pleura.evaluate.ranking import Floats
from pleura.tables import LOGIT


def told_of(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """What is said of each row of a table of predictions, with its index: the columns label,
    predicted, probability, hit, explained, rival and rival_is.

    Of classes `predicted` is the likeliest, and `rival` the true one, or in a hit the next likely
    (`rival_is` "true" or "next").
    Of findings the row tells of one alone: of those that are known and that are there or are called
    positive, the one that the model is most sure of; an image without any tells of the finding
    that it was nearest to call. `label` and `predicted` then say `no <finding>` where it is not
    there or not called; `rival` is the next likely finding. `explained` is the class or finding
    that heat maps are made for.
    """
    logits = predictions[[f"{LOGIT}{name}" for name in classes]].to_numpy("float32")
    called = called_of(predictions, classes)
    if called is None:
        return _of_classes(predictions, classes, softmax(logits))
    labels = labels_of(predictions, classes)
    there = probabilities_of(logits, labels)
    sure = np.where(called, there, 1 - there)
    is_known = labels >= 0
    of_note = is_known & (called | (labels == 1))
    weight = np.where(of_note, 2 + sure, np.where(is_known, 1 + there, there))
    chosen = weight.argmax(axis=1)
    row = np.arange(len(chosen))
    names = np.array(list(classes), dtype=object)[chosen]
    is_called, is_there = called[row, chosen], labels[row, chosen] == 1
    others = there.copy()
    others[row, chosen] = -1
    return pd.DataFrame(
        {
            "label": np.where(is_there, names, "no " + names),
            "predicted": np.where(is_called, names, "no " + names),
            "probability": sure[row, chosen],
            "hit": is_called == is_there,
            "explained": names,
            "rival": np.array(list(classes), dtype=object)[others.argmax(axis=1)],
            "rival_is": "next",
        },
        index=predictions.index,
    )


def _of_classes(
    predictions: pd.DataFrame, classes: Sequence[str], probabilities: Floats
) -> pd.DataFrame:
    names = np.array(list(classes), dtype=object)
    order = probabilities.argsort(axis=1)
    predicted = names[probabilities.argmax(axis=1)]
    label = predictions["label"].to_numpy(dtype=object)
    hit = predicted == label
    return pd.DataFrame(
        {
            "label": label,
            "predicted": predicted,
            "probability": probabilities.max(axis=1),
            "hit": hit,
            "explained": predicted,
            "rival": np.where(hit, names[order[:, -2]], label),
            "rival_is": np.where(hit, "next", "true"),
        },
        index=predictions.index,
    )
