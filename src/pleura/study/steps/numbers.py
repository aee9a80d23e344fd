"""Step: the best trial of a study of numbers on validation meets test."""

from collections.abc import Mapping
from typing import Any

from pleura.evaluate.calibration_maps import AsItIs
from pleura.study.context import Context
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import put_together
from pleura.study.steps.outcome import Outcome
from pleura.study.trials import PREDICTIONS


class Numbers(Outcome):
    """The best trial, what it predicts and what it cost."""

    name = "numbers"
    version = 2
    table = ""
    leaves = ()  # its table is called as that of outcomes, which leave it

    def collect(self, plan: Plan, context: Context) -> None:
        """Put the predictions together in the study's folder."""
        put_together(self.collected(plan), PREDICTIONS, context)

    def hand_over(self, study: Any, plan: Plan, context: Context) -> None:
        """A network that gives a number, and what is like its training images."""
        from pleura.evaluate import at_home
        from pleura.study.best import Best, keep_best, likeness_of
        from pleura.study.best_pixels import keep_best_pixels
        from pleura.study.trials import predictions_of

        def describe(
            network: Any, card: Mapping[str, Any], best: Best, context: Context
        ) -> dict[str, Any]:
            number = study.data.number
            table = predictions_of(best.judged, context)
            its = table[table["seed"] == best.first.spec["seed"]].reset_index(drop=True)
            return {
                "number": number.column,
                "unit": number.unit,
                "calibration": AsItIs(number.unit).as_dict(),
                at_home.FIELD: at_home.for_card(its, study.task, level=study.level),
                "likeness": likeness_of(network, best, context),
            }

        keep_best(study, plan, context, describe)
        keep_best_pixels(study, plan, context, describe)


KIND = Numbers()
