"""Where kinds of steps are listed: one line each.

A kind's module is imported when it is asked for: kinds stand on one another, and none of them is
needed to read a study file.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pleura.study.steps.kind import Kind

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
    return f"pleura.study.steps.{kind}"


def load_kind(kind: str) -> "Kind":
    """A kind by its name. Raises ValueError for one that is not listed."""
    loaded: Kind = import_module(module_of(kind)).KIND
    return loaded
