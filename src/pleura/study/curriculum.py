"""A curriculum that is searched: candidates ordered and kept by probes on validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pleura.study.step import Step

Probes = Callable[[Sequence[str], bool], tuple[Step, ...]]
"""Trials of a linear head on the frozen backbone after a chain of steps, trained in full or, with
True, shortly."""


@dataclass
class Searched:
    """What a search has found so far.

    `chain` are the steps kept, in their order, once the search has ended, and else None; `steps`
    those to do before it can go on, or done; `choices` tell what was tried (curriculum.csv).
    """

    chain: tuple[str, ...] | None = None
    steps: list[Step] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)


def search(candidates: Sequence[str], probes: Probes, home: Path, by: str) -> Searched:
    """Order `candidates` by the probe after a short training of each, and keep what helps.

    The criterion is the score of a linear probe on validation, a metric called `by`. The candidate
    with the weakest probe goes first, the best last, next to the target; in this order each is
    trained in full after those that were kept, and is kept only if the probe gains by it. `home` is
    the folder of all steps.
    """
    searched = Searched()
    columns = "position", "step", "tried", by, "before", "kept"

    def score(chain: Sequence[str], short: bool) -> float | None:
        trials = probes(chain, short)
        searched.steps += trials
        if not all(trial.is_ready(home) for trial in trials):
            return None
        return float(max(trial.result(home)["score"] for trial in trials))

    start = score((), False)
    tried = {name: score((name,), True) for name in candidates}
    if start is None or None in tried.values():
        return searched

    def note(*cells: object) -> None:
        searched.choices.append(dict(zip(columns, cells, strict=True)))

    order = sorted(candidates, key=lambda name: (tried[name], name))
    for position, name in enumerate(order):
        note(position, name, "short", tried[name], start, "")
    chain: tuple[str, ...] = ()
    best = start
    for position, name in enumerate(order):
        reached = score((*chain, name), False)
        if reached is None:
            return searched
        helps = reached > best
        note(position, name, "full", reached, best, str(helps).lower())
        if helps:
            chain, best = (*chain, name), reached
    searched.chain = chain
    return searched
