"""The page of what is called from Python; Sphinx takes the words from the docstrings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A part of the page: its heading, a sentence, and functions and classes by module."""

    title: str
    about: str
    objects: tuple[str, ...]


PARTS = (
    Part(
        "Running a study",
        "A study file, or a mapping with the same keys, becomes tables, a report and a model.",
        ("pleura.Study", "pleura.study.run.Result"),
    ),
    Part(
        "Comparing two studies",
        "What `pleura compare` does.",
        (
            "pleura.compare.comparison.compare_studies",
            "pleura.compare.comparison.Comparison",
        ),
    ),
    Part(
        "Checking images",
        "What `pleura data check` does.",
        ("pleura.check.run.check_table", "pleura.check.run.Check"),
    ),
    Part(
        "Asking a model",
        "What a study hands over in its folder `best`.",
        ("pleura.load", "pleura.deploy.package.Model", "pleura.deploy.package.Assessed"),
    ),
    Part(
        "Image by image",
        "What `pleura predict` is made of: one prediction of each image, clip or patient as it "
        "comes, with its frames; heat maps; and what is written down.",
        (
            "pleura.deploy.predictor.predictions",
            "pleura.deploy.predictor.Asked",
            "pleura.deploy.predictor.Prediction",
            "pleura.deploy.predictor.Frame",
            "pleura.deploy.explain.Explainer",
            "pleura.deploy.record.record_of",
            "pleura.deploy.record.Record",
            "pleura.deploy.record.FrameRecord",
            "pleura.deploy.predictions.write_predictions",
            "pleura.deploy.predictions.How",
            "pleura.deploy.predictions.Counts",
        ),
    ),
    Part(
        "Segmenting",
        "What a study with `task: segmentation` hands over.",
        (
            "pleura.load_segmenter",
            "pleura.deploy.segmenter.Segmenter",
            "pleura.deploy.segmenter.PredictedMask",
        ),
    ),
    Part(
        "Handing a model on",
        "What `pleura export --hub` and `pleura study run --mlflow` do.",
        (
            "pleura.deploy.hub.export.export_hub",
            "pleura.deploy.hub.export.HubOptions",
            "pleura.deploy.tracking.log_study",
        ),
    ),
    Part(
        "Errors",
        "Whatever a user can mend is a `PleuraError`; its text says what is wrong, where, and what "
        "to do.",
        ("pleura.errors.PleuraError", "pleura.errors.InputError", "pleura.data.readers.ReadError"),
    ),
)


def python_page() -> str:
    """Markdown in which Sphinx puts each docstring in its place."""
    parts = [
        "# From Python",
        "`import pleura` gives `Study`, `load` and `load_segmenter`; the rest comes from the "
        "module that is named. Arrays are of NumPy, tables of pandas.",
    ]
    for part in PARTS:
        directives = "\n\n".join(map(_directive, part.objects))
        parts.append(f"## {part.title}\n\n{part.about}\n\n```{{eval-rst}}\n{directives}\n```")
    return "\n\n".join(parts) + "\n"


def _directive(name: str) -> str:
    """Classes begin with a capital letter here, as everywhere."""
    if name.rpartition(".")[2][0].isupper():
        return f".. autoclass:: {name}\n   :members:\n   :exclude-members: model_config"
    return f".. autofunction:: {name}"
