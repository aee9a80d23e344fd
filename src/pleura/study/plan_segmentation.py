"""The plan of a segmentation study: U-Nets at each learning rate, the best of them judged."""

from collections.abc import Mapping

from pleura.study.context import Context
from pleura.study.draw import Draw, draws_of
from pleura.study.earlier import EarlierSteps, segment
from pleura.study.needs import Needs, network_of
from pleura.study.planned import Plan, add_to, planned
from pleura.study.segmentation_schema import SegmentationRecipe, SegmentationStudy
from pleura.study.step import Step
from pleura.study.step_sections import SegmentationStep

# What a training depends on: not which images test.
IMAGES = ("bank", "folds", "fold", "seed", "fraction", "train", "validation")


def plan_segmentation(
    study: SegmentationStudy,
    context: Context,
    needs: Mapping[str, Needs],
    precision: Mapping[str, str],
) -> Plan:
    """Plan a study; `precision` of training by network. Every recipe needs a training: `needs` tell
    nothing more."""
    steps: dict[str, Step] = {}
    cases: list[Step] = []
    earlier = EarlierSteps(study.steps_of(SegmentationStep), context, precision)

    def trials(name: str, recipe: SegmentationRecipe, draw: Draw) -> list[Step]:
        masks = name if recipe.masks else ""
        images = {key: draw.spec[key] for key in IMAGES}
        return [
            segment(
                f"{name}, {draw.title}, learning rate {rate:g}",
                recipe,
                images,
                masks=context.masks[masks],
                judges=context.masks[""],
                training=study.training,
                rate=rate,
                precision=precision[network_of(recipe)],
                earlier=earlier,
                places={"masks": masks},
            )
            for rate in study.rates_of(recipe)
        ]

    for draw in draws_of(study, context):
        for name, recipe in study.recipes.items():
            spec = {
                **draw.spec,
                "recipe": name,
                "knob": "learning rate",
                "manifest": draw.manifest,
                "judges": context.masks[""].key,
                "masks": recipe.masks.files[0] if recipe.masks else "",
            }
            title = f"{name}, {draw.title}: evaluation"
            cases.append(planned("cases", title, spec, *trials(name, recipe, draw)))
            add_to(steps, cases[-1])
    add_to(steps, planned("latency", "time an image", {}, *cases))
    return Plan(tuple(steps.values()), open=False)
