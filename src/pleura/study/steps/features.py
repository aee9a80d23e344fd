"""Step: pooled features of a frozen backbone at one cut, computed once.

All waiting steps of one network and view are done in one pass over the images.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.files import digest_of, write_atomically
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters
from pleura.study.context import Context
from pleura.study.pretrained import start_of
from pleura.study.step import Step
from pleura.study.steps.kind import Kind
from pleura.study.versions import backbone, hiding
from pleura.study.views import WHOLE, rows_of, shown
from pleura.tasks.classification import predict
from pleura.transfer.build import build_model

BLOCK = 512
FEATURES = "features.npy"


class Features(Kind):
    """Pooled features of a frozen backbone."""

    name = "features"
    parts = (backbone, hiding)

    def perform(self, step: Step, context: Context) -> None:
        """Write `features.npy`, (images, channels) float32, for this step and those of its pass.

        Rows are those of the bank, or in a view with a part hidden the test images alone.
        """
        mine = pass_of(step)
        waiting = [
            other for other in context.waiting if other.kind == step.kind and pass_of(other) == mine
        ]
        by_cut = {
            other.spec["cut"]: other
            for other in (waiting or [step])
            if not other.is_done(context.steps)
        }
        spec = {**step.spec, **step.places, "strategy": "feature_extraction"}
        built = build_model(spec, context.n_classes, spec["seed"], start_of(step, context))
        device = context.fabric("fp32").device
        model = built.classifier.to(device).eval()
        names = [cut.name for cut in model.backbone.cuts if cut.name in by_cut]
        start = time.monotonic()
        _write(model, [by_cut[name] for name in names], context)
        seconds = time.monotonic() - start
        for name in names:
            result = {
                "seconds": seconds,
                "pass": step.key,
                "device": str(device),
                "provenance": built.provenance.as_dict(),
            }
            if spec["view"] == WHOLE:
                result |= _cost(model, name, context.bank.size)
            by_cut[name].finish(context.steps, result, FEATURES)


def read(step: Step, context: Context, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Features (len(rows), channels) of rows of the bank."""
    values = np.load(step.folder(context.steps) / FEATURES, mmap_mode="r")
    return np.asarray(values[np.searchsorted(rows_of(step.spec["view"], context), rows)])


def pass_of(step: Step) -> str:
    """Names the pass over the images that a step belongs to."""
    before = [parent.key for parent in step.parents]
    return digest_of([step.kind, {**step.spec, "cut": None}, before])


def _write(model: Classifier, steps: Sequence[Step], context: Context) -> None:
    """Fill the file of each step; steps are in the order of their cuts."""
    view, cuts = steps[0].spec["view"], [step.spec["cut"] for step in steps]
    images, rows = shown(view, context), rows_of(view, context)
    device = next(model.parameters()).device
    channels = {cut.name: cut.channels for cut in model.backbone.cuts}
    ends = np.cumsum([channels[cut] for cut in cuts])[:-1]
    with ExitStack() as stack:
        arrays = []
        for step, cut in zip(steps, cuts, strict=True):
            path = step.folder(context.steps) / FEATURES
            temporary = stack.enter_context(write_atomically(path))
            arrays.append(open_memmap(temporary, "w+", np.float32, (len(rows), channels[cut])))
        for first in range(0, len(rows), BLOCK):
            chosen = rows[first : first + BLOCK]
            found = predict(lambda x: model.features(x, cuts), images, chosen, device)
            for array, values in zip(arrays, np.split(found, ends, axis=1), strict=True):
                array[first : first + len(chosen)] = values
            context.progress(steps[0].title, first + len(chosen), len(rows), {})


class _UpTo(nn.Module):
    """The network up to a cut: what of it runs, and the parameters it takes."""

    def __init__(self, model: Classifier, cut: str) -> None:
        super().__init__()
        position = model.backbone.position(cut)
        self.kept = nn.ModuleList(
            module
            for kept in model.backbone.cuts[: position + 1]
            for module in model.backbone.modules_of(kept.name)
        )
        self.run = partial(model.features, cuts=[cut])

    def forward(self, images: Tensor) -> Tensor:
        return self.run(images)


def _cost(model: Classifier, cut: str, size: int) -> dict[str, float]:
    """What the network up to the cut costs, without a head."""
    network = _UpTo(model, cut)
    return {"parameters": count_parameters(network), "macs": count_macs(network, size)}


KIND = Features()
