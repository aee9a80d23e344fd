"""Where kinds of steps are listed: one line each.

A kind's module is imported when it is asked for: kinds stand on one another, and none of them is
needed to read a study file.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pleura.study.step import Step

if TYPE_CHECKING:
    from pleura.study.steps.kind import Kind

AnyKind = TypeVar("AnyKind", bound="Kind")

KINDS = (
    "areas",
    "attention",
    "cases",
    "clips",
    "clues",
    "depth",
    "ensemble",
    "features",
    "fit",
    "head",
    "heatmaps",
    "latency",
    "member",
    "mirrored",
    "numbers",
    "outcome",
    "pixels",
    "reverse",
    "rung",
    "segment",
    "selfsup",
    "similarity",
    "soft_targets",
)


def load_kind(kind: str) -> "Kind":
    """A kind by its name. Raises ValueError for one that is not listed."""
    if kind not in KINDS:
        raise ValueError(f"there is no kind of step called {kind!r}")
    return cast("Kind", import_module(f"pleura.study.steps.{kind}").KIND)


def kind_of(step: Step) -> "Kind":
    """The kind of a step."""
    return load_kind(step.kind)


def kind_as(contract: Callable[..., AnyKind], step: Step) -> AnyKind:
    """The kind of a step which is known to fulfil a `contract`, such as `Trial`."""
    return cast(AnyKind, load_kind(step.kind))


def make_step(
    kind: str,
    title: str,
    spec: Mapping[str, Any],
    *parents: Step,
    places: Mapping[str, str] | None = None,
) -> Step:
    """A step whose key hangs on the versions of its kind and of the parts that its spec names."""
    return Step(kind, title, spec, load_kind(kind).versions(spec), parents, places or {})


def trials_at(
    values: Iterable[float],
    kind: str,
    title: str,
    spec: Mapping[str, Any],
    *parents: Step,
    places: Mapping[str, str] | None = None,
) -> tuple[Step, ...]:
    """A trial at each value of a recipe's knob, whose name the `title` ends with."""
    return tuple(
        make_step(kind, f"{title} {value:g}", {**spec, "value": value}, *parents, places=places)
        for value in values
    )
