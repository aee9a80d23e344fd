"""Small forests on things that are no disease: how far class and source follow from them."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.hidden import Hidden, average, frame
from pleura.evaluate.clue_strength import FILE, GRAY, OUTER, SIZE, SPREAD, WHOLE
from pleura.tasks.pixels import small_pixels

TREES = 300
LEAF = 5  # images; forests on a few numbers need leaves of more than one image

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


def clue_inputs(bank: Bank, rows: Rows, train: Rows) -> dict[str, Floats]:
    """What each clue tells of the images `rows`: (len(rows), numbers) by clue.

    OUTER: 32 x 32 pixels of the outer 15 % along every edge, all within them being the average of
    the images `train`. SIZE: width, height (pixels as stored) and their ratio. GRAY: the mean gray
    of the bank's image in [0, 1]. SPREAD: the standard deviation of its 32 x 32 pixels. FILE: size
    and mean gray. WHOLE: 32 x 32 pixels, for comparison.
    """
    centre = ~frame(bank.size, bank.size)
    whole = small_pixels(bank, rows)
    gray = whole.mean(axis=1, keepdims=True)
    stored = bank.info[["width", "height"]].to_numpy(dtype=np.float32)[rows]
    size = np.hstack([stored, stored[:, :1] / stored[:, 1:]])
    return {
        OUTER: small_pixels(Hidden(bank, centre, average(bank, train)), rows),
        SIZE: size,
        GRAY: gray,
        SPREAD: whole.std(axis=1, keepdims=True),
        FILE: np.hstack([size, gray]),
        WHOLE: whole,
    }


def judge_clue(
    inputs: Floats,
    labels: NDArray[np.int64],
    others: Floats,
    *,
    seed: int,
    threads: int,
    trees: int | None = None,
) -> NDArray[np.float64]:
    """Log-probabilities (m, classes) of `others` (m, d) by a forest of balanced `trees`, 300 where
    none is said; log-odds (m, findings), by a forest each, where labels are (n, findings).

    It is trained on `inputs` (n, d) and `labels` (n,) from 0 on, each of which must occur.
    """
    if labels.ndim == 2:
        odds = []
        for of_finding in labels.T:
            labelled = of_finding >= 0
            learned = inputs[labelled], of_finding[labelled], others
            logs = judge_clue(*learned, seed=seed, threads=threads, trees=trees)
            odds.append(logs[:, 1] - logs[:, 0])
        return np.stack(odds, axis=1)
    from sklearn.ensemble import RandomForestClassifier  # a second, which a plan saves

    trees = trees or TREES
    forest = RandomForestClassifier(
        n_estimators=trees,
        min_samples_leaf=LEAF,
        class_weight="balanced",
        random_state=seed % 2**32,
        n_jobs=threads,
    )
    forest.fit(inputs, labels)
    # Several threads would add the trees up in any order, and round otherwise each time.
    votes = trees * forest.set_params(n_jobs=1).predict_proba(others)
    # One tree more, which knows nothing, keeps logarithms finite and equal probabilities equal.
    return np.asarray(np.log((votes + 1 / votes.shape[1]) / (trees + 1)))
