"""What plans of all tasks share: recipes and baselines of every draw, then what explains them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pleura.study.context import Context
from pleura.study.draw import Draw, draws_of
from pleura.study.earlier import EarlierSteps
from pleura.study.explain import explained_by
from pleura.study.needs import Needs
from pleura.study.step import Step
from pleura.study.step_graph import Plan, add_to
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.steps.listed import make_step
from pleura.study.steps.rung import going_on
from pleura.study.study_base import StudyBase

File = TypeVar("File", bound=StudyBase)


class Planner(ABC, Generic[File]):
    """Plans a study; `needs` by recipe, `precision` of training by network, and by `steps.NAME` or
    `steps.NAME/BACKBONE`. `open` tells that a search must end before the plan has its end; `begun`
    are the last rungs of trainings, by the keys of the trainings, which go on from them whichever
    recipe asks for them."""

    def __init__(
        self,
        study: File,
        context: Context,
        needs: Mapping[str, Needs],
        precision: Mapping[str, str],
    ) -> None:
        self.study, self.context, self.needs, self.precision = study, context, needs, precision
        self.draws = draws_of(study, context)
        self.earlier = EarlierSteps(study.segmentations, context, precision)
        self.choices: list[dict[str, Any]] = []
        self.steps: dict[str, Step] = {}
        self.begun: dict[str, Step] = {}
        self.open = False

    def plan(self) -> Plan:
        """All steps, as far as the searches that are finished allow."""
        for draw in self.draws:
            for name in self.study.recipes:
                self.recipe(name, draw)
            self.baselines(draw)
        outcomes = outcomes_of(self._plan())
        for step in (*self.ensembles(outcomes), *self.explanations(outcomes)):
            self.add(step)
        if not self.open:  # all networks of the study take turns in one measurement
            self.add(make_step("latency", "time an image", {}, *explained_by("latency", outcomes)))
        return self._plan()

    @abstractmethod
    def recipe(self, name: str, draw: Draw) -> None:
        """Add the trials of a recipe and the evaluation of the best."""

    def searches(self) -> Plan:
        """The searches for a depth, and nothing else; none where no recipe has one."""
        return Plan((), open=False)

    def baselines(self, draw: Draw) -> None:
        """Add those of what every recipe is compared with."""

    def ensembles(self, outcomes: Sequence[Step]) -> Iterable[Step]:
        """Steps that average what trainings of one recipe predict."""
        return ()

    def explanations(self, outcomes: Sequence[Step]) -> Iterable[Step]:
        """Steps that explain the `outcomes` and choose nothing."""
        return ()

    def add(self, *steps: Step) -> None:
        """Add steps, each after all that it stands on."""
        for step in steps:
            add_to(self.steps, step)

    def _plan(self) -> Plan:
        steps = (
            going_on(step, self.begun[key]) if key in self.begun else step
            for key, step in self.steps.items()
        )
        return Plan(tuple(steps), self.open, tuple(self.choices))
