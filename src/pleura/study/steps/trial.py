"""The contracts of trials: trainings among which a recipe chooses by their score on validation."""

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.evaluate.metric import Metric
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters
from pleura.models.lora import merge
from pleura.models.network import Network
from pleura.models.weights import Provenance
from pleura.study.context import Context
from pleura.study.prepared import Prepared
from pleura.study.pretrained import pretraining_of, starting_backbone
from pleura.study.step import Step
from pleura.study.steps.kind import Kind, Needs
from pleura.study.steps.listed import kind_as
from pleura.study.trials import chosen_of, fit_columns, spelled, weights_of
from pleura.study.views import shown
from pleura.tasks.images import predict
from pleura.tasks.listed import task_of
from pleura.train.settings import FitSettings
from pleura.transfer.build import build_model

Rows = NDArray[np.int64]
AnyNetwork = TypeVar("AnyNetwork", bound=Network)


@dataclass(frozen=True)
class Asked:
    """Rows of a part of the data to predict, in a view; `part` is the tables' word for both."""

    part: str
    view: str
    rows: Rows


@dataclass(frozen=True)
class Judged:
    """What a classifier says of all that was asked, logits (n, classes) float32 in its order, and
    its columns of the runs table."""

    logits: NDArray[np.float32]
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Trained(Generic[AnyNetwork]):
    """A trained network in evaluation mode, and where its weights started."""

    network: AnyNetwork
    provenance: Provenance


class Trial(Kind):
    """One training with one value of the recipe's knob, `step.spec["value"]`; its result has the
    `score` on validation. `explained_by` are the kinds of steps that explain a recipe's best."""

    explained_by: ClassVar[tuple[str, ...]] = ()

    def score(self, trial: Step) -> Metric:
        """The metric by which validation chooses among epochs and trials."""
        return task_of(trial.spec).score

    def describe(self, step: Step, result: Mapping[str, Any]) -> str:
        """Its score, and how long it took."""
        score = f"{self.score(step).label} {result['score']:.3f}"
        return f": validation {score}, {result['seconds']:.0f} s"

    def tried(self, trial: Step, context: Context) -> dict[str, Any]:
        """What the runs table says of it among the trials of its recipe."""
        score = trial.result(context.steps)["score"]
        return {"rate": trial.spec["value"], f"validation_{self.score(trial).name}": score}

    def strategy(self, trial: Step) -> str:
        """The strategy as it stands in a study file; empty for a baseline."""
        return spelled(trial.spec.get("strategy", ""))

    def to_optimum(self, trial: Step) -> bool:
        """Whether it ends at an optimum, which no seed changes."""
        return False

    def prediction_ms(self, trial: Step, prepared: Prepared) -> float:
        """Milliseconds that its network takes for one of many images; 0 without one of its own."""
        return 0.0


class ClassifierTrial(Trial):
    """A trial of a classification."""

    @abstractmethod
    def judge(self, trial: Step, outcome: Step, asked: Sequence[Asked], context: Context) -> Judged:
        """What the finished trial says of images; `outcome` is the step that asks."""

    def tried(self, trial: Step, context: Context) -> dict[str, Any]:
        """With its strategy, in which trials of one recipe may differ."""
        return super().tried(trial, context) | {"strategy": self.strategy(trial)}

    def columns(self, trial: Step, context: Context) -> dict[str, Any]:
        """Columns of the runs table that every trained classifier has."""
        before = pretraining_of(trial)
        return fit_columns(trial, trial.result(context.steps), self.score(trial).name) | {
            "backbone": trial.spec.get("backbone") or spelled(trial.spec["network"]),
            "weights": weights_of(trial),
            "curriculum": before.places["chain"] if before else "",
            "strategy": self.strategy(trial),
        }


