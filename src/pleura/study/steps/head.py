"""Step: one trial of a head on frozen features."""

import json
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file
from torch import Tensor, nn

from pleura.models.classifier import Classifier
from pleura.models.lora import load_merged, merge
from pleura.models.no_network import NoNetwork
from pleura.models.seeding import seeded
from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.pretrained import learned, pretraining_of
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.steps.kind import Needs
from pleura.study.steps.trial import Asked, BackboneTrial, Judged, prepare
from pleura.study.versions import backbone, labels, linear_head, strategy, training
from pleura.study.views import WHOLE
from pleura.study.watching import watching
from pleura.tasks.features import OnFeatures
from pleura.tasks.listed import task_of
from pleura.train.checkpoint import save_weights
from pleura.train.head import scale_of
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.transfer.listed import make_strategy

WEIGHTS = "head.safetensors"

Features = NDArray[np.float32]
Labels = NDArray[np.int64]
Part = tuple[Features, Labels]


class Head(BackboneTrial):
    """One trial of a head on the features of a frozen backbone at its last cut."""

    name = "head"
    parts = (training, linear_head, labels, strategy, backbone)
    files = (WEIGHTS,)
    needs: ClassVar[Needs] = "nothing"

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `head.safetensors`: a linear head at its optimum, any other after its epochs, the
        best on validation."""
        spec = step.spec
        (frozen,), (cut,) = step.parents, spec["cuts"]
        parts = context.parts(spec)
        train, validation = (
            (features.read(frozen, cut, context, rows), context.labels[rows])
            for rows in (parts.train, parts.validation)
        )
        if self.to_optimum(step):
            head, result = _to_optimum(spec, train, validation, context.n_classes)
        else:
            head, result = _by_epochs(step, train, validation, context, progress)
        save_weights(step.folder(context.steps) / WEIGHTS, head)
        step.finish(context.steps, result, *self.files)

    def to_optimum(self, trial: Step) -> bool:
        """A linear head, which has no settings of training."""
        return "settings" not in trial.spec

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """No network is at work."""
        return 0.0

    def prediction_ms(self, trial: Step, prepared: Prepared) -> float:
        """None: evaluation looks at features, too."""
        return 0.0

    def load_into(self, model: Classifier, trial: Step, context: Context) -> None:
        """The head alone: the backbone was frozen."""
        load_merged(model.head, load_file(trial.folder(context.steps) / WEIGHTS))

    def judge(self, trial: Step, outcome: Step, asked: Sequence[Asked], context: Context) -> Judged:
        """On features: those it was trained on, and of hidden views those that `outcome` has."""
        steps = (*trial.parents, *outcome.parents)
        frozen = {step.spec["view"]: step for step in steps if "view" in step.spec}
        (cut,) = trial.spec["cuts"]
        values = [features.read(frozen[ask.view], cut, context, ask.rows) for ask in asked]
        whole, before = frozen[WHOLE].result(context.steps), pretraining_of(trial)
        start = learned(before, context).provenance.as_dict() if before else whole["provenance"]
        trained, macs = cost(trial, context)
        return Judged(
            logits(trial, np.concatenate(values), context),
            self.columns(trial, context)
            | {
                "parameters": whole["costs"][cut]["parameters"] + trained,
                "parameters_trained": trained,
                "macs": whole["costs"][cut]["macs"] + macs,
                "device": whole["device"],
                "provenance": json.dumps(start),
            },
        )


def logits(trial: Step, values: Features, context: Context) -> Features:
    """Logits (n, classes) of a trial's head for features (n, channels)."""
    nothing, one = np.zeros(values.shape[1]), np.ones(values.shape[1])
    model = _on_features(trial.spec, nothing, one, context.n_classes)
    KIND.load_into(model, trial, context)
    with torch.inference_mode():
        outputs: Tensor = model.eval().head(torch.from_numpy(values))
    return outputs.numpy()


def cost(trial: Step, context: Context) -> tuple[int, int]:
    """Parameters and multiply-accumulates of a trial's head."""
    arrays = load_arrays(trial.folder(context.steps) / WEIGHTS).values()
    return sum(a.size for a in arrays), sum(a.size for a in arrays if a.ndim == 2)


def _to_optimum(
    spec: Any, train: Part, validation: Part, n_classes: int
) -> tuple[nn.Module, dict[str, Any]]:
    task, start = task_of(spec), time.monotonic()
    head = task.learned.fit_head(
        *train, n_classes=n_classes, penalty=spec["value"], balanced=spec["balanced"]
    )
    seconds = time.monotonic() - start
    module = nn.Linear(train[0].shape[1], n_classes)
    head.put_into(module)
    return module, {
        "score": task.learned.score(
            head.logits(validation[0]), validation[1], task.score, task.learned.probabilities
        ),
        "seconds": seconds,
        "epochs": head.iterations,
        "converged": head.converged,
        "history": [],
    }


def _by_epochs(
    step: Step, train: Part, validation: Part, context: Context, progress: Progress
) -> tuple[nn.Module, dict[str, Any]]:
    spec = step.spec
    mean = train[0].mean(axis=0, dtype=np.float64)
    model = _on_features(spec, mean, scale_of(train[0]), context.n_classes)
    prepare(model.head, step, context)
    settings = FitSettings.model_validate(spec["settings"])
    task = OnFeatures(
        train,
        validation,
        n_classes=context.n_classes,
        balanced=spec["balanced"],
        task=task_of(spec),
        loss=task_of(spec).learned.loss_of(spec),
    )
    judged = f"validation {KIND.score(step).label}"
    result = fit(
        model,
        task,
        make_strategy(spec["strategy"]).phases(model),
        settings,
        rate=spec["value"],
        seed=spec["seed"],
        fabric=make_fabric("cpu", "fp32"),  # features lie there, and a head is small
        watch=watching(step.title, settings, task.n_train, progress, validation=judged),
    )
    merge(model.head)
    # The scale of the features goes into the first layer, so that the head fits the network.
    first = next(module for module in model.head.modules() if isinstance(module, nn.Linear))
    with torch.no_grad():
        first.weight.div_(model.std.flatten())
        first.bias.sub_(first.weight @ model.mean.flatten())
    return model.head, result.summary()


def _on_features(
    spec: Any, mean: NDArray[np.float64], std: NDArray[np.float64], n_classes: int
) -> Classifier:
    """The recipe's head on features alone, standardised by `mean` and `std`, both (channels,)."""
    network = NoNetwork(len(mean))
    model = Classifier(network, mean.tolist(), std.tolist(), n_classes, seed=spec["seed"])
    with seeded(spec["seed"]):
        return make_strategy(spec["strategy"]).surgery(model)


KIND = Head()
