"""Step: one trial of training a classifier made out of a U-Net, with one head, at one rate."""

from collections.abc import Callable

from torch import Tensor

from pleura.models.lora import merge
from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.models.weights import Provenance
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps import segment
from pleura.study.steps.fit import on_images
from pleura.study.steps.trial import ImageTrial, SegmentingTrial, Trained, prepare
from pleura.study.training import EPOCHS, WEIGHTS, train, trained_weights, training_seed
from pleura.study.trials import spelled
from pleura.study.versions import classifier_of_u_net, labels, training, u_net
from pleura.transfer.freezing_plan import make_freezing_plan


class Reverse(ImageTrial, SegmentingTrial):
    """One trial of a classifier made out of a U-Net."""

    name = "reverse"
    parts = (training, labels, classifier_of_u_net, u_net)
    files = (WEIGHTS, EPOCHS)
    weights = WEIGHTS

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
        network, _ = untrained(step, context)
        prepare(network.head, step, context)
        phases = make_freezing_plan(step.spec["freeze"]).phases(network)
        task = on_images(step, context)
        train(
            step,
            context,
            progress,
            network,
            task,
            phases,
            judged=self.score(step),
            against=task.against,
        )

    def strategy(self, trial: Step) -> str:
        """The head, and what trains."""
        return spelled({"head": trial.spec["head"], "freeze": trial.spec["freeze"]})

    def trained(self, trial: Step, context: Context) -> Trained[ReverseClassifier]:
        """The classifier with the weights that were the best on validation."""
        network, provenance = untrained(trial, context)
        prepare(network.head, trial, context)
        network.load_state_dict(trained_weights(trial, context))
        merge(network)
        return Trained(network.eval(), provenance)

    def blank(self, trial: Step, context: Context) -> ReverseClassifier:
        """From random weights."""
        spec = trial.spec
        unet = build_unet(spec["network"], "random", spec["structures"], seed=0).network
        return ReverseClassifier(unet, spec["head"], context.n_classes, seed=0)

    def segmenter(self, trial: Step, context: Context) -> Callable[[Tensor], Tensor]:
        """What its U-Net segments after the training."""
        return self.trained(trial, context).network.to(context.device).segment


def untrained(step: Step, context: Context) -> tuple[ReverseClassifier, Provenance]:
    """The classifier before its training, and where the weights of its U-Net come from."""
    spec = step.spec
    loaded, seed = segment.start_of(step, spec["structures"], context), training_seed(spec)
    network = ReverseClassifier(loaded.network, spec["head"], context.n_classes, seed=seed)
    return network, loaded.provenance


KIND = Reverse()