class NetworkTrial(Trial):
    """A trial that trains a network."""

    needs: ClassVar[Needs] = "device"
    explained_by: ClassVar[tuple[str, ...]] = ("clips", "latency")

    @abstractmethod
    def trained(self, trial: Step, context: Context) -> Trained[Any]:
        """The network of a finished trial. Raises PleuraError where its weights are gone."""

    @abstractmethod
    def blank(self, trial: Step, context: Context) -> Network:
        """A network like that of a trial as it is handed over, with other weights."""

    def rows(self, trial: Step, context: Context) -> tuple[Rows, Rows]:
        """The rows that train and those that validate."""
        spec = trial.spec
        parts = context.parts(spec)
        return parts.train, parts.validation

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """All epochs of a training."""
        train, validation = self.rows(step, prepared.context)
        settings = FitSettings.model_validate(step.spec["settings"])
        cost = prepared.measured[measured_as(step), True]
        return cost.all_epochs(settings, len(train), len(validation))

    def prediction_ms(self, trial: Step, prepared: Prepared) -> float:
        """As it was measured."""
        return prepared.measured[measured_as(trial), True].prediction_ms


class ImageTrial(ClassifierTrial, NetworkTrial):
    """A trial of a classification by a whole network."""

    def judge(self, trial: Step, outcome: Step, asked: Sequence[Asked], context: Context) -> Judged:
        """By the trained network, in full precision, as the model that is handed over predicts."""
        built, device = self.trained(trial, context), context.device
        model = built.network.to(device)
        logits = [predict(model, shown(ask.view, context), ask.rows, device) for ask in asked]
        columns = self.columns(trial, context) | network_columns(trial, built, context)
        return Judged(np.concatenate(logits), columns)


class BackboneTrial(ImageTrial):
    """A trial of a classifier on a backbone."""

    explained_by: ClassVar[tuple[str, ...]] = ("clips", "latency", "attention", "heatmaps")

    @abstractmethod
    def load_into(self, model: Classifier, trial: Step, context: Context) -> None:
        """Put what a trial trained into a classifier as it was before, in place."""

    def trained(self, trial: Step, context: Context) -> Trained[Classifier]:
        """The whole classifier; what LoRA learned is part of its weights."""
        spec, start = {**trial.spec, **trial.places}, starting_backbone(trial, context)
        built = build_model(spec, context.n_classes, trial.spec["seed"], start)
        self.load_into(built.classifier, trial, context)
        return Trained(built.classifier.eval(), built.provenance)

    def blank(self, trial: Step, context: Context) -> Classifier:
        """From random weights."""
        spec = {**trial.spec, "weights": "random"}
        classifier = build_model(spec, context.n_classes, seed=0).classifier
        merge(classifier)
        return classifier


class SegmentingTrial(NetworkTrial):
    """A trial whose network segments images."""

    @abstractmethod
    def segmenter(self, trial: Step, context: Context) -> Callable[[Tensor], Tensor]:
        """What its trained network segments: images (n, 1, h, w) in [0, 1] to logits
        (n, structures + 1, h, w), on the device."""


def prepare(head: nn.Module, training: Step, context: Context) -> None:
    """Do to the output layer of a head, in place, what the task of a training asks for."""
    *_, output = (module for module in head.modules() if isinstance(module, nn.Linear))
    train = context.parts(training.spec).train
    task_of(training.spec).learned.prepare(output, context.labels[train], training.spec)


def chosen_network(outcome: Step, context: Context) -> tuple[Step, Any]:
    """The trial that a finished evaluation took, and its trained network on the device."""
    trial = chosen_of(outcome, context)
    trained = kind_as(NetworkTrial, trial).trained(trial, context)
    return trial, trained.network.to(context.device)


def measured_as(trial: Step) -> str:
    """The name by which `Prepared.measured` knows the network of a trial."""
    if "material" in trial.places:
        return f"steps.{trial.places['material']}"
    return str(trial.spec.get("backbone") or spelled(trial.spec["network"]))


def network_columns(trial: Step, built: Trained[Any], context: Context) -> dict[str, Any]:
    """Columns of the runs table that a whole network has."""
    model = built.network
    return {
        "parameters": count_parameters(model),
        "parameters_trained": trial.result(context.steps)["parameters_trained"],
        "macs": count_macs(model, context.bank.size),
        "device": str(next(model.parameters()).device),
        "provenance": json.dumps(built.provenance.as_dict()),
    }
