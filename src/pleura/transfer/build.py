"""A recipe's network: backbone, weights, head, and what its strategy makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pleura.models.build import LoadedBackbone, build_backbone
from pleura.models.classifier import Classifier
from pleura.models.network import to_channels_last
from pleura.models.seeding import seeded
from pleura.models.weights import Provenance, check_planned
from pleura.transfer.listed import make_strategy
from pleura.transfer.strategy import Strategy


@dataclass(frozen=True)
class BuiltModel:
    """A classifier after its strategy's surgery, and where its weights come from."""

    classifier: Classifier
    strategy: Strategy
    provenance: Provenance


def build_model(
    spec: Mapping[str, Any], n_classes: int, seed: int, start: LoadedBackbone | None = None
) -> BuiltModel:
    """The untrained classifier of a recipe: `spec` has backbone, weights, strategy.

    `start` is a backbone that has learned more since, in the place of the one that `spec` names.
    Raises InputError where one of them is unknown or they do not fit together, PleuraError where
    the file of weights is not the one of the `weights_digest` of `spec`.
    """
    loaded = start or build_backbone(spec["backbone"], spec["weights"], seed=seed)
    if start is None:
        check_planned(spec, loaded.provenance)
    strategy = make_strategy(spec["strategy"])
    classifier = Classifier(loaded.backbone, loaded.mean, loaded.std, n_classes, seed=seed)
    with seeded(seed):
        classifier = strategy.surgery(classifier)
    to_channels_last(classifier)
    return BuiltModel(classifier, strategy, loaded.provenance)
