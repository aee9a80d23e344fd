"""What is shown of a training while it runs."""

from collections.abc import Mapping

from pleura.progress import Work
from pleura.study.watching import watching
from pleura.train.settings import FitSettings


def test_what_is_counted_is_named() -> None:
    shown: list[str] = []

    def progress(what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
        work = Work(what)
        work.see(done, total, figures)
        shown.append(str(work))

    settings = FitSettings(batch_size=8)
    watch = watching("tuned, seed 0", settings, 48, progress, validation="validation AUROC")
    watch("training", 7, 12, {"loss": 0.5, "validation": 0.8})
    (line,) = shown
    assert line.startswith("tuned, seed 0: training, batches: 7/12  epoch 2  loss 0.500")
