"""What steps of each kind do: they join the versioned parts, choose, and say what came out.

Two small studies are planned and their steps done, once for all kinds. None of their networks has a
BatchNorm, and they hardly move, so that roundings stay small.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from pleura.study.context import Context, quiet
from pleura.study.load_data import read_data
from pleura.study.needs import needs_of
from pleura.study.step_graph import Plan
from pleura.study.study_files import make_study
from pleura.study.work import Here, Work
from pleura.tasks.attention_pooling import EPOCHS
from pleura.tasks.listed import TASKS
from tests.conftest import attention_of, forests_of
from tests.golden.behaviour.inputs import Figures, seen
from tests.golden.images import write_images

UNET = {"x_unet": {"width": 2}}
TREES = 10  # of each forest, when the figures were recorded
TRAINING = {"epochs": 1, "min_steps": 2, "batch_size": 16, "precision": "fp32"}
# Ends of names: keys, and what is measured.
LEFT_OUT = ("seconds", "latency_ms", "threads", "step", "file", "sha256")
# What a rounding can tip from one value to another.
TIPPED = (
    *("correlation_with_random", "converged", "epochs", "predicted", "hit", "svcca", "pointing"),
    "hd95",
)
# Relative and absolute, where it is more than that of all parts: attention over frames ends at
# another epoch after a rounding, and heat maps are small differences of large numbers. With SSE,
# AVX2 and AVX-512 of one processor figures differ by a fifth of these at most.
TOLERANCES = {
    "clips": (0.1, 0.04),
    "attention": (0.02, 0.004),
    "outcome": (5e-3, 1e-4),
    "heatmaps": (5e-3, 1e-4),
}


def classification(images: Path) -> dict[str, Any]:
    """A study of labels that has every kind of step but `cases`."""
    own, other = (str(images / name / "images.csv") for name in ("discs", "others"))
    masks = {"structures": {"disc": 1, "core": 2}}
    return {
        "question": "is the disc large",
        "data": {"manifest": own, "size": 32, "lungs": "given", "flags": {"disc": "bright"}},
        "split": {"test": "split", "validation": 0.4},
        "seeds": [0],
        "reference": "tuned",
        "steps": {
            "discs": {
                "task": "segmentation",
                "data": {"manifest": other, "size": 32, "masks": masks},
                "network": UNET,
                "training": TRAINING,
            },
            "turned": {"task": "selfsup", "method": "rotation", "rate": 1e-5, "training": TRAINING},
        },
        "recipes": {
            "tuned": {"backbone": "squeezenet1_0", "weights": "random"},
            "probed": {
                "backbone": "squeezenet1_0",
                "weights": "random",
                "strategy": "linear_probe_then_fine_tuning",
                "ranked": False,
            },
            "frozen": {
                "backbone": "squeezenet1_0",
                "weights": "random",
                "strategy": "feature_extraction",
                "curriculum": ["turned"],
            },
            "hidden": {
                "backbone": "squeezenet1_0",
                "weights": "random",
                "strategy": {"feature_extraction": {"hidden": 8}},
                "ranked": False,
            },
            "cut": {
                "backbone": "squeezenet1_0",
                "weights": "random",
                "strategy": {"truncation": {"at": "auto", "best": 1}},
                "ranked": False,
            },
            "reversed": {"network": UNET, "weights": "discs", "heads": ["scales"]},
        },
        "training": TRAINING,
        "tune": {"rates": [1e-5], "penalties": [1.0]},
    }


def segmentation(images: Path) -> dict[str, Any]:
    """A study of masks."""
    masks = {"structures": {"disc": 1, "core": 2}, "spacing": "spacing"}
    return {
        "task": "segmentation",
        "question": "where the discs are",
        "data": {"manifest": str(images / "others" / "images.csv"), "size": 32, "masks": masks},
        "split": {"test": 0.3, "validation": 0.3},
        "seeds": [0],
        "reference": "all",
        "recipes": {"all": {"network": UNET}},
        "training": TRAINING,
        "tune": {"rates": [1e-3]},
    }


def averaged(images: Path) -> dict[str, Any]:
    """A study of two seeds, whose trainings are averaged."""
    kept = classification(images)
    return {
        **{name: kept[name] for name in ("question", "split", "training", "tune")},
        "data": {"manifest": kept["data"]["manifest"], "size": 32},
        "seeds": [0, 1],
        "ensembles": True,
        "mirrored": True,
        "reference": "tuned",
        "recipes": {"tuned": kept["recipes"]["tuned"]},
    }


def numbered(images: Path) -> dict[str, Any]:
    """A study of numbers: 1 for bright discs, 0 for others."""
    kept = classification(images)
    manifest = kept["data"]["manifest"]
    return {
        **{n: kept[n] for n in ("question", "split", "seeds", "training", "tune", "reference")},
        "task": "numbers",
        "data": {"manifest": manifest, "size": 32, "number": {"column": "bright"}},
        "recipes": {"tuned": kept["recipes"]["tuned"]},
    }


def halved(images: Path) -> dict[str, Any]:
    """A study whose trainings are compared after one of two epochs."""
    kept = classification(images)
    strategy = {"truncation": {"at": "auto", "by": "halving"}}
    return {
        **{name: kept[name] for name in ("question", "split", "seeds", "tune", "reference")},
        "data": {"manifest": kept["data"]["manifest"], "size": 32},
        "recipes": {"tuned": {**kept["recipes"]["tuned"], "strategy": strategy}},
        "training": {**TRAINING, "epochs": 2},
    }


def taught(images: Path) -> dict[str, Any]:
    """A study in which the mean of two networks teaches a third."""
    kept = halved(images)
    tuned = classification(images)["recipes"]["tuned"]
    teacher = {"teacher": "tuned", "members": 2}
    return {
        **{name: kept[name] for name in ("question", "split", "seeds", "tune", "reference")},
        "data": kept["data"],
        "fractions": [0.6],
        "recipes": {"tuned": tuned, "student": {**tuned, "distillation": teacher}},
        "training": TRAINING,
    }


@cache
def done() -> tuple[TemporaryDirectory[str], list[tuple[Plan, Context]]]:
    """The studies with all their steps done, and the folder that they lie in; of those that are
    there for a kind that no other has, only steps of that."""
    folder = TemporaryDirectory()
    images = Path(folder.name, "images")
    write_images(images)
    with forests_of(TREES), attention_of(EPOCHS):
        every = [_done(content(images), images.parent) for content in STUDIES]
        alone = [_done(it(images), images.parent / it.__name__) for it in OF_ONE_KIND]
    for plan, context in alone:
        there = {step.kind for other, _ in every for step in other.steps}
        of_kind = tuple(step for step in plan.steps if step.kind not in there)
        every.append((replace(plan, steps=of_kind), context))
    return folder, every


def _done(content: dict[str, Any], folder: Path) -> tuple[Plan, Context]:
    study = make_study(content, where="here", relative_to=folder)
    context = read_data(study, folder / study.task, quiet, quiet, keep_split=False)
    context = replace(context, accelerator="cpu")
    needs = {
        name: needs_of(recipe, study.segmentations, {}) for name, recipe in study.recipes.items()
    }
    precision = defaultdict[str, str](lambda: "fp32")
    plan = Plan((), open=True)
    while plan.open or plan.missing(context.steps):
        plan = TASKS[study.task].planner(study, context, needs, precision).plan()
        Here().work(Work(plan, context, quiet, quiet))
    return plan, context


def kind(name: str) -> Figures:
    """What the steps of a kind found: the numbers of their results and of their tables."""
    figures: Figures = []
    for plan, context in done()[1]:
        for step in plan.of(name):
            figures += [step.title, *_numbers(step.result(context.steps))]
            for path in sorted(step.folder(context.steps).glob("*.npy")):
                figures += [path.name, *seen(np.load(path))]
            for path in sorted(step.folder(context.steps).glob("*.csv")):
                table = pd.read_csv(path)
                figures.append(f"{path.name}: {len(table)} rows, {', '.join(map(str, table))}")
                # Of what is measured, how many there are: networks that are alike share one time.
                unlike = (name for name in table if str(name).endswith(LEFT_OUT))
                figures += [f"{name}: {table[name].nunique()}" for name in unlike]
                numbers = table.select_dtypes("number").dropna(axis="columns", how="all")
                columns = [name for name in numbers if not _is_left_out(str(name))]
                figures += seen(*(numbers[name].dropna().to_numpy(copy=True) for name in columns))
    return figures


def _numbers(result: Any) -> Iterator[float | str]:
    """The numbers and words in a result, and in what it holds as JSON."""
    if isinstance(result, dict):
        for name, value in result.items():
            if not _is_left_out(name):
                yield from _numbers(value)
    elif isinstance(result, list):
        for value in result:
            yield from _numbers(value)
    elif isinstance(result, str) and result.startswith(("{", "[")):
        yield from _numbers(json.loads(result))
    elif isinstance(result, bool) or not isinstance(result, int | float):
        yield str(result)
    else:
        yield float(result)


def _is_left_out(name: str) -> bool:
    return name.endswith((*LEFT_OUT, *TIPPED))


STUDIES = (classification, segmentation)
OF_ONE_KIND = (averaged, numbered, halved, taught)
