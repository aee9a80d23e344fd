"""Step: one trial of training a classifier made out of a U-Net, with one head, at one rate."""

from collections.abc import Callable

from safetensors.torch import load_file
from torch import Tensor

from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.models.weights import Provenance
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.steps import segment
from pleura.study.steps.fit import classification_of
from pleura.study.steps.kind import Kind
from pleura.study.training import WEIGHTS, train
from pleura.study.versions import classification_task, classifier_of_u_net, training, u_net
from pleura.transfer.freezing_plan import make_plan


class Reverse(Kind):
    """One trial of a classifier made out of a U-Net."""

    name = "reverse"
    parts = (training, classification_task, classifier_of_u_net, u_net)

    def perform(self, step: Step, context: Context) -> None:
        """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
        network, _ = untrained(step, context)
        phases = make_plan(step.spec["freeze"]).phases(network)
        train(step, context, network, classification_of(step, context), phases)


def untrained(step: Step, context: Context) -> tuple[ReverseClassifier, Provenance]:
    """The classifier before its training, and where the weights of its U-Net come from."""
    spec = step.spec
    weights = {**spec, **step.places}.get("weights", "random")
    loaded = build_unet(spec["network"], weights, spec["structures"], seed=spec["seed"])
    for parent in step.parents:
        loaded = segment.goes_on_from(parent, loaded, context)
    network = ReverseClassifier(loaded.network, spec["head"], context.n_classes, seed=spec["seed"])
    return network, loaded.provenance


def trained(step: Step, context: Context) -> tuple[ReverseClassifier, Provenance]:
    """The classifier of a finished step, in evaluation mode; dropped weights are trained again."""
    path = step.folder(context.steps) / WEIGHTS
    if not path.exists():
        KIND.perform(step, context)
    network, provenance = untrained(step, context)
    network.load_state_dict(load_file(path))
    network.eval()
    return network, provenance


def segmenter(step: Step, context: Context) -> Callable[[Tensor], Tensor]:
    """What a `segment` or `reverse` step's network segments: images (n, 1, h, w) in [0, 1] to
    logits (n, structures + 1, h, w), on the device."""
    device = context.fabric("fp32").device
    if step.kind == "segment":
        return segment.trained(step, context).network.to(device)
    return trained(step, context)[0].to(device).segment


KIND = Reverse()
