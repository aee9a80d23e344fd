"""All versioned parts of pleura, and what each makes of small fixed inputs, in a few figures.

Inputs and weights are made by formulas, and what is trained takes a few steps, so that any
processor gives the same figures but for rounding.
"""

from collections.abc import Callable, Mapping
from functools import partial

from pleura.models.shallow import SHALLOW_NETS
from pleura.models.timm_nets import TIMM_NETS
from pleura.study.steps.listed import KINDS
from pleura.tasks.listed import TASKS
from pleura.tasks.selfsup.listed import METHODS
from pleura.transfer.listed import STRATEGIES
from tests.golden.behaviour import few_labels, images, kinds, networks, recipes, training
from tests.golden.behaviour.inputs import Figures

# One for each way that networks of torchvision are taken apart; the others differ in size alone.
OF_TORCHVISION = (
    *("alexnet", "densenet121", "googlenet", "inception_v3", "mnasnet1_0", "mobilenet_v2_035"),
    *("mobilenet_v3_large", "resnet18", "shufflenet_v2_x1_0", "squeezenet1_0", "vgg16"),
)
FAMILIES = {
    "networks of torchvision": OF_TORCHVISION,
    "shallow networks": tuple(SHALLOW_NETS),
    "networks of timm": TIMM_NETS,
}
OF_THEIR_OWN = ("classification", "segmentation")  # tasks that say more than how labels are learned
PARTS: Mapping[str, Callable[[], Figures]] = {
    "training loop": training.training_loop,
    "averaged weights": few_labels.averaged_weights,
    "stochastic depth": few_labels.stochastic_depth,
    "growing images": few_labels.growing_images,
    "augmentation": images.augmentation,
    "frames in training": images.frames_in_training,
    "backgrounds in training": images.backgrounds_in_training,
    "groups of images": training.groups_of_images,
    "group DRO": training.group_dro,
    "distillation": few_labels.distillation,
    "mixup": few_labels.mixup,
    "cutout": few_labels.cutout,
    "RandAugment": few_labels.rand_augment,
    "views": images.views,
    "hidden views": images.hidden_views,
    "classification": training.classification,
    "classification: smoothing": few_labels.smoothing,
    "segmentation": training.segmentation,
    **{name: partial(training.labels, name) for name in TASKS if name not in OF_THEIR_OWN},
    "findings: smoothing": few_labels.smoothed_findings,
    "linear head": training.linear_head,
    "pixel baselines": training.pixel_baselines,
    "attention over frames": training.attention_over_frames,
    "networks": networks.networks,
    **{
        f"{family}: {name}": partial(networks.network, name)
        for family, names in FAMILIES.items()
        for name in names
    },
    "weights by name": networks.weights_by_name,
    "U-Net": networks.u_nets,
    "classifier of a U-Net": networks.classifier_of_a_u_net,
    "freezing plan": recipes.freezing_plans,
    **{f"strategy {name}": partial(recipes.strategy, name) for name in STRATEGIES},
    **{f"method {name}": partial(recipes.method, name) for name in METHODS},
    "decoding": images.decoding,
    **{f"step {name}": partial(kinds.kind, name) for name in KINDS},
}
"""What each part makes of fixed inputs, by the name that `pleura.study.versions` gives it, and what
each kind of step does; after a colon stands what of it."""
