"""Knowledge distillation as study files say it: which recipe teaches which, and what is refused.

It imports no torch, so that a study file is checked at once.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from pleura.errors import InputError, nearest, refuse
from pleura.study.countermeasures import Countermeasures, countermeasures_of
from pleura.study.section import Section
from pleura.wording import count

if TYPE_CHECKING:
    from pleura.study.study_base import StudyBase

SOFT_TARGETS = "soft_targets"  # the kind of step in which a teacher says what it thinks of images
NO_PROBABILITIES = (
    "distillation is for classes, findings and grades: a teacher hands over its probabilities of "
    "these, and {} has none"
)


class Distillation(Section):
    """A recipe learns from the probabilities of another one, its teacher, besides the labels.

    Hinton, Vinyals & Dean 2015, Distilling the knowledge in a neural network, arXiv 1503.02531.
    """

    teacher: str = Field(
        min_length=1,
        max_length=80,
        description="the recipe that teaches; it stands above this one in the file",
    )
    members: int = Field(
        1,
        ge=1,
        le=10,
        description="networks of the teacher that are averaged; they train on the same images, "
        "each with its own seed",
    )
    temperature: float = Field(
        2.0, gt=0, le=100, description="logits of teacher and student are divided by it"
    )
    weight: float = Field(
        0.7, gt=0, le=1, description="share of the teacher in the loss; labels have the rest"
    )
    unlabelled: int = Field(
        1,
        ge=0,
        le=10,
        description="images without label beside each labelled one in a batch",
    )

    @property
    def taught_by(self) -> str:
        """The teacher in words: `fine-tuning`, or `fine-tuning (mean of 3 networks)`."""
        several = f" (mean of {count(self.members, 'network')})" if self.members > 1 else ""
        return f"{self.teacher}{several}"

    def spec(self) -> dict[str, Any]:
        """What the spec of a student's training says of it; the teacher stands among its
        parents."""
        return {
            "distillation": self.model_dump(include={"temperature", "weight", "unlabelled"}),
        }


def students(recipes: Mapping[str, Any]) -> Iterator[tuple[str, Distillation]]:
    """The recipes that have a teacher, by name."""
    for name, recipe in recipes.items():
        if asked := getattr(recipe, "distillation", None):
            yield name, asked


def twin_of(name: str, recipes: Mapping[str, Any]) -> str:
    """The recipe that differs from a student by having no teacher alone; empty where there is
    none. `recipes` are those of a study file, as models or as plain mappings."""
    plain = {each: _plain(recipe) for each, recipe in recipes.items()}
    mine = {**plain[name], "distillation": None}
    return next((each for each, of in plain.items() if each != name and of == mine), "")


def _plain(recipe: Any) -> dict[str, Any]:
    """A recipe without what changes no training."""
    said = dict(recipe) if isinstance(recipe, Mapping) else recipe.model_dump(mode="json")
    return {"distillation": None, **said, "ranked": True, "missing_weights": "refuse"}


def teachers_of(name: str, recipes: Mapping[str, Any]) -> list[str]:
    """The teacher of a recipe, the teacher's teacher and so on."""
    found: list[str] = []
    while (recipe := recipes.get(name)) is not None:
        asked = getattr(recipe, "distillation", None)
        if asked is None or asked.teacher in found:
            break
        name = asked.teacher
        found.append(name)
    return found


def refuse_students(study: "StudyBase", frozen: Collection[str]) -> None:
    """Raise InputError where a recipe among the `frozen` ones, heads on features that are computed
    once, is a student, or teaches by several members."""
    problems = []
    for name, asked in students(study.recipes):
        where = f"recipes.{name}.distillation"
        if name in frozen:
            problems.append(
                f"{where}: {name} learns from features that never change and from labels alone; "
                "take a strategy that trains the network"
            )
        if asked.members > 1 and asked.teacher in frozen:
            problems.append(
                f"{where}.members: {asked.teacher} is a head on frozen features, which has no "
                "members that differ; leave members out"
            )
    refuse("distillation does not fit", problems)


def without_ranking(asked: "StudyBase", study: "StudyBase") -> tuple["StudyBase", list[str]]:
    """The study without a ranking of students whose teacher has other weights than were `asked`
    for, and a sentence on each. Raises InputError where one is the reference."""
    changed = {
        name
        for name, recipe in study.recipes.items()
        if recipe.weights != asked.recipes[name].weights
    }
    recipes, said = dict(study.recipes), []
    for name, _ in students(study.recipes):
        above = [each for each in teachers_of(name, study.recipes) if each in changed]
        if not above or not recipes[name].ranked:
            continue
        if name == study.reference:
            raise InputError(
                f"reference: '{name}': its teacher '{above[0]}' has random weights, so it "
                "cannot be ranked; choose another reference"
            )
        recipes[name] = recipes[name].model_copy(update={"ranked": False})
        said.append(f"{name}: its teacher {above[0]} has random weights, so not ranked")
    return study.model_copy(update={"recipes": recipes}), said


def wrong_distillation(
    training: Countermeasures,
    recipes: Mapping[str, Any],
    *,
    probabilities: bool,
    mixed: bool,
    budget: bool,
) -> list[str]:
    """One line for each recipe that cannot be taught as it asks: of a task without `probabilities`,
    by images that are `mixed`, with a `budget`, and what does not fit in the recipes themselves."""
    lines = []
    for name, asked in students(recipes):
        wrong = [] if probabilities else [f": {NO_PROBABILITIES.format('a number')}"]
        wrong += _wrong_teacher(name, asked.teacher, recipes)
        wrong += _wrong_student(recipes[name])
        if mixed:
            wrong.append(
                ": mixup lays images over one another, of which the teacher said nothing; leave "
                "one of them out (training.augmentation.mixup)"
            )
        for key in countermeasures_of(training, recipes[name]):
            wrong.append(
                f": the teacher sees images as they are and in no groups, so that {key} would be "
                f"undone; leave one of them out ({key}: none)"
            )
        if budget and asked.teacher in recipes and recipes[asked.teacher].depth_search:
            wrong.append(
                ": a budget cannot count students of a teacher whose depth is searched; name its "
                "depth, or give no budget"
            )
        lines += [f"recipes.{name}.distillation{first}" for first in wrong[:1]]
    return lines


def _wrong_teacher(name: str, teacher: str, recipes: Mapping[str, Any]) -> list[str]:
    """What keeps a recipe from teaching the one with a `name`."""
    names = list(recipes)
    if teacher == name:
        return [f".teacher: '{name}' cannot teach itself; name another recipe"]
    if teacher not in recipes:
        return [f".teacher: no recipe is called '{teacher}'{nearest(teacher, names)}"]
    if name in (above := teachers_of(name, recipes)):
        circle = " → ".join([name, *above])
        said = f".teacher: recipes teach one another in a circle ({circle}); end it somewhere"
        return [said] * (name == min(above, key=names.index))  # of a circle once
    if names.index(teacher) > names.index(name):
        return [f".teacher: '{teacher}' must stand above '{name}' in the file, as what comes first"]
    return []


def _wrong_student(recipe: Any) -> list[str]:
    """What keeps a recipe from learning of a teacher."""
    if recipe.network is not None:
        return [": goes with backbone only; a U-Net that becomes a classifier can teach"]
    if recipe.strategy_name == "feature_extraction":
        return [
            ": a head on frozen features is fitted to the labels alone; take a strategy that "
            "trains the network, such as fine_tuning or truncation"
        ]
    return []
