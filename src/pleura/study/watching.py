"""What is shown of a training while it runs: epoch, loss, and how it does on validation."""

from collections.abc import Mapping

from pleura.study.context import Progress
from pleura.train.loop import Watch
from pleura.train.settings import FitSettings


def watching(
    title: str, settings: FitSettings, n_train: int, progress: Progress, *, validation: str
) -> Watch:
    """A watch of `fit` that hands on to the study's progress; `validation` is the name of what
    validation is judged by, such as `validation AUROC`."""
    batches = settings.batches(n_train)

    def watch(phase: str, done: int, steps: int, figures: Mapping[str, float]) -> None:
        named = {(validation if k == "validation" else k): v for k, v in figures.items()}
        epoch = (done - 1) // batches + 1
        progress(f"{title}: {phase}, batches", done, steps, {"epoch": epoch, **named})

    return watch
