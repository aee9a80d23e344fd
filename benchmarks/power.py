"""Whether studies show what `pleura power` promises of them, on simulated patients.

Patients, images, scores and trainings are those of `benchmarks.coverage`. From pilots a study of
another size is planned: the smallest AUROC difference that it shows at 80 %, and the width of its
intervals. Then that difference is planted, many studies of that size are simulated, and the test
and the limits of the report are made of each. What AUROC promises is 80 %; the same planted
studies have other differences by other metrics, whose power is predicted and counted as well.

`--of literature` plans from the AUROC and the share of positives alone.

python -m benchmarks.power OUT.csv --simulations 300
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks.cells import Cell, Rows, run_cells
from benchmarks.coverage import CLASSES, LEVEL, Setting, simulate, truth

from pleura.evaluate.auroc_variance import Design, of_difference, of_one
from pleura.evaluate.compare import limits
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import bearing, interval, patients_by_class
from pleura.evaluate.jackknife import leave_one_out
from pleura.evaluate.metric import ClassificationMetric
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.power import Components, Prospect, Question
from pleura.evaluate.runs import Runs
from pleura.power.options import Options
from pleura.power.pilot import Pilot, measure_of_predictions
from pleura.power.prospects import prospect_of, width_of_recipe

IMAGES = 4.0  # of a patient, on average


@dataclass(frozen=True)
class Planned:
    """A study that is planned: what its pilot is like (patients and seeds of `setting`), and its
    own patients, seeds and comparisons."""

    setting: Setting
    patients: int
    seeds: int
    comparisons: int
    pilots: int

    @property
    def question(self) -> Question:
        """The test that it makes."""
        return Question(LEVEL, self.comparisons)

    def prospects(self, metric: ClassificationMetric, rng: np.random.Generator) -> list[Prospect]:
        """What single pilots let be expected."""
        found = []
        for _ in range(self.pilots):
            ours, theirs = simulate(self.setting, rng)
            pilot = Pilot(
                "pilot",
                Runs((*ours, *theirs), CLASSES),
                metric,
                measure_of_predictions(metric, CLASSES),
                theirs[0].recipe,
            )
            found.append(prospect_of(pilot, pilot.pairs, self.question, Options()))
        return found

    def from_literature(self, rng: np.random.Generator) -> Prospect:
        """What AUROC, prevalence and images let be expected; how two recipes correlate is taken
        from large samples, and trainings are one each."""
        alone = of_one(
            self.setting.auroc,
            Design(self.setting.prevalence, IMAGES, self.setting.correlation),
        )
        large = replace(self.setting, patients=1000)
        pairs = [prospect_of_sample(large, rng) for _ in range(4)]
        correlation = float(np.mean(pairs))
        slope = AUROC.transformation.slope(self.setting.auroc)
        difference = of_difference(alone, correlation)
        difference = replace(difference, shared=difference.shared * slope**2)
        return Prospect(AUROC, self.setting.auroc, difference, alone, self.question)


def prospect_of_sample(setting: Setting, rng: np.random.Generator) -> float:
    """How the AUROCs of two recipes correlate over patients, by one large sample."""
    groups = {str(patient): patient for patient in range(setting.patients)}
    one, two = (
        leave_one_out(runs, groups, CLASSES, [AUROC])[AUROC.overall].without.mean(axis=0)
        for runs in simulate(setting, rng)
    )
    return float(np.corrcoef(one, two)[0, 1])


def averaged(every: Sequence[Prospect]) -> Prospect:
    """The prospect of the mean of what varies in several pilots."""
    return replace(
        every[0],
        value=float(np.mean([each.value for each in every])),
        difference=Components.averaged(each.difference for each in every),
        alone=Components.averaged(each.alone for each in every),
    )


def run(of: Planned, metrics: Sequence[str], simulations: int, *, literature: bool) -> Rows:
    """A row a metric: what is planned, and what simulated studies show."""
    numbers = (*vars(of.setting).values(), of.patients, of.seeds, of.comparisons)
    rng = np.random.default_rng([round(1000 * value) for value in numbers])
    if literature:
        singles = [of.from_literature(rng)]
        planned = {AUROC.name: singles[0]}
    else:
        every = {name: of.prospects(METRICS[name], rng) for name in metrics}
        planned, singles = {name: averaged(its) for name, its in every.items()}, every[AUROC.name]
    effect = planned[AUROC.name].smallest(of.patients, of.seeds)
    smallest = [each.smallest(of.patients, of.seeds) for each in singles]
    study = replace(
        of.setting,
        patients=of.patients,
        seeds=of.seeds,
        auroc=of.setting.auroc + effect / 2,
        effect=effect,
    )
    keys = [METRICS[name].overall for name in planned]
    aim, second = truth(study, keys), truth(study.second, keys)
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in planned}
    for _ in range(simulations):
        for name, its in _simulated(study, [METRICS[name] for name in planned], of, rng):
            found[name].append(its)
    rows: Rows = []
    for name, prospect in planned.items():
        difference = aim[METRICS[name].overall] - second[METRICS[name].overall]
        shown, width, alone = np.mean(found[name], axis=0).tolist()
        rows.append(
            {
                **vars(of.setting),
                "pilot_patients": of.setting.patients,
                "pilot_seeds": of.setting.seeds,
                "patients": of.patients,
                "seeds": of.seeds,
                "comparisons": of.comparisons,
                "pilots": of.pilots,
                "simulations": simulations,
                "literature": literature,
                "metric": name,
                "difference": difference,
                "power_planned": prospect.power(abs(difference), of.patients, of.seeds),
                "power_found": shown,
                "width_planned": prospect.width_of_difference(of.patients, of.seeds),
                "width_found": width,
                "recipe_planned": width_of_recipe(prospect, of.patients, of.seeds),
                "recipe_found": alone,
                "smallest": prospect.smallest(of.patients, of.seeds),
                "smallest_low": float(np.nanquantile(smallest, 0.1)),
                "smallest_high": float(np.nanquantile(smallest, 0.9)),
            }
        )
    return rows


def _simulated(
    study: Setting,
    metrics: Sequence[ClassificationMetric],
    of: Planned,
    rng: np.random.Generator,
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Of one simulated study by each metric: whether the difference is shown, in the right
    direction, and how wide the intervals of the difference and, on average, of a recipe are."""
    groups = {str(patient): patient for patient in range(study.patients)}
    ours, theirs = simulate(study, rng)
    samples, others = (leave_one_out(runs, groups, CLASSES, metrics) for runs in (ours, theirs))
    shown = patients_by_class(ours, len(CLASSES))
    for metric in metrics:
        one, two = samples[metric.overall], others[metric.overall]
        behind = bearing(shown, metric, None)
        low, high, p = limits(metric, one, two, LEVEL, behind)
        # The plan is for two recipes of the same value; these lie as far on either side of it.
        ends = np.array([interval(metric, its, LEVEL, behind) for its in (one, two)])
        right = metric.sign * (one.value - two.value) > 0
        yield (
            metric.name,
            (
                float(p < of.question.alpha and right),
                high - low,
                float(np.ptp(ends, axis=1).mean()),
            ),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Planned power and power found, by simulation.")
    parser.add_argument("table", type=Path, help="CSV to write")
    parser.add_argument("--of", choices=["pilot", "literature"], default="pilot")
    parser.add_argument("--simulations", type=int, default=300)
    parser.add_argument("--pilots", type=int, default=20)
    parser.add_argument("--pilot-patients", type=int, default=120)
    parser.add_argument("--pilot-seeds", type=int, default=3)
    parser.add_argument("--patients", type=int, nargs="+", default=[80, 250])
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--comparisons", type=int, nargs="+", default=[1])
    parser.add_argument("--correlation", type=float, default=0.3)
    parser.add_argument("--prevalence", type=float, nargs="+", default=[0.3])
    parser.add_argument("--auroc", type=float, nargs="+", default=[0.75, 0.9])
    parser.add_argument("--shift", type=float, default=0.1, help="of the separation between seeds")
    parser.add_argument("--metrics", nargs="+", default=["auroc", "auprc", "f1", "kappa"])
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)

    literature = options.of == "literature"
    seeds = [1] if literature else options.seeds
    cells = []
    for prevalence, auroc, patients, several, comparisons in itertools.product(
        options.prevalence, options.auroc, options.patients, seeds, options.comparisons
    ):
        trained = 1 if literature else options.pilot_seeds
        shift = 0.0 if literature else options.shift
        setting = Setting(
            options.pilot_patients, options.correlation, prevalence, auroc, trained, shift, 0.0
        )
        of = Planned(setting, patients, several, comparisons, options.pilots)
        known = {
            "pilot_patients": setting.patients,
            "pilot_seeds": trained,
            "prevalence": prevalence,
            "auroc": auroc,
            "patients": patients,
            "seeds": several,
            "comparisons": comparisons,
            "simulations": options.simulations,
            "literature": literature,
        }
        metrics = [*dict.fromkeys([AUROC.name, *options.metrics])]
        cells.append(
            Cell(known, partial(run, of, metrics, options.simulations, literature=literature))
        )
    table = run_cells(options.table, cells, options.workers)
    columns = ["metric", "auroc", "patients", "seeds", "power_planned", "power_found"]
    print(table[columns].to_string(index=False))


if __name__ == "__main__":
    main()
