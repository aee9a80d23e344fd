"""The plan of a segmentation study: U-Nets at each learning rate, the best of them judged."""

from pleura.study.draw import Draw
from pleura.study.needs import network_of
from pleura.study.planner import Planner
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.steps.listed import make_step

# What a training depends on: not which images test.
IMAGES = ("bank", "folds", "fold", "seed", "fraction", "train", "validation")


class SegmentationPlanner(Planner[SegmentationStudy]):
    """Plans a segmentation. Every recipe needs a training: `needs` tell nothing more."""

    def recipe(self, name: str, draw: Draw) -> None:
        """Trials at each learning rate, and the cases of the best."""
        recipe, of_recipe = self.study.recipes[name], self.context.masks
        place, judges = name if recipe.masks else "", of_recipe[""]
        images = {key: draw.spec[key] for key in IMAGES}
        precision = self.precision[network_of(recipe)]
        trials = [
            self.earlier.segment(
                f"{name}, {draw.title}, learning rate {rate:g}",
                recipe,
                self.study.training,
                images,
                of_recipe[place],
                judges,
                {"precision": precision, "value": rate},
                {"masks": place},
            )
            for rate in self.study.rates_of(recipe)
        ]
        spec = {
            **draw.spec,
            "recipe": name,
            "knob": "learning rate",
            "manifest": draw.manifest,
            "judges": judges.key,
            "masks": recipe.masks.files[0] if recipe.masks else "",
        }
        self.add(make_step("cases", f"{name}, {draw.title}: evaluation", spec, *trials))
