"""Where strategies are listed: one line each."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from pleura.errors import InputError, nearest
from pleura.transfer.feature_extraction import FeatureExtraction
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.freezing import Freezing
from pleura.transfer.gradual_unfreezing import GradualUnfreezing
from pleura.transfer.l2_sp import L2SP
from pleura.transfer.layer_wise_rates import LayerWiseRates
from pleura.transfer.linear_probe_then_fine_tuning import LinearProbeThenFineTuning
from pleura.transfer.lora import LoRA
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
}


def make_strategy(spec: str | Mapping[str, Any]) -> Strategy:
    """A strategy from a study file: `fine_tuning`, or `{name: {option: value}}`.

    Raises InputError for an unknown name or option, with the names there are.
    """
    if isinstance(spec, str):
        name, options = spec, dict[str, Any]()
    elif len(spec) == 1:
        name, options = next((key, value or {}) for key, value in spec.items())
    else:
        raise InputError(f"strategy: one name with its options, not {list(spec)}")
    if name not in STRATEGIES:
        raise InputError(f"strategy: there is no '{name}'{nearest(name, STRATEGIES)}")
    try:
        return STRATEGIES[name].model_validate(options)
    except ValidationError as error:
        options = STRATEGIES[name].model_fields
        problems = [_told(problem, options) for problem in error.errors()]
        raise InputError(f"strategy {name}: options that do not fit", problems) from error


def _told(problem: Mapping[str, Any], options: Collection[str]) -> str:
    option = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return f"{option}: unknown option{nearest(option, options) if options else ''}"
    return f"{option}: {'is missing' if problem['type'] == 'missing' else problem['msg']}"


def describe_strategies() -> str:
    """The listed strategies, what each does, and its options with their defaults."""
    lines = []
    for name, strategy in STRATEGIES.items():
        lines.append(f"{name}: {(strategy.__doc__ or '').strip().splitlines()[0]}")
        for option, field in strategy.model_fields.items():
            start = "required" if field.is_required() else f"default {field.default}"
            lines.append(f"    {option} ({start}): {field.description or ''}")
    return "\n".join(lines)
