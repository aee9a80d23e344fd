"""Step: pooled features of a frozen backbone at one or several cuts, in one view of the images.

The cuts are outputs of the step, no part of its key: a plan that wants one more has the same step,
which then adds the file that is missing, in one pass over the images. What stands on the others
stays as it is. A step that reads features names its cuts as `spec["cuts"]`.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.files import write_atomically
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters
from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.pretrained import starting_backbone
from pleura.study.step import Step
from pleura.study.steps.kind import Kind
from pleura.study.versions import backbone, hiding
from pleura.study.views import WHOLE, rows_of, shown
from pleura.tasks.images import predict
from pleura.transfer.build import build_model

BLOCK = 512
SUFFIX = ".npy"


class Features(Kind):
    """Pooled features of a frozen backbone."""

    name = "features"
    parts = (backbone, hiding)
    needs = "device"

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write a file a cut, (images, channels) float32, for those of `outputs` not yet there.

        Rows are those of the bank, or in a view with a part hidden the test images alone.
        """
        spec = {**step.spec, **step.places, "strategy": "feature_extraction"}
        done = step.result(context.steps) if step.has_record(context.steps) else {}
        built = build_model(spec, context.n_classes, spec["seed"], starting_backbone(step, context))
        model = built.classifier.to(context.device).eval()
        passes: dict[str, int] = dict(done.get("passes", {}))
        seconds: list[float] = list(done.get("pass_seconds", []))
        costs: dict[str, Any] = dict(done.get("costs", {}))
        cuts = [
            cut.name
            for cut in model.backbone.cuts
            if file_of(cut.name) in step.outputs and cut.name not in passes
        ]
        start = time.monotonic()
        _write(step, model, cuts, context, progress)
        passes |= dict.fromkeys(cuts, len(seconds))
        seconds.append(time.monotonic() - start)
        if spec["view"] == WHOLE:
            costs |= {cut: _cost(model, cut, context.bank.size) for cut in cuts}
        result = {
            "seconds": sum(seconds),
            "passes": passes,
            "pass_seconds": seconds,
            "costs": costs,
            "device": str(context.device),
            "provenance": built.provenance.as_dict(),
        }
        step.finish(context.steps, result, *map(file_of, passes))

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """One pass over the images of the view."""
        spec, measured = step.spec, prepared.measured
        cost = measured.get((spec["backbone"], False)) or measured[spec["backbone"], True]
        return len(rows_of(spec["view"], prepared.context)) * cost.prediction_ms

    def seconds(self, step: Step, reader: Step | None, context: Context) -> Mapping[str, float]:
        """Those of the passes that gave the cuts that `reader` reads."""
        result = step.result(context.steps)
        cuts = reader.spec["cuts"] if reader else result["passes"]
        numbers = {result["passes"][cut] for cut in cuts}
        return {f"{step.key} {number}": result["pass_seconds"][number] for number in numbers}


def file_of(cut: str) -> str:
    """The file with the features of a cut."""
    return f"{cut}{SUFFIX}"


def read(step: Step, cut: str, context: Context, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Features (len(rows), channels) of rows of the bank at a cut."""
    values = np.load(step.folder(context.steps) / file_of(cut), mmap_mode="r")
    return np.asarray(values[np.searchsorted(rows_of(step.spec["view"], context), rows)])


def _write(
    step: Step, model: Classifier, cuts: Sequence[str], context: Context, progress: Progress
) -> None:
    """Fill the file of each cut; cuts are in the order of the backbone."""
    view = step.spec["view"]
    images, rows = shown(view, context), rows_of(view, context)
    device = context.device
    channels = {cut.name: cut.channels for cut in model.backbone.cuts}
    ends = np.cumsum([channels[cut] for cut in cuts])[:-1]
    with ExitStack() as stack:
        files = []
        for cut in cuts:
            path = step.folder(context.steps) / file_of(cut)
            temporary = stack.enter_context(write_atomically(path))
            files.append(stack.enter_context(temporary.open("wb")))
            shape = (len(rows), channels[cut])
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            write_array_header_1_0(files[-1], header)
        for first in range(0, len(rows), BLOCK):
            chosen = rows[first : first + BLOCK]
            features = predict(lambda x: model.features(x, cuts), images, chosen, device)
            for file, values in zip(files, np.split(features, ends, axis=1), strict=True):
                file.write(np.ascontiguousarray(values, "<f4").tobytes())
            progress(step.title, first + len(chosen), len(rows), {})


class _UpTo(nn.Module):
    """The network up to a cut: what of it runs, and the parameters it takes."""

    def __init__(self, model: Classifier, cut: str) -> None:
        super().__init__()
        backbone, position = model.backbone, model.backbone.position(cut)
        names = [each.name for each in backbone.cuts[: position + 1]]
        self.parts = nn.ModuleList(part for name in names for part in backbone.modules_of(name))
        self.run = partial(model.features, cuts=[cut])

    def forward(self, images: Tensor) -> Tensor:
        return self.run(images)


def _cost(model: Classifier, cut: str, size: int) -> dict[str, float]:
    """What the network up to the cut costs, without a head."""
    network = _UpTo(model, cut)
    return {"parameters": count_parameters(network), "macs": count_macs(network, size)}


KIND = Features()
