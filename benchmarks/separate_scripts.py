"""A whole study against the same trainings as separate scripts that cache resized images.

python -m benchmarks.separate_scripts studies/truncation.yaml FOLDER [--set KEY=VALUE ...]

A script is a process for one recipe, seed and share of the labels: it loads the resized images,
which all scripts find ready, tries the recipe's rates and predicts the test part with the best.
Its trainings are those of the study, with two exceptions, both as scripts have it: a frozen
network is forwarded in every epoch, and nothing is shared with another script. What a script does
before its first training is not counted but for the imports, so that what pleura checks is no cost
of the other side. The study does all of its other steps, the tables and the report besides.

Costs are processor seconds of one thread, system included: they can be measured beside other
work. Both sides go on where they were ended, and are done in turn, one seed and share at a time.
Told are, for each recipe, both sides' seconds and their ratio, and where the study's seconds go.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

COSTS = "costs.jsonl"
SCRIPTED = ("features", "depth", "fit", "head", "outcome")  # kinds of step that a script has, too
PLEURA = "the rest of pleura"


def write_cost(file: Path, **line: Any) -> None:
    """Add a line to a file of costs."""
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def read_costs(file: Path) -> pd.DataFrame:
    """All lines of a file of costs."""
    return pd.read_json(file, lines=True, dtype=False)


class Timed:
    """An engine that does steps in this process, and writes down what each of them has cost."""

    threads: int | None = None

    def __init__(self, costs: Path, kinds: tuple[str, ...] = ()) -> None:
        self.costs, self.kinds = costs, kinds

    def work(self, work: Any) -> None:
        """See `pleura.study.work.Engine`; of some kinds of step alone, where they were named."""
        from pleura.study.attempt import perform

        plan = work.plan
        while plan is not None:
            missing = work.begin(plan)
            for step in missing:
                if self.kinds and step.kind not in self.kinds:
                    continue
                before = time.process_time()
                perform(step, work.context, work.progress)
                spent = time.process_time() - before
                write_cost(self.costs, kind=step.kind, title=step.title, seconds=spent)
                print(f"{spent:7.1f} s  {step.title}", flush=True)
            plan = work.again()

    def __call__(self, folder: Path, announce: Callable[[str], None]) -> "Timed":
        """See `pleura.study.work.Engines`."""
        return self

    def close(self) -> None:
        """Nothing is left to do."""


def do_study(study: Path, changes: list[str], out: Path) -> None:
    """Run the study, as far as it is not done; what is not in steps is written down by itself."""
    from pleura.study.run import Study

    costs = out.with_suffix(".jsonl")
    before = read_costs(costs)["seconds"].sum() if costs.exists() else 0.0
    Study.from_file(study, changes).run(out, engine=Timed(costs), announce=print)
    rest = time.process_time() - (read_costs(costs)["seconds"].sum() - before)
    write_cost(costs, kind=PLEURA, title="", seconds=rest)


def do_script(study: Path, changes: list[str], out: Path, recipe: str) -> None:
    """Do one script's trainings, and write down what they have cost."""
    imports = time.process_time()
    from pleura.study.context import quiet
    from pleura.study.run import Study
    from pleura.study.work import Work

    file = Study.from_file(study, changes).file
    own = {"recipes": {recipe: file.recipes[recipe]}, "reference": recipe}
    imports = time.process_time() - imports
    prepared = Study(file.model_copy(update=own)).prepare(out)
    costs = out / COSTS
    costs.unlink(missing_ok=True)
    write_cost(costs, kind="imports", title="", seconds=imports)
    if getattr(file.recipes[recipe], "strategy", "") == "feature_extraction":
        before = time.process_time()
        forward_every_epoch(prepared, file.tune.rates)
        write_cost(costs, kind="fit", title="", seconds=time.process_time() - before)
        return
    seen = {step.key for step in prepared.plan.steps}

    def again() -> Any:
        plan = prepared.plan_on()
        new = {step.key for step in plan.steps} - seen
        seen.update(new)
        return plan if new else None

    Timed(costs, SCRIPTED).work(Work(prepared.plan, prepared.context, quiet, print, again))


