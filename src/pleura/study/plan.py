"""The plan of a task that learns labels: steps that share what recipes have in common."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from pleura.files import digest_of
from pleura.models.build import cuts_of
from pleura.models.sources.listed import name_of
from pleura.study.against import spec_against
from pleura.study.curriculum import search
from pleura.study.draw import Draw
from pleura.study.earlier import Pretrainings
from pleura.study.ensembles import ensembles, mirrored
from pleura.study.explain import explained_by, explanations
from pleura.study.halving import Chosen, halve
from pleura.study.planner import Planner
from pleura.study.pretrained import told_of_pretraining
from pleura.study.recipe import Recipe
from pleura.study.schema import StudyFile
from pleura.study.step import Step, Steps
from pleura.study.step_graph import Plan, places_of, weights_key
from pleura.study.steps.depth import best_cuts, places_tried
from pleura.study.steps.features import file_of
from pleura.study.steps.listed import make_step, trials_at
from pleura.study.steps.rung import whole_of
from pleura.study.teaching import can_be_taught, taught
from pleura.study.trials import teaching_of
from pleura.study.views import OF_LUNGS, SHOWS, WHOLE, hidden_views
from pleura.tasks.listed import task_of
from pleura.train.settings import epochs_of
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import Truncation


class LabelPlanner(Planner[StudyFile]):
    """Plans a study of a task that learns labels.

    A search for a depth (`truncation: {at: auto}`) or a curriculum (`auto`) is expanded as far as
    the steps that are finished allow. `evaluation` is the kind of step in which recipes meet test.
    """

    evaluation = "outcome"

    @cached_property
    def tested(self) -> str:
        """A digest of the images that test or are kept aside in each fold: what is shown of the
        former, and with what in place of what is hidden."""
        split = self.context.split
        held_out = [split.held_out_of(fold).tolist() for fold in range(split.folds)]
        return digest_of([split.tested.tolist(), held_out])

    @property
    def balanced(self) -> bool:
        """Whether classes count alike in the loss."""
        return self.study.training.class_weights == "balanced"

    @cached_property
    def chosen(self) -> defaultdict[tuple[str, int], Chosen]:
        """The depths that searches have chosen, by recipe and fold."""
        return defaultdict(Chosen)

    @cached_property
    def pretraining(self) -> Pretrainings:
        """Plans the steps before the recipes that learn without labels."""
        return Pretrainings(self.study.pretrainings, self.context, self.precision)

    def searches(self) -> Plan:
        """The searches for a depth, and nothing else."""
        for draw in self.draws:
            for recipe in self.study.recipes.values():
                search = recipe.depth_search
                if search and search.by == "probes" and not recipe.curriculum:
                    self.add(self._search(recipe, search, draw, ()))
        return Plan(tuple(self.steps.values()), open=False)

    def baselines(self, draw: Draw) -> None:
        """Trials of the task's pixel baselines, and the evaluation of the best of each."""
        for baseline in task_of(draw.spec).learned.baselines:
            title = f"{baseline.name}, {draw.title}, {baseline.knob}"
            spec = {**draw.spec, "baseline": baseline.name}
            values = baseline.tried(len(self.study.tune.rates))
            trials = trials_at(values, "pixels", title, spec)
            self.add(self._outcome(baseline.name, baseline.knob, draw, trials))

    def ensembles(self, outcomes: Sequence[Step]) -> Iterable[Step]:
        """See `pleura.study.ensembles`; where a search goes on, members may be missing."""
        if self.open:
            return ()
        networks = explained_by("latency", outcomes)
        return (*ensembles(self.study, outcomes), *mirrored(self.study, networks))

    def explanations(self, outcomes: Sequence[Step]) -> Iterable[Step]:
        """See `pleura.study.explain`."""
        return explanations(self.study, self.context, self.draws, self.earlier, outcomes)

    def recipe(self, name: str, draw: Draw) -> None:
        """Trials of a recipe, after all that it learns before, and the evaluation of the best."""
        recipe = self.study.recipes[name]
        before = self._learned(name, recipe, draw)
        if before is None or not can_be_taught(recipe.distillation, draw, self.steps):
            # Searches near what this one will choose wait for it.
            self.chosen[name, draw.fold].add(draw.fraction, (), self.context.steps)
            self.open = True
        elif search := recipe.depth_search:
            by = {"halving": self._halved, "probes": self._searched}[search.by]
            by(name, recipe, search, draw, before)
        elif recipe.network is not None:
            rates = self.study.rates_of(recipe)
            trials = self.earlier.reversed(name, recipe, draw, rates, self._training(recipe, draw))
            self.add(self._outcome(name, "learning rate", draw, trials))
        elif self.needs[name].on_features:
            trials = self._heads(name, recipe, draw, before)
            last, views = trials[0].spec["cuts"], hidden_views(self.context)
            shown = [self._features(recipe, last, draw, view, before) for view in views]
            knob = "learning rate" if "settings" in trials[0].spec else "L2 penalty"
            self.add(self._outcome(name, knob, draw, trials, *shown))
        else:
            probe = recipe.model_copy(update={"strategy": "feature_extraction"})
            wanted = self.needs[name].probed
            probes = self._heads(f"probe of {name}", probe, draw, before) if wanted else ()
            trials = self._fits(name, recipe, draw, *before, *probes)
            self.add(self._outcome(name, "learning rate", draw, trials))

    def _learned(self, name: str, recipe: Recipe, draw: Draw) -> Steps | None:
        """The pretraining that a recipe goes on from, as a parent of its steps; none where it has
        no curriculum, None where a search for it must go on first."""

        def chain(names: Sequence[str], epochs: int | None = None) -> Steps:
            return self.pretraining.chain(names, recipe.backbone, recipe.weights, draw, epochs)

        wanted = recipe.search
        if not wanted:
            return chain(recipe.curriculum_of(self.study.pretrainings))
        probe = recipe.model_copy(update={"strategy": "feature_extraction"})

        def probes(names: Sequence[str], short: bool) -> Steps:
            before = chain(names, wanted.epochs if short else None)
            title = f"probe of {name} after {' > '.join(names) or name_of(recipe.weights)}"
            return self._heads(title, probe, draw, before)

        candidates = recipe.curriculum_of(self.study.pretrainings)
        by = task_of(draw.spec).score.name
        searched = search(candidates, probes, self.context.steps, by)
        self.add(*searched.steps)
        of = {key: draw.spec[key] for key in ("fold", "seed", "fraction")}
        self.choices += [{"recipe": name, **of, **choice} for choice in searched.choices]
        return None if searched.chain is None else chain(searched.chain)

    def _searched(
        self, name: str, recipe: Recipe, strategy: Truncation, draw: Draw, before: Steps
    ) -> None:
        """Probes, the learning rates at the best depth, the best of them at the next depths."""
        home, rates = self.context.steps, self.study.rates_of(recipe)
        depths = self._search(recipe, strategy, draw, before)
        self.add(depths)
        if not depths.is_ready(home):
            self.open = True
            return
        by = task_of(depths.spec).learned.probed_by
        best, *others = best_cuts(depths.result(home)["curve"], strategy.ending, by.name)
        tuned = self._fits_at(best, name, recipe, rates, draw, *before)
        self.add(*tuned)
        if not all(trial.is_ready(home) for trial in tuned):
            self.open = True
            return
        chosen = max(tuned, key=lambda trial: trial.result(home)["score"]).spec["value"]
        for cut in others:
            tuned += self._fits_at(cut, name, recipe, [chosen], draw, *before)
        self.add(self._outcome(name, "learning rate", draw, tuned, depths))

    def _halved(
        self, name: str, recipe: Recipe, strategy: Truncation, draw: Draw, before: Steps
    ) -> None:
        """Short trainings of depths and rates, the best of which go on to the end."""
        rates, cuts = self.study.rates_of(recipe), places_tried(recipe.backbone, strategy)
        earlier = self.chosen[name, draw.fold]
        tried = earlier.near(cuts, draw.fraction, strategy.near)
        trainings = [
            training
            for cut in tried
            for training in self._fits_at(cut, name, recipe, rates, draw, *before)
        ]
        epochs = epochs_of(self.study.training, len(self.context.parts(draw.spec).train))
        halved = halve(trainings, epochs, strategy.ending, self.context.steps)
        self.add(*halved.rungs)
        self.begun |= {whole_of(rung).key: rung for rung in halved.rungs}
        earlier.add(draw.fraction, halved.trials, self.context.steps)
        if halved.trials:
            trials, told = halved.trials, {"search": strategy.told}
            self.add(self._outcome(name, "learning rate", draw, trials, *halved.rungs, **told))
        else:
            self.open = True

    def _fits_at(
        self, cut: str, name: str, recipe: Recipe, rates: list[float], draw: Draw, *before: Step
    ) -> Steps:
        """Trials of training a network that ends at a cut: those of a recipe that names it."""
        there = {"strategy": {"truncation": {"at": cut}}, "rates": rates}
        return self._fits(f"{name} ({cut})", recipe.model_copy(update=there), draw, *before)

    def _search(self, recipe: Recipe, strategy: Truncation, draw: Draw, before: Steps) -> Step:
        """Probes at every depth that the strategy names."""
        names = places_tried(recipe.backbone, strategy)
        return make_step(
            "depth",
            f"depths of {recipe.backbone}, {draw.title}",
            {
                **self._network(recipe),
                **draw.spec,
                "patients": draw.patients,
                "balanced": self.balanced,
                "penalties": sorted(self.study.tune.penalties),
                "cuts": names,
            },
            self._features(recipe, names, draw, WHOLE, before),
        )

    def _features(
        self, recipe: Recipe, cuts: Sequence[str], draw: Draw, view: str, before: Steps
    ) -> Step:
        # ImageNet's features are the same for every seed; others are drawn or learned anew.
        own = recipe.weights == "random" or bool(before)
        seed = draw.seed if own else 0
        images = {"bank": self.context.bank.key, "view": view}
        if view != WHOLE:
            images["tested"] = self.tested
        if view in OF_LUNGS and self.context.lungs:
            images["lungs"] = self.context.lungs.key
        spec = {**self._network(recipe), **images, "seed": seed}
        start = before[0].places["chain"] if before else name_of(recipe.weights)
        title = f"features of {recipe.backbone} ({start}), {SHOWS[view]}"
        title += f", seed {seed}" if own else ""
        step = make_step("features", title, spec, *before, places=places_of(recipe.weights))
        return replace(step, outputs=tuple(map(file_of, cuts)))

    def _heads(self, name: str, recipe: Recipe, draw: Draw, before: Steps) -> Steps:
        """Trials of a head on the features of the whole network."""
        strategy = make_strategy(recipe.strategy)
        linear = not getattr(strategy, "hidden", None)
        spec = {
            **self._network(recipe),
            **draw.spec,
            "strategy": recipe.strategy,
            "precision": "fp32",
            "cuts": [cuts_of(recipe.backbone)[-1].name],
            "balanced": self.balanced,
        }
        if not linear:
            spec["settings"] = self.study.training.as_spec()
        knob = "L2 penalty" if linear else "learning rate"
        values = sorted(self.study.tune.penalties) if linear else self.study.rates_of(recipe)
        frozen = self._features(recipe, spec["cuts"], draw, WHOLE, before)
        title, where = f"{name}, {draw.title}, {knob}", places_of(recipe.weights)
        return trials_at(values, "head", title, spec, frozen, places=where)

    def _fits(self, name: str, recipe: Recipe, draw: Draw, *parents: Step) -> Steps:
        """Trials of training a network, which goes on from a pretraining among the `parents`; its
        head starts from the best probe among them."""
        spec = {
            **self._network(recipe),
            **draw.spec,
            "strategy": recipe.strategy,
            "precision": self.precision[recipe.backbone],
            **self._training(recipe, draw),
        }
        if asked := recipe.distillation:
            parents = (*parents, taught(asked, draw, self.steps, self.context))
            spec |= asked.spec()
        rates, where = self.study.rates_of(recipe), places_of(recipe.weights)
        title = f"{name}, {draw.title}, learning rate"
        return trials_at(rates, "fit", title, spec, *parents, places=where)

    def _network(self, recipe: Recipe) -> dict[str, str]:
        return {"backbone": recipe.backbone, **weights_key(recipe.weights)}

    def _training(self, recipe: Recipe, draw: Draw) -> dict[str, Any]:
        training = self.study.training
        return {
            **training.loss_spec(),
            "balanced": self.balanced,
            "settings": training.as_spec(),
            **training.images_spec(),
            **spec_against(training, recipe, draw.spec, self.context),
        }

    def _outcome(
        self, name: str, knob: str, draw: Draw, trials: Steps, *others: Step, **told: Any
    ) -> Step:
        spec = {**draw.spec, "recipe": name, "knob": knob, "manifest": draw.manifest, **told}
        if self.context.lungs:
            spec["lungs"] = self.context.lungs.key
        spec |= told_of_pretraining(trials[0], self.context)
        if teaching := teaching_of(trials[0]):
            spec["teacher"] = teaching.places["teacher"]
        title = f"{name}, {draw.title}: evaluation"
        return make_step(self.evaluation, title, spec, *trials, *others)
