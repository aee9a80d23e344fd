"""A recipe of a study that learns labels: typed, every key known."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from pleura.models.sources.listed import find_named
from pleura.options import UNSAID
from pleura.problems import problems_of
from pleura.study.countermeasures import Countermeasures
from pleura.study.distillation import Distillation
from pleura.study.sections import Named, RecipeBase, Search
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import Truncation, is_search


def _curriculum(given: Any) -> Any:
    """Names of steps, or a search. Raises ValueError for all else."""
    if given == "auto":
        return Search()
    if isinstance(given, Mapping):
        try:
            return Search.model_validate(given)
        except ValidationError as error:
            raise ValueError("; ".join(problems_of(error, Search))) from error
    if isinstance(given, Search):
        return given
    if isinstance(given, list) and all(isinstance(name, str) for name in given):
        return given
    raise ValueError(
        f"takes names of steps, [rotation, SimCLR], or auto, or {{among: [...], epochs: 3}}, "
        f"not {given!r}"
    )


class Recipe(Countermeasures, RecipeBase):
    """One way of transferring knowledge: where parameters start and what is trained."""

    backbone: str = Field("", description="a name of `pleura list backbones`, or of timm")
    network: Named | None = Field(
        None, description="a U-Net that becomes a classifier, such as x_unet: instead of backbone"
    )
    heads: list[Literal["logits", "decoder", "bottleneck", "scales"]] = Field(
        ["logits", "decoder", "bottleneck", "scales"],
        min_length=1,
        description="what of a U-Net is pooled; the best on validation is taken",
    )
    freeze: Named = Field("none", description="of a U-Net: its freezing plan")
    weights: str = Field(
        "imagenet",
        description="random, imagenet, a name of `pleura list weights` (or NAME@FILE), a file, or "
        "the name of one of the steps",
    )
    curriculum: Annotated[list[str] | Search, BeforeValidator(_curriculum)] = Field(
        [], description="self-supervised steps that follow the weights, in their order; or auto"
    )
    strategy: str | dict[str, dict[str, Any] | None] = Field(
        "fine_tuning", description="a name, or {name: {option: value}}"
    )
    distillation: Annotated[Distillation | None, UNSAID] = Field(
        None, description="a teacher: {teacher: fine-tuning, temperature: 2, weight: 0.7}"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_its_weights(cls, content: Any) -> Any:
        """Published weights say of which backbone they are, so that a file need not."""
        if not isinstance(content, Mapping) or content.get("backbone") or content.get("network"):
            return content
        named = find_named(str(content.get("weights", "")))
        return {**content, "backbone": named.source.backbone} if named else content

    @model_validator(mode="after")
    def _one_network(self) -> "Recipe":
        if bool(self.backbone) == (self.network is not None):
            raise ValueError("give either backbone or network (a U-Net that becomes a classifier)")
        fields = type(self).model_fields
        names = ("heads", "freeze") if self.network is None else ("strategy", "curriculum")
        for name in names:
            if getattr(self, name) != fields[name].get_default():
                other = "network" if self.network is None else "backbone"
                raise ValueError(f"{name}: goes with {other} only")
        return self

    @property
    def backbone_name(self) -> str:
        return self.backbone

    @property
    def strategy_name(self) -> str:
        if self.network is not None:
            return ""
        return self.strategy if isinstance(self.strategy, str) else next(iter(self.strategy), "")

    @property
    def search(self) -> Search | None:
        return self.curriculum if isinstance(self.curriculum, Search) else None

    @property
    def depth_search(self) -> Truncation | None:
        strategy = make_strategy(self.strategy)
        return strategy if is_search(strategy) else None

    @property
    def pooled_maps(self) -> list[str]:
        return [] if self.network is None else [*self.heads]

    def curriculum_of(self, steps: Mapping[str, Any]) -> list[str]:
        if isinstance(self.curriculum, Search):
            return self.curriculum.among or list(steps)
        return self.curriculum
