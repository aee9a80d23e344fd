"""The plan of a study: a graph of steps that shares what recipes have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pleura.files import digest_file, digest_of
from pleura.models.build import cuts_of
from pleura.study.context import Context
from pleura.study.draw import Draw, draws_of
from pleura.study.kinds import depth
from pleura.study.kinds.listed import KINDS
from pleura.study.kinds.outcome import trials_of
from pleura.study.measure import Needs
from pleura.study.schema import STARTS, Recipe, StudyFile
from pleura.study.step import Step
from pleura.study.views import HIDDEN, WHOLE
from pleura.tasks.pixels import baselines
from pleura.train.loop import FitSettings
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import Truncation, is_search


@dataclass(frozen=True)
class Plan:
    """All steps in an order in which they can run; `outcomes` are those the tables are made of.

    `open` tells that a search for a depth must end before the plan can be made to its end.
    """

    steps: tuple[Step, ...]
    open: bool

    @property
    def outcomes(self) -> tuple[Step, ...]:
        """One step for each recipe or baseline, fold, seed and fraction."""
        return self.of("outcome")

    def of(self, kind: str) -> tuple[Step, ...]:
        """The steps of a kind."""
        return tuple(step for step in self.steps if step.kind == kind)

    def missing(self, folder: Path) -> tuple[Step, ...]:
        """Steps that are not finished in the folder of steps."""
        return tuple(step for step in self.steps if not step.is_done(folder))


def make_plan(
    study: StudyFile, context: Context, needs: Mapping[str, Needs], precision: Mapping[str, str]
) -> Plan:
    """Plan a study; `needs` by recipe, `precision` of training by backbone.

    A search for a depth (`truncation: {at: auto}`) is expanded as far as the steps that are
    finished allow.
    """
    return _Planner(study, context, needs, precision).plan()


def plan_searches(study: StudyFile, context: Context) -> Plan:
    """The searches of a study for a depth, and nothing else."""
    return _Planner(study, context, {}, {}).searches()


class _Planner:
    def __init__(
        self,
        study: StudyFile,
        context: Context,
        needs: Mapping[str, Needs],
        precision: Mapping[str, str],
    ) -> None:
        self.study, self.context, self.needs, self.precision = study, context, needs, precision
        self.tested = digest_of(context.split.tested.tolist())
        self.draws = draws_of(study, context)
        self.balanced = study.training.class_weights == "balanced"
        self.digests: dict[Path, str] = {}
        self.steps: dict[str, Step] = {}
        self.open = False

    def searches(self) -> Plan:
        for draw in self.draws:
            for recipe in self.study.recipes.values():
                strategy = make_strategy(recipe.strategy)
                if is_search(strategy):
                    self._add(self._search(recipe, strategy, draw))
        return Plan(tuple(self.steps.values()), open=False)

    def plan(self) -> Plan:
        for draw in self.draws:
            for name, recipe in self.study.recipes.items():
                self._recipe(name, recipe, draw)
            for baseline in baselines(len(self.study.tune.rates)):
                trials = tuple(
                    _step(
                        "pixels",
                        f"{baseline.name}, {draw.title}, {baseline.knob} {value:g}",
                        {**draw.spec, "baseline": baseline.name, "value": value},
                    )
                    for value in baseline.values
                )
                self._add(_outcome(baseline.name, baseline.knob, draw, trials))
        self._explain()
        return Plan(tuple(self.steps.values()), self.open)

    def _recipe(self, name: str, recipe: Recipe, draw: Draw) -> None:
        strategy = make_strategy(recipe.strategy)
        if is_search(strategy):
            self._searched(name, recipe, strategy, draw)
        elif self.needs[name].on_features:
            last = cuts_of(recipe.backbone)[-1].name
            trials = self._heads(name, recipe, draw)
            shown = [self._features(recipe, last, draw, view) for view in HIDDEN]
            knob = "learning rate" if "settings" in trials[0].spec else "L2 penalty"
            self._add(_outcome(name, knob, draw, trials, *shown))
        else:
            probe = recipe.model_copy(update={"strategy": "feature_extraction"})
            probes = self._heads(f"probe of {name}", probe, draw) if self.needs[name].probed else ()
            trials = self._fits(name, recipe, draw, *probes)
            self._add(_outcome(name, "learning rate", draw, trials))

    def _searched(self, name: str, recipe: Recipe, strategy: Truncation, draw: Draw) -> None:
        """Probes, the learning rates at the best depth, the best of them at the next depths."""
        home = self.context.steps
        search = self._search(recipe, strategy, draw)
        self._add(search)
        if not (search.is_done(home) and search.is_whole(home)):
            self.open = True
            return

        def trials(cut: str, rates: list[float]) -> tuple[Step, ...]:
            there = {"strategy": {"truncation": {"at": cut}}, "rates": rates}
            return self._fits(f"{name} ({cut})", recipe.model_copy(update=there), draw)

        best, *others = depth.best_cuts(search.result(home)["curve"], strategy.best)
        tuned = trials(best, self.study.rates_of(recipe))
        for trial in tuned:
            self._add(trial)
        if not all(trial.is_done(home) and trial.is_whole(home) for trial in tuned):
            self.open = True
            return
        chosen = max(tuned, key=lambda trial: trial.result(home)["score"]).spec["value"]
        others_tried = [trial for cut in others for trial in trials(cut, [chosen])]
        self._add(_outcome(name, "learning rate", draw, (*tuned, *others_tried), search))

    def _explain(self) -> None:
        """What helps to judge the recipes: heat maps, how far training went, what gives it away.

        At the largest fraction and in the first fold; heat maps and clues of the first seed. And
        the time that each network takes.
        """
        largest = max(self.study.fractions)
        first = self.study.seeds_at(largest)[0]
        ranked = [name for name, recipe in self.study.recipes.items() if recipe.ranked]
        outcomes = [step for step in self.steps.values() if step.kind == "outcome"]
        for done in outcomes:
            name, fold, seed, fraction = (
                done.spec[key] for key in ("recipe", "fold", "seed", "fraction")
            )
            if name not in ranked or (fold, fraction) != (0, largest):
                continue
            if seed == first:
                self._add(_step("heatmaps", f"{name}: heat maps", {}, done))
            if trials_of(done)[0].kind == "fit":
                self._add(_step("similarity", f"{name}, seed {seed}: similarity", {}, done))
        draws = [d for d in self.draws if (d.seed, d.fraction) == (first, largest)]
        spec = {"draws": [draw.spec for draw in draws], "manifest": draws[0].manifest}
        self._add(_step("clues", "what gives the class away", spec))
        if not self.open:  # all networks of the study take turns in one measurement
            chosen = [step for step in outcomes if trials_of(step)[0].kind != "pixels"]
            self._add(_step("latency", "time an image", {}, *chosen))

    def _search(self, recipe: Recipe, strategy: Truncation, draw: Draw) -> Step:
        """Probes at every depth that the strategy names."""
        cuts = cuts_of(recipe.backbone)
        names = [cut.name for cut in cuts if cut.stage or strategy.among == "cuts"]
        return _step(
            "depth",
            f"depths of {recipe.backbone}, {draw.title}",
            {
                **self._network(recipe),
                **draw.spec,
                "patients": draw.patients,
                "balanced": self.balanced,
                "penalties": sorted(self.study.tune.penalties),
            },
            *(self._features(recipe, name, draw, WHOLE) for name in names),
        )

    def _features(self, recipe: Recipe, cut: str, draw: Draw, view: str) -> Step:
        # Pretrained features are the same for every seed; random ones are drawn anew.
        seed = draw.seed if recipe.weights == "random" else 0
        images = {"bank": self.context.bank.key, "view": view}
        if view != WHOLE:
            images["tested"] = self.tested
        spec = {**self._network(recipe), **images, "seed": seed, "cut": cut}
        return _step("features", f"features of {recipe.backbone} at {cut}", spec, recipe=recipe)

    def _heads(self, name: str, recipe: Recipe, draw: Draw) -> tuple[Step, ...]:
        """Trials of a head on the features of the whole network."""
        strategy = make_strategy(recipe.strategy)
        linear = not getattr(strategy, "hidden", None)
        last = cuts_of(recipe.backbone)[-1].name
        spec = {
            **self._network(recipe),
            **draw.spec,
            "strategy": recipe.strategy,
            "precision": "fp32",
        }
        spec["balanced"] = self.balanced
        if not linear:
            spec["settings"] = self._settings()
        knob = "L2 penalty" if linear else "learning rate"
        values = sorted(self.study.tune.penalties) if linear else self.study.rates_of(recipe)
        frozen = self._features(recipe, last, draw, WHOLE)
        return tuple(
            _step(
                "head",
                f"{name}, {draw.title}, {knob} {value:g}",
                {**spec, "value": value},
                frozen,
                recipe=recipe,
            )
            for value in values
        )

    def _fits(self, name: str, recipe: Recipe, draw: Draw, *probes: Step) -> tuple[Step, ...]:
        """Trials of training a network, whose head starts from the best of the `probes`."""
        augmentation = self.study.training.augmentation
        spec = {
            **self._network(recipe),
            **draw.spec,
            "strategy": recipe.strategy,
            "precision": self.precision[recipe.backbone],
            "balanced": self.balanced,
            "settings": self._settings(),
            "augmentation": augmentation.model_dump() if augmentation else None,
        }
        return tuple(
            _step(
                "fit",
                f"{name}, {draw.title}, learning rate {value:g}",
                {**spec, "value": value},
                *probes,
                recipe=recipe,
            )
            for value in self.study.rates_of(recipe)
        )

    def _network(self, recipe: Recipe) -> dict[str, str]:
        """The network as a key knows it: weights of a file by their contents, wherever it lies."""
        if recipe.weights in STARTS:
            return {"backbone": recipe.backbone, "weights": recipe.weights}
        path = Path(recipe.weights)
        if path not in self.digests:
            self.digests[path] = digest_file(path)
        return {
            "backbone": recipe.backbone,
            "weights": path.name,
            "weights_digest": self.digests[path],
        }

    def _settings(self) -> dict[str, Any]:
        return self.study.training.model_dump(mode="json", include=set(FitSettings.model_fields))

    def _add(self, step: Step) -> None:
        for parent in step.parents:
            self._add(parent)
        self.steps.setdefault(step.key, step)


def _outcome(name: str, knob: str, draw: Draw, trials: tuple[Step, ...], *others: Step) -> Step:
    spec = {**draw.spec, "recipe": name, "knob": knob, "manifest": draw.manifest}
    return _step("outcome", f"{name}, {draw.title}: evaluation", spec, *trials, *others)


def _step(
    kind: str,
    title: str,
    spec: Mapping[str, Any],
    *parents: Step,
    recipe: Recipe | None = None,
) -> Step:
    modules, places = [KINDS[kind].__name__], dict[str, str]()
    if recipe:
        if "strategy" in spec:
            modules.append(type(make_strategy(recipe.strategy)).__module__)
        if Path(recipe.weights).is_absolute():
            places["weights"] = recipe.weights
    return Step(kind, title, spec, tuple(modules), parents, places)