def forward_every_epoch(prepared: Any, rates: Sequence[float]) -> None:
    """Train a head on a frozen network as scripts do, at each rate, and predict the test part."""
    import torch
    from torch.nn.functional import cross_entropy

    from pleura.tasks.images import on_device, predict
    from pleura.train.settings import epochs_of
    from pleura.transfer.build import build_model

    context, settings = prepared.context, prepared.study.training
    step = prepared.plan.of("outcome")[0]
    (frozen,) = prepared.plan.of("features")
    spec = {**frozen.spec, **frozen.places, "strategy": "feature_extraction"}
    parts, device = context.parts(step.spec), torch.device("cpu")
    labels = torch.as_tensor(np.asarray(context.labels))
    for rate in rates:
        model = build_model(spec, context.n_classes, step.spec["seed"]).classifier.eval()
        optimiser = torch.optim.AdamW(model.head.parameters(), lr=rate)
        for _ in range(epochs_of(settings, len(parts.train))):
            order = np.random.default_rng().permutation(parts.train)
            for rows in np.array_split(order, settings.batches(len(order))):
                with torch.no_grad():
                    pooled = model.features(on_device(context.bank, rows, device))
                loss = cross_entropy(model.head(pooled), labels[rows])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
            predict(model, context.bank, parts.validation, device)
    predict(model, context.bank, parts.test, device)


def tell(folder: Path, recipes: Sequence[str]) -> None:
    """Print what both sides have cost."""
    ours = read_costs(folder / "study.jsonl")
    names = sorted(recipes, key=len, reverse=True)

    def owner(title: str) -> str:
        """The recipe for which a step was done first; steps that serve several name none."""
        return next((name for name in names if title.startswith(f"{name},")), "shared")

    ours["recipe"] = ours["title"].map(owner)
    every_script = folder / "scripts"
    scripted = {
        recipe: pd.concat(map(read_costs, every_script.glob(f"{recipe}-*/{COSTS}")))
        for recipe in recipes
    }
    for recipe, theirs in scripted.items():
        mine = ours[(ours["recipe"] == recipe) & ours["kind"].isin(SCRIPTED)]["seconds"].sum()
        script = theirs["seconds"].sum()
        print(f"{recipe:<28} {mine:8.0f} s, scripts {script:8.0f} s: {mine / script:.3f}")
    every = pd.concat(scripted.values())
    print("pleura by kind:", ours.groupby("kind")["seconds"].sum().round().to_dict())
    print("scripts by kind:", every.groupby("kind")["seconds"].sum().round().to_dict())
    whole = ours["seconds"].sum() / every["seconds"].sum()
    print(f"{ours['seconds'].sum():.0f} of {every['seconds'].sum():.0f} s: {whole:.3f}")


def main() -> None:
    """Do both sides, a seed and share of the labels at a time, and tell what they have cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", action="append", default=[], dest="changes")
    parser.add_argument("--script", metavar="RECIPE", help="be one of the scripts, in FOLDER")
    parser.add_argument("--whole", action="store_true", help="be the study, in FOLDER")
    options = parser.parse_args()
    if options.whole:
        return do_study(options.study, options.changes, options.folder)
    if options.script:
        return do_script(options.study, options.changes, options.folder, options.script)
    from pleura.study.run import Study

    file = Study.from_file(options.study, options.changes).file
    groups = [(share, seed) for share in file.fractions for seed in file.seeds_at(share)]
    done: dict[float, list[int]] = {}
    for share, seed in groups:
        done.setdefault(share, []).append(seed)
        asked = [f"seeds={json.dumps(done)}", f"fractions={list(done)}"]
        start(options, options.folder / "study", [*asked], "--whole")
        for recipe in file.recipes:
            out = options.folder / "scripts" / f"{recipe}-{share}-{seed}"
            if (out / "whole").exists():
                continue
            out.mkdir(parents=True, exist_ok=True)
            link(out / "bank", options.folder / "study" / "bank")
            start(options, out, [f"seeds=[{seed}]", f"fractions=[{share}]"], "--script", recipe)
            (out / "whole").touch()
    tell(options.folder, list(file.recipes))
    return None


def link(to: Path, bank: Path) -> None:
    """Let a script find the resized images of the study."""
    if not to.exists():
        to.symlink_to(bank.absolute())


def start(options: argparse.Namespace, out: Path, changes: list[str], *what: str) -> None:
    """Start this file for one side, and wait for it."""
    given = [option for change in (*options.changes, *changes) for option in ("--set", change)]
    command = [sys.executable, __file__, str(options.study), str(out), *given, *what]
    print(f"-- {' '.join(what)} {' '.join(changes)}", flush=True)
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


if __name__ == "__main__":
    main()
