"""The front matter of a card, as Hugging Face's hub reads it."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pleura.deploy.hub import results
from pleura.deploy.hub.origin import Origin
from pleura.deploy.hub.readme import HubFolder
from pleura.report.findings import WHOLE
from pleura.report.study_file import without_folders

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCardData

IMAGES, MASKS = "image-classification", "image-segmentation"
PIPELINES = {"segmentation": MASKS, "numbers": None}  # the hub has no name for a number of an image
NUMBERS = "image-regression"  # as the task of a result
UNKNOWN = "unknown"  # the hub's word for a licence that nobody has told
# What the hub calls metrics that it knows.
IDS = {
    "auroc": "roc_auc",
    "mcc": "matthews_correlation",
    "brier": "brier_score",
    "iou": "mean_iou",
    "absolute_error": "mae",
}
LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]*")


def front_matter(card: Mapping[str, Any], origin: Origin, asked: HubFolder) -> str:
    """The metadata as YAML between two lines of dashes."""
    return f"---\n{metadata_of(card, origin, asked).to_yaml()}\n---\n"


def metadata_of(card: Mapping[str, Any], origin: Origin, asked: HubFolder) -> "ModelCardData":
    """What the hub sorts and searches models by, and the results on the test part."""
    from huggingface_hub import ModelCardData

    task = str(card.get("task") or "classification")
    evaluated = eval_results(card, origin, task)
    return ModelCardData(
        license=asked.licence or UNKNOWN,
        library_name="pleura",
        pipeline_tag=PIPELINES.get(task, IMAGES),
        tags=["pleura", "medical-imaging", "lung", task],
        metrics=[*dict.fromkeys(each.metric_type for each in evaluated)] or None,
        model_name=asked.folder if evaluated else None,
        eval_results=evaluated or None,
    )


def eval_results(card: Mapping[str, Any], origin: Origin, task: str) -> "list[EvalResult]":
    """The metrics over all classes on the test part, each with its interval in its name."""
    from huggingface_hub import EvalResult

    table, records = results.metrics_of(origin, card), results.records_of(origin, card)
    level = results.level_of(origin, card)
    study: Mapping[str, Any] = origin.study.recipes.contents.data if origin.study else {}
    source = str(without_folders(study.get("source") or "")) or "images of the study"
    every = []
    for row in table[table["class"].isin(WHOLE)].to_dict("records"):
        metric = records.get(row["metric"])
        if metric is None or row["value"] != row["value"]:
            continue
        limits = metric.interval(row["low"], row["high"])
        every.append(
            EvalResult(
                task_type=(PIPELINES.get(task, IMAGES)) or NUMBERS,
                dataset_type=slug(source),
                dataset_name=f"{source}, test part",
                dataset_split="test",
                metric_type=IDS.get(metric.name, metric.name),
                metric_name=f"{metric.title} ({100 * level:.4g} % interval {limits})".replace(
                    "\N{NO-BREAK SPACE}", " "
                ),
                metric_value=round(float(row["value"]), 4),
            )
        )
    return every


def slug(text: str) -> str:
    """A name of small letters, digits and hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())[:8]) or "images"
