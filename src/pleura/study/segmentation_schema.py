"""The study file of a segmentation: recipes are U-Nets, their weights and freezing plans."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from pleura.data.mask_values import Masks
from pleura.evaluate.case_metrics import CASE_METRICS, DISTANCES
from pleura.study.distillation import NO_PROBABILITIES
from pleura.study.sections import Name, Named, RecipeBase
from pleura.study.step_sections import SegmentationData, SegmentationTraining
from pleura.study.study_base import StudyBase
from pleura.wording import in_a_row

if TYPE_CHECKING:
    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(m.name for m in CASE_METRICS.values() if m.primary)]


class SegmentationRecipe(RecipeBase):
    """One way of segmenting: which U-Net, where its parameters start, what trains."""

    network: Named
    freeze: Named = Field("none", description="a freezing plan: a name, or {first: k}, {last: k}")
    augmented: bool = True
    masks: Masks | None = Field(
        None, description="masks to train on, where they are others than those that judge"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_a_teacher(cls, content: Any) -> Any:
        if isinstance(content, Mapping) and "distillation" in content:
            raise ValueError(NO_PROBABILITIES.format("a mask"))
        return content


class SegmentationStudy(StudyBase):
    """Where the structures are in an image, and the recipes compared on it."""

    task: Literal["segmentation"]
    data: SegmentationData
    in_a_unit = DISTANCES
    metric: PrimaryMetric = "dice"
    margin: float = Field(0.01, ge=0)  # of a distance, 1 is no limit
    recipes: dict[Name, SegmentationRecipe] = Field(min_length=1, description="one at least")
    training: SegmentationTraining = SegmentationTraining()

    @property
    def masks(self) -> dict[str, Masks]:
        own = {name: recipe.masks for name, recipe in self.recipes.items() if recipe.masks}
        return {"": self.data.masks, **own}

    @model_validator(mode="after")
    def _margin_in_range(self) -> "SegmentationStudy":
        most = CASE_METRICS[self.metric].transformation.high
        if self.margin >= most:
            raise ValueError(f"margin: must be below {most:g}, the greatest {self.metric} there is")
        return self

    @model_validator(mode="after")
    def _judged_alike(self) -> "SegmentationStudy":
        if self.pretrainings:
            raise ValueError(
                f"steps.{next(iter(self.pretrainings))}: self-supervised steps go before a "
                "classification"
            )
        judged = set(self.data.masks.names)
        for name, recipe in self.recipes.items():
            if recipe.masks and (missing := judged - set(recipe.masks.names)):
                verb = "are" if len(missing) > 1 else "is"
                raise ValueError(
                    f"recipes.{name}.masks: lack {in_a_row(sorted(missing))}, which {verb} judged"
                )
        return self
