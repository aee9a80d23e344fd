"""Truncation: what lies after a cut is dropped, the rest is pooled and fine-tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from pydantic import Field, model_validator

from pleura.errors import InputError
from pleura.models.places import Place, cut_at
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier

AUTO = "auto"


class Truncation(Strategy):
    """The network ends at a cut, pooled, with a linear head; all is fine-tuned (Peng et al. 2021).

    arXiv 2106.05152. At `auto` the depth is chosen on validation, by probes on frozen features at
    all places, of which the best few are fine-tuned, or by successive halving (Jamieson and
    Talwalkar 2016, arXiv 1502.07943): all depths are fine-tuned for a few epochs, the best go on.
    That is a search, which a study expands into steps; a single network cannot be built from it.
    """

    at: Place = Field(
        description="a cut's name; a number k, after the k-th stage; `middle`, after stage n / 2 "
        "of n, rounded up; or `auto`"
    )
    among: Literal["stages", "cuts"] = Field("stages", description="places that `auto` tries")
    by: Literal["probes", "halving"] = Field(
        "probes", description="how `auto` searches: probes on frozen features, or short trainings"
    )
    best: int | None = Field(
        None,
        ge=1,
        description="how many depths are fine-tuned after probes (2), or how many trainings come "
        "to their end by halving (1)",
    )
    near: int | None = Field(
        None,
        ge=0,
        description="of halving: how many places from the choices of earlier seeds and fractions "
        "are tried; without it all",
    )

    @model_validator(mode="after")
    def _of_a_search(self) -> Truncation:
        searching = ("among", "by", "best", "near")
        if self.at != AUTO and (given := [it for it in searching if it in self.model_fields_set]):
            raise ValueError(f"{', '.join(given)}: goes with `at: auto` only")
        if self.near is not None and self.by != "halving":
            raise ValueError("near: goes with `by: halving` only")
        return self

    @property
    def ending(self) -> int:
        """`best`, or its default."""
        return self.best or (1 if self.by == "halving" else 2)

    @property
    def told(self) -> dict[str, Any]:
        """What runs tell of the search: `by`, and `near` where it is given."""
        return self.model_dump(include={"by", "near"}, exclude_none=True)

    def surgery(self, model: Classifier) -> Classifier:
        """Drop what lies after the cut. Raises InputError for an unknown place, and for `auto`."""
        if self.at == AUTO:
            raise InputError("truncation: `at: auto` is a search over depths; name one depth here")
        return model.replace_backbone(model.backbone.truncate(cut_at(model.backbone, self.at)))

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All cuts that are left and the head, at one rate."""
        return (Phase(name="truncation", trains=all_parts(model)),)


def is_search(strategy: Strategy) -> TypeGuard[Truncation]:
    """Whether a strategy is `truncation: {at: auto}`."""
    return isinstance(strategy, Truncation) and strategy.at == AUTO
