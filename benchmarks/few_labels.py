"""What each option for few labels does, paired with the same training without it.

Every arm is a study of its own in FOLDER/COLLECTION/ARM: children's X-rays (a tenth of the labels),
frames of lung ultrasound, and X-rays of adults with and without tuberculosis; five seeds, which
redraw labels, validation, initial weights and order. Epochs are chosen on validation, and judged on
patients who neither train nor validate; of the children these are drawn from the training part of
the collection, so that its published test part stays unseen. Differences are those of `pleura
compare`, with intervals over patients and seeds; p is not adjusted for several arms. In full it is
some 25 hours of one thread; several processes may share the folder, each with collections of its
own.

    python -m benchmarks.few_labels runs/few_labels
    python -m benchmarks.few_labels runs/few_labels --collections ultrasound --arms none ema mixup
    python -m benchmarks.few_labels runs/few_labels --table
    python -m benchmarks.few_labels runs/few_tiny --quick --arms none ema --seeds 0 1

It can be stopped at any moment and given again: what is finished is not trained again, and a
training goes on from its checkpoint. Real images come from PLEURA_SHARED.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks.augmentation_arms import ADULTS, CHILDREN, LITE0, ULTRASOUND

from pleura.compare.comparison import compare_studies
from pleura.compare.differences import PAIRED, WHOLE
from pleura.study.run import Study

SIZE = 96  # pixels
FINE_TUNING, LOW_RANK = "fine-tuning", "lora"
NONE = "none"
TEST = {"test": 0.3, "validation": 0.25}
COLLECTIONS: dict[str, dict[str, Any]] = {
    "children": {
        **CHILDREN,
        "data": {**CHILDREN["data"], "where": {"source": "Kermany*", "split": "train"}},
        "split": TEST,
        "fractions": [0.1],
    },
    "ultrasound": {**ULTRASOUND, "split": TEST},
    "adults": {**ADULTS, "split": TEST},
}
QUICK = {"patients": 16, "size": 32}
COLUMNS = [
    *("collection", "arm", "against", "first", "second", "difference", "low", "high", "p"),
    *("verdict", "patients_second", "seeds_second"),
]


@dataclass(frozen=True)
class Arm:
    """A study: what its `training` and `tune` have, of which `recipe`; `against` which arm its
    effect is told."""

    training: dict[str, Any] = field(default_factory=dict)
    tune: dict[str, Any] = field(default_factory=lambda: {"rates": [1.5e-3], "penalties": [1.0]})
    recipe: str = FINE_TUNING
    against: str = NONE


def varied(**options: Any) -> dict[str, Any]:
    """A section `training` with these options of the augmentation."""
    return {"augmentation": options}


ARMS = {
    NONE: Arm(),
    "ema": Arm({"ema": 0.99}),
    "label smoothing": Arm({"loss": {"cross_entropy": {"smoothing": 0.1}}}),
    "mixup": Arm(varied(mixup={})),
    "cutout": Arm(varied(cutout={})),
    "RandAugment": Arm(varied(rand_augment={})),
    "stochastic depth": Arm({"stochastic_depth": 0.1}),
    "growing images": Arm({"sizes": [48, 64]}),
    "lora": Arm(tune={}, recipe=LOW_RANK),
    "lora, own rates": Arm(
        tune={"by_strategy": {"lora": [1.5e-3, 5e-3, 1.5e-2]}}, recipe=LOW_RANK, against="lora"
    ),
}


def content_of(collection: str, name: str, seeds: Sequence[int], quick: bool) -> dict[str, Any]:
    """The study file of an arm on a collection."""
    arm, given = ARMS[name], COLLECTIONS[collection]
    strategy = "lora" if arm.recipe == LOW_RANK else "fine_tuning"
    data, training = {**given["data"], "size": SIZE}, dict(arm.training)
    if quick:
        data, given = {**data, **QUICK}, {**given, "fractions": [1.0]}
        training |= {"epochs": 1, "min_steps": 2}
        training |= {"sizes": [16, 24]} if "sizes" in training else {}
    return {
        **given,
        "data": data,
        "question": f"{collection}: {name}",
        "seeds": list(seeds),
        "reference": arm.recipe,
        "recipes": {arm.recipe: {**LITE0, "strategy": strategy}},
        "training": training,
        "tune": arm.tune,
    }


def finish(
    folder: Path, collections: Iterable[str], arms: Iterable[str], seeds: Sequence[int], quick: bool
) -> None:
    """Run the studies that are asked for, one after the other; finished ones are found again."""
    wanted = list(arms)
    for collection in collections:
        for name in wanted:
            print(f"{collection}, {name}", flush=True)
            study = Study.from_objects(content_of(collection, name, seeds, quick))
            study.run(folder / collection / name)


def effects(folder: Path) -> pd.DataFrame:
    """A row a collection and arm of which both studies are finished: the difference of its macro
    AUROC to the study without the option, with limits and the number of seeds."""
    rows = []
    for collection in COLLECTIONS:
        for name, arm in ARMS.items():
            without, using = folder / collection / arm.against, folder / collection / name
            both = all((each / "summary.csv").exists() for each in (without, using))
            if name == arm.against or not both:
                continue
            out = folder / "comparisons" / f"{collection}, {name}"
            compare_studies(without, using, out)
            found = pd.read_csv(out / "differences.csv")
            of_all = (found["metric"] == "auroc") & found["class"].isin(WHOLE)
            mine = (found["recipe"] == arm.recipe) & (found["how"] == PAIRED)
            (row,) = found[of_all & mine].to_dict("records")
            rows.append({"collection": collection, "arm": name, "against": arm.against, **row})
    return pd.DataFrame(rows)


def main() -> None:
    """Run what is asked for and missing, then print the differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--collections", nargs="+", default=list(COLLECTIONS), choices=COLLECTIONS)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS, metavar="ARM")
    parser.add_argument("--seeds", nargs="+", type=int, default=[10, 11, 12, 13, 14])
    parser.add_argument("--quick", action="store_true", help="tiny studies, to see that it works")
    parser.add_argument("--table", action="store_true", help="print what there is")
    options = parser.parse_args()
    if not options.table:
        finish(options.folder, options.collections, options.arms, options.seeds, options.quick)
    with pd.option_context("display.width", 250, "display.max_columns", 30):
        found = effects(options.folder)
        print(found.reindex(columns=COLUMNS).round(4).to_string(index=False))


if __name__ == "__main__":
    main()
