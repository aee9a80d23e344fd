"""Where kinds of steps are listed: one line each.

A kind's module is imported where a step of it is done, so that planning does not wait for libraries
that figures and heat maps need.
"""

from importlib import import_module
from typing import Any

KINDS = (
    "areas",
    "attention",
    "cases",
    "clips",
    "clues",
    "depth",
    "features",
    "fit",
    "head",
    "heatmaps",
    "latency",
    "outcome",
    "pixels",
    "reverse",
    "segment",
    "selfsup",
    "similarity",
)


def module_of(kind: str) -> str:
    """The full name of a kind's module. Raises ValueError for a kind that is not listed."""
    if kind not in KINDS:
        raise ValueError(f"there is no kind of step called {kind!r}")
    return f"pleura.study.kinds.{kind}"


def load_kind(kind: str) -> Any:
    """A kind's module, with `perform(step, context)`, and `collect(steps, context)` where tables
    are made of its steps."""
    return import_module(module_of(kind))
