"""How images are varied, as a study file says it. It imports no torch, so that a study file is
checked at once."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from pleura.options import UNSAID, Options, SaysWhatIsOn

Probability = Annotated[float, Field(ge=0, le=1)]


class Probabilities(Options):
    """How often each change happens to an image that is changed at all."""

    rotation: Probability = 0.5
    shift: Probability = 0.5
    scale: Probability = 0.5
    brightness: Probability = 0.5
    contrast: Probability = 0.5
    noise: Probability = 0.1


def for_each(model: type[BaseModel]) -> BeforeValidator:
    """A validator by which a section of probabilities can also be given as one number for all
    changes."""

    def spread(given: Any) -> Any:
        one = isinstance(given, int | float) and not isinstance(given, bool)
        return dict.fromkeys(model.model_fields, given) if one else given

    return BeforeValidator(spread)


class Mixup(Options):
    """Images mixed with others of their batch, and what is learned of them in the same shares."""

    alpha: float = Field(
        0.2, gt=0, le=10, description="of the beta distribution of the shares; 1: all are as likely"
    )
    probability: Probability = Field(0.5, description="of an image that is changed at all")


class Cutout(Options):
    """A square of an image hidden behind its mean gray value."""

    side: float = Field(0.25, gt=0, le=0.75, description="of the square, share of the width")
    probability: Probability = Field(0.5, description="of an image that is changed at all")


class RandAugment(Options):
    """Changes taken at random from a list, in the place of those that are given one by one."""

    changes: int = Field(2, ge=1, le=7, description="how many happen to each image that is changed")
    strength: float = Field(0.5, gt=0, le=1, description="of all of them; 1 is the most there is")


# What `rand_augment` takes the place of.
ONE_BY_ONE = ("rotation", "shift", "scale", "brightness", "contrast")


class Augmentation(SaysWhatIsOn):
    """How far images may be varied, and how often. The defaults suit frontal chest X-rays: the
    patient may stand a little askew, nearer or further, and the exposure differs; nothing is turned
    upside down. What has been measured of them: docs/concepts/augmentation.md.
    """

    untouched: Probability = Field(0.2, description="share of the images that stay as they are")
    flip: Probability = Field(0.5, description="probability of a left-right flip")
    rotation: float = Field(10.0, ge=0, le=180, description="largest angle, degrees")
    shift: float = Field(0.05, ge=0, le=0.5, description="largest shift, share of the width")
    scale: float = Field(0.1, ge=0, lt=1, description="largest change of size, share")
    brightness: float = Field(0.1, ge=0, le=1, description="largest offset, share of full range")
    contrast: float = Field(0.2, ge=0, lt=1, description="largest change of contrast, share")
    noise: float = Field(
        0.0, ge=0, le=1, description="largest standard deviation, share of full range"
    )
    probability: Annotated[Probabilities, for_each(Probabilities)] = Field(
        Probabilities(), description="one number, or {change: number}"
    )
    mixup: Annotated[Mixup | None, UNSAID] = Field(
        None, description="{alpha: 0.2}: images mixed with others; of classes, findings and numbers"
    )
    cutout: Annotated[Cutout | None, UNSAID] = Field(
        None, description="{side: 0.25}: a square of the image hidden"
    )
    rand_augment: Annotated[RandAugment | None, UNSAID] = Field(
        None,
        description="{changes: 2, strength: 0.5}: changes from a list for X-rays and ultrasound, "
        "in the place of rotation, shift, scale, brightness and contrast",
    )

    @model_validator(mode="after")
    def _leaves_some_as_they_are(self) -> "Augmentation":
        for name in ("mixup", "cutout"):
            change = getattr(self, name)
            if change and change.probability == 1 and not self.untouched:
                raise ValueError(
                    f"{name} would happen to every image, and those that are judged are of another "
                    f"kind; give untouched or {name}.probability a value between 0 and 1"
                )
        if self.rand_augment and not self.untouched:
            raise ValueError(
                "rand_augment changes every image that is not left untouched, and those that are "
                "judged are of another kind; give untouched a value above 0, such as 0.2"
            )
        return self

    @model_validator(mode="after")
    def _one_way_of_changing(self) -> "Augmentation":
        if self.rand_augment:
            fields = type(self).model_fields
            own = [name for name in ONE_BY_ONE if getattr(self, name) != fields[name].default]
            often = Probabilities()
            own += [
                f"probability.{name}"
                for name in ONE_BY_ONE
                if getattr(self.probability, name) != getattr(often, name)
            ]
            if own:
                raise ValueError(
                    f"{own[0]}: rand_augment takes its place; leave one of the two out"
                )
        return self
