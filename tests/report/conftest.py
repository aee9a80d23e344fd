"""Finished studies made of random numbers with planted skill: every recipe has its own."""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from pleura.report.classification import ClassifierFolder, judge, read_classifiers
from pleura.report.findings import Findings, order_looks
from pleura.report.numbers import METRICS
from pleura.report.page import cautions, found_by, of_model
from pleura.report.section import Caution, Section
from pleura.report.segmentation import CasesFolder, read_cases_folder
from pleura.report.segmentation import judge as judge_cases
from pleura.report.study import Judged, Study
from pleura.report.tasks import CLASSIFICATION, SEGMENTATION

CLASSES = ("NORMAL", "BACTERIA", "VIRUS")
BASELINES = {"pixels: random forest": 0.9, "pixels: logistic regression": 0.7}
RECIPES = {"scratch": 1.0, "fine-tuning": 2.2, "feature extraction": 1.5}
FRACTIONS = (0.1, 1.0)
SEEDS = (0, 1, 2)
JUDGED = ("judged_loss", "judged_auroc", "validation_loss", "validation_auroc")


def find(contents: ClassifierFolder) -> Findings:
    """What the predictions of a study show."""
    return judge(contents).findings


def study_of(
    contents: Any, findings: Findings | Judged | None = None, *, model: bool = True
) -> Study[Any]:
    """A study as its sections see it, with other findings than its own where they are given, and
    with the `model` that is handed over, where there is one."""
    task = SEGMENTATION if isinstance(contents, CasesFolder) else CLASSIFICATION
    judged = findings if isinstance(findings, Judged) else task.judge(contents)
    if isinstance(findings, Findings):
        judged = replace(judged, findings=findings)
    study = Study(contents, judged, task.by)
    return task.with_the_model(study) if model else study


def cautions_of(study: Study[Any]) -> list[Caution]:
    """The cautions on its page."""
    return cautions(found_by(sections_of(study), study), study)


def doubts_of_model(study: Study[Any]) -> list[str]:
    """What its page says of the model that is handed over before it is used."""
    return of_model(found_by(sections_of(study), study), study)


def sections_of(study: Study[Any]) -> tuple[Section[Any, Any], ...]:
    """The sections of its task."""
    task = SEGMENTATION if isinstance(study.contents, CasesFolder) else CLASSIFICATION
    return task.sections


def predictions_table(
    skills: dict[str, float],
    fractions: Sequence[float],
    seeds: Sequence[int],
    classes: Sequence[str],
    patients: int,
) -> pd.DataFrame:
    """Two images a patient; a recipe's logits point to the truth by its skill times sqrt(share)."""
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(patients) % len(classes), 2)
    truth = np.eye(len(classes))[labels]
    difficulty = generator.normal(size=truth.shape)
    tables = []
    for recipe, skill in skills.items():
        for fraction in fractions:
            for seed in seeds:
                noise = 0.7 * difficulty + 0.7 * generator.normal(size=truth.shape)
                logits = truth * skill * (0.6 + 0.4 * fraction) + noise
                table = pd.DataFrame(
                    {
                        "recipe": recipe,
                        "fold": 0,
                        "seed": seed,
                        "fraction": fraction,
                        "part": "test",
                        "image": [f"images/image_{i}.png" for i in range(len(labels))],
                        "patient": [f"p{i // 2}" for i in range(len(labels))],
                        "video": "",
                        "source": "",
                        "label": [classes[int(label)] for label in labels],
                    }
                )
                table[[f"logit_{name}" for name in classes]] = logits
                tables.append(table)
    return pd.concat(tables)


