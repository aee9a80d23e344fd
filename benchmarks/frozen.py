"""What frozen strategies cost: one pass over the images, however many heads follow.

A study of 5 folds, 3 seeds and 3 fractions (45 runs, each with 3 heads to choose from) against

- `one pass`: the frozen network applied once to every image and view (whole, frame hidden, frame
  alone): what cannot be avoided;
- `no cache`: the network applied anew to what each of the 45 runs trains, validates and tests on.

    python benchmarks/frozen.py --size 224             # real images from PLEURA_SHARED
"""

import argparse
import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from pleura.study.context import Context
from pleura.study.prepare import prepare
from pleura.study.run import Study
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.steps.listed import load_kind
from pleura.study.views import HIDDEN, WHOLE, rows_of, shown
from pleura.tasks.images import predict
from pleura.train.head import fit_head
from pleura.transfer.build import build_model

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
MANIFEST = SHARED / "data" / "chest_xray" / "images.csv"
PENALTIES = [0.1, 1.0, 10.0]


def main() -> None:
    """Run the study and its rivals on one set of images, print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--patients", type=int, default=80, help="of each class and part")
    parser.add_argument("--short", action="store_true", help="without `no cache`, which takes long")
    options = parser.parse_args()
    if not MANIFEST.is_file():
        raise SystemExit(f"{MANIFEST} is missing; set PLEURA_SHARED")
    recipe = {"backbone": options.backbone, "strategy": "feature_extraction"}
    if options.backbone != "tf_efficientnet_lite0":
        recipe["weights"] = "random"
    study = Study.from_objects(
        {
            "question": "which pneumonia",
            "data": {
                "manifest": str(MANIFEST),
                "columns": {"image": "file", "patient": "patient_id"},
                "where": {"source": "Kermany*"},
                "classes": ["normal", "bacterial", "viral"],
                "size": options.size,
                "patients": options.patients,
                "same_image": "merge",
            },
            "split": {"folds": 5},
            "seeds": [0, 1, 2],
            "fractions": [0.25, 0.5, 1.0],
            "reference": "frozen",
            "recipes": {"frozen": recipe},
            "tune": {"rates": [1e-4, 1e-3, 1e-2], "penalties": PENALTIES},
        }
    )
    with tempfile.TemporaryDirectory() as out:
        made = prepare(study.file, Path(out), lambda *_: None, lambda _: None, keep=True)
        plan, context = _of_frozen(made.plan), made.context
        print(
            f"{options.backbone}, {options.size} px, {len(context.bank)} images, "
            f"{len(outcomes_of(plan))} runs, {torch.get_num_threads()} threads"
        )
        seconds = _study(plan, context)
        bare = _one_pass(plan, context)
        anew = 0.0 if options.short else _no_cache(plan, context)
    total = sum(seconds.values())
    told = ", ".join(f"{kind} {value:.1f}" for kind, value in seconds.items())
    print(f"study     {total:8.1f} s ({told})")
    print(f"one pass  {bare:8.1f} s; study / one pass {total / bare:.2f}")
    if anew:
        print(f"no cache  {anew:8.1f} s; no cache / study {anew / total:.1f}")


def _of_frozen(plan: Plan) -> Plan:
    """The steps that the recipe needs: no baselines, heat maps or clues."""
    kept = [o for o in outcomes_of(plan) if o.spec["recipe"] == "frozen"]
    wanted: dict[str, Step] = {}
    for outcome in kept:
        for parent in outcome.parents:
            wanted |= {step.key: step for step in (*parent.parents, parent)}
        wanted[outcome.key] = outcome
    return Plan(tuple(wanted.values()), open=False)


def _study(plan: Plan, context: Context) -> dict[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    for step in plan.steps:
        start = time.perf_counter()
        load_kind(step.kind).perform(step, context, lambda *_: None)
        seconds[step.kind] += time.perf_counter() - start
    return seconds


def _one_pass(plan: Plan, context: Context) -> float:
    model = build_model(_spec(plan), context.n_classes, 0).classifier.eval()
    start = time.perf_counter()
    for view in (WHOLE, *HIDDEN):
        images = shown(view, context)
        predict(model.features, images, rows_of(view, context), torch.device("cpu"))
    return time.perf_counter() - start


def _no_cache(plan: Plan, context: Context) -> float:
    model = build_model(_spec(plan), context.n_classes, 0).classifier.eval()
    device, labels = torch.device("cpu"), context.labels
    views = {view: shown(view, context) for view in (WHOLE, *HIDDEN)}
    start = time.perf_counter()
    for outcome in outcomes_of(plan):
        parts = context.split.parts(*(outcome.spec[k] for k in ("fold", "seed", "fraction")))
        rows = np.concatenate([parts.train, parts.validation, parts.test])
        values = predict(model.features, views[WHOLE], rows, device)[: len(parts.train)]
        for view in HIDDEN:
            predict(model.features, views[view], parts.test, device)
        for penalty in PENALTIES:
            fit_head(
                values,
                labels[parts.train],
                n_classes=context.n_classes,
                penalty=penalty,
                balanced=True,
            )
    return time.perf_counter() - start


def _spec(plan: Plan) -> dict[str, str]:
    step = plan.of("features")[0]
    strategy = {"strategy": "feature_extraction"}
    return {**{key: step.spec[key] for key in ("backbone", "weights")}, **strategy}


if __name__ == "__main__":
    main()
