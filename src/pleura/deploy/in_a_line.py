"""A model as a notebook shows it."""

from typing import Any


def in_a_line(model: Any, outputs: str) -> str:
    """A model as a notebook shows it: what it gives (`outputs` of its card) and what it was trained
    by, without its layers."""
    shown = (
        outputs,
        "size",
        "recipe",
        "baseline",
        "backbone",
        "network",
        "strategy",
        "fraction",
        "seed",
    )
    pairs = (f"{name}={model.card[name]!r}" for name in shown if name in model.card)
    return f"{type(model).__name__}({', '.join(pairs)})"
