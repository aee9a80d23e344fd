"""Time of 2,000 patient resamples of AUROC and average precision, against a loop over scikit-learn.

python benchmarks/resampling.py [--images 10000] [--patients 3000] [--classes 3] [--resamples 2000]
"""

import argparse
import time

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from pleura.evaluate.curve_areas import AUPRC, AUROC
from pleura.evaluate.metrics import evaluate, softmax


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--patients", type=int, default=3_000)
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--resamples", type=int, default=2_000)
    parser.add_argument("--loops", type=int, default=20, help="resamples of the scikit-learn loop")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()

    rng = np.random.default_rng(0)
    k, patients = options.classes, options.patients
    labels = rng.integers(0, k, options.images)
    scores = softmax(rng.normal(size=(options.images, k)) + 2 * np.eye(k)[labels])
    drawn = rng.multinomial(patients, np.full(patients, 1 / patients), size=options.resamples)
    weights = drawn[:, rng.integers(0, patients, options.images)].astype(np.uint8)

    ours = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        values = evaluate(labels, scores, weights, metrics=[AUROC, AUPRC])
        ours.append(time.perf_counter() - start)

    start = time.perf_counter()
    apart = 0.0
    for row in range(options.loops):
        for c in range(k):
            truth, weight = labels == c, weights[row]
            auroc = roc_auc_score(truth, scores[:, c], sample_weight=weight)
            auprc = average_precision_score(truth, scores[:, c], sample_weight=weight)
            apart = max(apart, abs(auroc - values["auroc", str(c)][row]))
            apart = max(apart, abs(auprc - values["auprc", str(c)][row]))
    loop = (time.perf_counter() - start) / options.loops * options.resamples

    print(f"{options.resamples} resamples, {options.images} images, {k} classes, AUROC and AUPRC")
    print(f"pleura        {min(ours):8.2f} s  (best of {options.repeats}, worst {max(ours):.2f} s)")
    print(f"scikit-learn  {loop:8.2f} s  (a loop over {options.loops} resamples, scaled up)")
    print(f"ratio         {loop / min(ours):8.1f}    largest difference {apart:.1e}")


if __name__ == "__main__":
    main()