def history(generator: np.random.Generator, epochs: int, skill: float) -> list[dict[str, Any]]:
    """Losses that fall and an AUROC that rises, over two phases."""
    steps = np.arange(1, epochs + 1)
    loss = np.exp(-steps * 0.2 * skill) + 0.05 * generator.random(epochs)
    return [
        {
            "phase": "head" if i < epochs // 3 else "all",
            "epoch": i,
            "loss": float(loss[i]),
            "judged_loss": float(loss[i] * 0.8),
            "validation_loss": float(loss[i] * 0.8 + 0.25 + 0.006 * i),
            "judged_auroc": float(0.97 - 0.3 * loss[i]),
            "validation_auroc": float(0.95 - 0.3 * loss[i]),
            "rate": 1e-3,
        }
        for i in range(epochs)
    ]


def run_rows(
    skills: dict[str, float], fractions: Sequence[float], seeds: Sequence[int]
) -> pd.DataFrame:
    """The runs table that goes with `predictions_table`."""
    generator = np.random.default_rng(1)
    rows = []
    for recipe, skill in skills.items():
        network = recipe not in BASELINES
        for fraction in fractions:
            for seed in seeds:
                key = {"recipe": recipe, "fold": 0, "seed": seed, "fraction": fraction}
                row: dict[str, Any] = key | {
                    "kind": "recipe" if network else "baseline",
                    "n_train": int(2000 * fraction),
                    "n_validation": int(500 * fraction),
                    "n_test": 240,
                    "train_seconds": 420 * fraction * skill if network else 1.4,
                    "tuning_seconds": 1300 * fraction * skill if network else 4.2,
                    "trials": json.dumps(
                        [{"rate": r, "validation_auroc": 0.9} for r in (1e-4, 1e-3, 1e-2)]
                    ),
                    "rate": 1e-2 if recipe == "feature extraction" and seed == 0 else 1e-3,
                    "knob": "learning rate" if network else "L2 penalty",
                    "rate_at_edge": recipe == "feature extraction" and seed == 0,
                    "latency_ms": 6.2 if network else 0.8,
                    "device": "cpu",
                    "threads": 2,
                    "step": "ab12",
                }
                if network:
                    origin = {
                        "name": "random" if recipe == "scratch" else "imagenet",
                        "source": "" if recipe == "scratch" else "efficientnet-lite0 wheel",
                        "licence": "" if recipe == "scratch" else "Apache-2.0",
                        "architecture": "tf_efficientnet_lite0",
                        "note": "",
                        "sha256": "0123456789abcdef" * 4,
                    }
                    row |= {
                        "backbone": "tf_efficientnet_lite0",
                        "weights": origin["name"],
                        "strategy": "fine-tuning",
                        "epochs": 20,
                        "converged": not (recipe == "scratch" and fraction == 1),
                        "parameters": 3_374_000,
                        "parameters_trained": 3_374_000 if "ex" not in recipe else 3843,
                        "macs": 72e6,
                        "precision": "fp32",
                        "batch_size": 32,
                        "provenance": json.dumps(origin),
                        "guessing_loss": float(np.log(3)),
                        "history": json.dumps(epochs := history(generator, 20, skill)),
                        "train_loss": epochs[-1]["loss"],
                        **{name: epochs[-1][name] for name in JUDGED},
                    }
                rows.append(row)
    return pd.DataFrame(rows)


def counts(
    fractions: Sequence[float], seeds: Sequence[int], classes: Sequence[str], patients: int
) -> list[dict[str, Any]]:
    """Records of split.json; seeds differ by a patient in training."""
    return [
        {
            "fold": 0,
            "seed": seed,
            "fraction": fraction,
            "part": part,
            "class": name,
            "patients": number + (seed if part == "train" else 0),
            "images": 2 * number,
        }
        for fraction in fractions
        for seed in seeds
        for part, share in (("train", 8 * fraction), ("validation", 2 * fraction), ("test", 1))
        for name in (*classes, "all")
        for number in [int(patients * share / (1 if name == "all" else len(classes)))]
    ]


