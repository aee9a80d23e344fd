"""Where strategies are listed: one line each."""

from collections.abc import Mapping
from typing import Any

from pleura.options import describe, make_named
from pleura.transfer.bitfit import BitFit
from pleura.transfer.feature_extraction import FeatureExtraction
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.freezing import Freezing
from pleura.transfer.gradual_unfreezing import GradualUnfreezing
from pleura.transfer.l2_sp import L2SP
from pleura.transfer.layer_wise_rates import LayerWiseRates
from pleura.transfer.linear_probe_then_fine_tuning import LinearProbeThenFineTuning
from pleura.transfer.lora import LoRA
from pleura.transfer.norm_tuning import NormTuning
from pleura.transfer.strategy import Strategy
from pleura.transfer.transfusion import TransFusion
from pleura.transfer.truncation import Truncation

STRATEGIES: dict[str, type[Strategy]] = {
    "feature_extraction": FeatureExtraction,
    "fine_tuning": FineTuning,
    "freezing": Freezing,
    "linear_probe_then_fine_tuning": LinearProbeThenFineTuning,
    "gradual_unfreezing": GradualUnfreezing,
    "layer_wise_rates": LayerWiseRates,
    "truncation": Truncation,
    "transfusion": TransFusion,
    "l2_sp": L2SP,
    "lora": LoRA,
    "bitfit": BitFit,
    "norm_tuning": NormTuning,
}


def make_strategy(spec: str | Mapping[str, Any]) -> Strategy:
    """A strategy from a study file: `fine_tuning`, or `{name: {option: value}}`.

    Raises InputError for an unknown name or option, with the names there are.
    """
    return make_named("strategy", spec, STRATEGIES)


def describe_strategies() -> str:
    """The listed strategies, what each does, and its options with their defaults."""
    return describe(STRATEGIES)
