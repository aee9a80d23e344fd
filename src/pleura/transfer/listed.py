"""Where strategies are listed: one line each."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pleura.errors import InputError, nearest
from pleura.transfer.feature_extraction import FeatureExtraction
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.strategy import Strategy

STRATEGIES: dict[str, type[FeatureExtraction] | type[FineTuning]] = {
    "feature_extraction": FeatureExtraction,
    "fine_tuning": FineTuning,
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
        problems = [
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        ]
        raise InputError(f"strategy {name}: options that do not fit", problems) from error


def describe_strategies() -> str:
    """The listed strategies, what each does, and its options with their defaults."""
    lines = []
    for name, strategy in STRATEGIES.items():
        summary = (strategy.__doc__ or "").strip().splitlines()[0]
        lines.append(f"{name:<20} {summary}")
        for option, field in strategy.model_fields.items():
            lines.append(f"{'':<20}   {option} = {field.default}  {field.description or ''}")
    return "\n".join(lines)