def write_study(
    folder: Path,
    skills: dict[str, float] | None = None,
    *,
    fractions: Sequence[float] = FRACTIONS,
    seeds: Sequence[int] = SEEDS,
    classes: Sequence[str] = CLASSES,
    patients: int = 120,
    **settings: object,
) -> Path:
    """Write the folder of a finished study; `settings` go into study.yaml."""
    skills = RECIPES | BASELINES if skills is None else skills
    folder.mkdir()
    study = {
        "question": "Does ImageNet help on children's chest X-rays?",
        "reference": "scratch",
        "data": {"manifest": "labels.csv", "size": 96, "fit": "crop"},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study | settings), encoding="utf-8")
    table = predictions_table(skills, fractions, seeds, classes, patients)
    table.to_csv(folder / "predictions.csv", index=False)
    run_rows(skills, fractions, seeds).to_csv(folder / "runs.csv", index=False)
    records = counts(fractions, seeds, classes, patients)
    (folder / "split.json").write_text(
        json.dumps({"hash": "5bd1e9", "counts": records}), encoding="utf-8"
    )
    return folder


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Path]:
    """`write_study` into a folder of the test's own."""
    return functools.partial(write_study, tmp_path / "first look")


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> ClassifierFolder:
    """Three recipes and two baselines at two fractions with three seeds; only to be read."""
    return read_classifiers(write_study(tmp_path_factory.mktemp("study") / "first look"))


@pytest.fixture(scope="session")
def findings(contents: ClassifierFolder) -> Findings:
    """What `contents` shows."""
    return find(contents)


@pytest.fixture
def make_findings() -> Callable[..., Findings]:
    """A function that makes findings out of (recipe, fraction, value) and of comparisons
    (recipe, fraction, difference, low, high, verdict), without verdict those with pixels."""

    def make(
        values: Sequence[tuple[str, float, float]],
        compared: Sequence[tuple[str, float, float, float, float, str]] = (),
        against_pixels: Sequence[tuple[str, float, float, float, float]] = (),
        *,
        reference: str = "scratch",
        metric: str = "auroc",
    ) -> Findings:
        whole = "all" if metric == "log_loss" else "macro"
        summary = pd.DataFrame(
            [(r, f, metric, whole, v, v - 0.02, v + 0.02, 120, 240, 3) for r, f, v in values],
            columns=[
                *("recipe", "fraction", "metric", "class", "value", "low", "high"),
                *("patients", "images", "seeds"),
            ],
        )
        comparisons = pd.DataFrame(
            [(r, f, d, low, high, 0.01, 0.02, v) for r, f, d, low, high, v in compared],
            columns=["recipe", "fraction", "difference", "low", "high", "p", "p_holm", "verdict"],
        )
        pixels = pd.DataFrame(
            list(against_pixels), columns=["recipe", "fraction", "difference", "low", "high"]
        )
        return Findings(
            summary=summary,
            comparisons=comparisons,
            looks=order_looks(summary, METRICS[metric], set(BASELINES), reference),
            reference=reference,
            metric=METRICS[metric],
            margin=0.01,
            level=0.95,
            fractions=tuple(sorted({f for _, f, _ in values})),
            classes=CLASSES,
            against_pixels=pixels,
        )

    return make


@pytest.fixture
def make_cases(tmp_path: Path) -> Callable[..., Path]:
    """`made_up.write_study` into a folder of the test's own, small."""
    from tests.report import made_up  # which takes `counts` and `history` from here

    return functools.partial(
        made_up.write_study,
        tmp_path / "ribs",
        recipes=made_up.SMALL,
        fractions=(1.0,),
        seeds=(0, 1),
        patients=8,
        overlays=False,
    )


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> CasesFolder:
    """Three recipes on three structures at two fractions with two seeds; only to be read."""
    from tests.report import made_up  # as above

    folder = tmp_path_factory.mktemp("cases") / "ribs"
    made_up.write_study(folder, made_up.SMALL, fractions=(0.25, 1.0), seeds=(0, 1), patients=24)
    return read_cases_folder(folder)


@pytest.fixture(scope="session")
def judged(cases: CasesFolder) -> Judged:
    """What `cases` shows."""
    return judge_cases(cases)
