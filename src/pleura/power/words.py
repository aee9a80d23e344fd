"""A plan in plain words, for a terminal."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pleura.evaluate.power import MOST_PATIENTS, MOST_SEEDS
from pleura.power.label_words import of_labels
from pleura.power.plan import VARIED, Plan
from pleura.wording import MISSING, aligned, count

FEW = 100  # test patients, below which intervals are themselves uncertain


def told(plan: Plan) -> str:
    """The plan as lines of text."""
    parts = [
        [f"{plan.heading}."],
        [*_headline(plan)],
        [*_smallest(plan)],
        [*_patients(plan)],
        [*_seeds(plan)],
        [*_widths(plan)],
        [*_comparisons(plan)],
        [*of_labels(plan)],
        [*_reservations(plan)],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _headline(plan: Plan) -> Iterator[str]:
    patients, seeds = plan.patients[0], plan.seeds[0]
    who = _size(plan, patients, seeds)
    values = _values(plan, "smallest", "smallest", patients=patients, seeds=seeds)
    if not np.isfinite(values).any():
        yield (
            f"With {who} no difference in {plan.metric.label} can be expected to be shown, however "
            "large."
        )
    else:
        yield (f"With {who} you can expect to show differences of {_amount(plan, values)} or more:")
    times, share = plan.question.comparisons, round(100 * plan.question.power)
    holm = f", with Holm's correction for {times} comparisons at its strictest" if times > 1 else ""
    shown = "would show one" if np.isfinite(values).any() else "are asked to show one"
    yield (
        f"{share} of 100 such studies {shown}, at the {100 * plan.question.level:g} % level{holm}."
    )
    widths = _values(plan, "smallest", "width_of_difference", patients=patients, seeds=seeds)
    alone = _values(plan, "smallest", "width_of_recipe", patients=patients, seeds=seeds)
    yield (
        f"The interval of a difference will be about {_span(plan, widths)} wide from end to end, "
        f"that of one recipe {_span(plan, alone)}."
    )
    yield from _reasons(plan)


def _reasons(plan: Plan) -> Iterator[str]:
    """What the variance of the headline is made of, and what helps more. Each is judged by what it
    leaves of the smallest difference: a training on some patients varies by both."""
    patients, seeds = plan.patients[0], plan.seeds[0]
    if seeds == 1:
        return
    parts = plan.first.difference.three(patients, seeds)
    shares = [round(100 * part / sum(parts)) for part in parts]
    yield (
        f"Of the variance {shares[0]} % comes from which patients are tested, {shares[2]} % from "
        f"how far trainings differ, and {shares[1]} % from both, as trainings do better on some "
        "patients and worse on others."
    )
    now = plan.first.smallest(patients, seeds)
    left = {
        "patients": plan.first.smallest(2 * patients, seeds),
        "seeds": plan.first.smallest(patients, 2 * seeds),
    }
    if np.isfinite([now, *left.values()]).all():
        best, other = sorted(left, key=lambda what: left[what])
        yield (
            f"Twice as many {best} would bring {plan.decimal(now)} to "
            f"{plan.decimal(left[best])}, twice as many {other} to {plan.decimal(left[other])}."
        )


def _smallest(plan: Plan) -> Iterator[str]:
    yield f"Smallest difference in {plan.metric.label} that is shown:"
    yield from _grid(
        "test patients",
        [f"{m:,}" for m in sorted(plan.patients)],
        [_of_seeds(s) for s in plan.seeds],
        [
            [
                _span(plan, _values(plan, "smallest", "smallest", patients=m, seeds=s))
                for s in plan.seeds
            ]
            for m in sorted(plan.patients)
        ],
    )


def _patients(plan: Plan) -> Iterator[str]:
    yield "Test patients needed to show a difference:"
    cells = [
        [
            _counts(_values(plan, "patients needed", "patients", difference=d, seeds=s))
            for s in plan.seeds
        ]
        for d in plan.differences
    ]
    names = [plan.decimal(d) for d in plan.differences]
    yield from _grid("difference", names, [_of_seeds(s) for s in plan.seeds], cells)
    if any(MISSING in cell for row in cells for cell in row):
        yield (
            f"{MISSING}: not with {count(MOST_PATIENTS, 'patient')} either"
            + (", since trainings differ too much; it takes more seeds." if plan.trained else ".")
        )


def _seeds(plan: Plan) -> Iterator[str]:
    if plan.of("seeds needed").empty:
        return
    yield "Seeds needed to show a difference:"
    cells = [
        [
            _counts(_values(plan, "seeds needed", "seeds", difference=d, patients=m))
            for d in plan.differences
        ]
        for m in sorted(plan.patients)
    ]
    names = [f"{m:,}" for m in sorted(plan.patients)]
    yield from _grid("test patients", names, [plan.decimal(d) for d in plan.differences], cells)
    if any(MISSING in cell for row in cells for cell in row):
        yield f"{MISSING}: not with {count(MOST_SEEDS, 'seed')} either; it takes more patients."


def _widths(plan: Plan) -> Iterator[str]:
    seeds = plan.seeds[0]
    yield f"Width of intervals from end to end, {_of_seeds(seeds)}:"
    cells = [
        [
            _span(plan, _values(plan, "smallest", f"width_of_{what}", patients=m, seeds=seeds))
            for what in ("difference", "recipe")
        ]
        for m in sorted(plan.patients)
    ]
    names = [f"{m:,}" for m in sorted(plan.patients)]
    yield from _grid("test patients", names, ["difference", "one recipe"], cells)


def _comparisons(plan: Plan) -> Iterator[str]:
    found = plan.of("comparison")
    if found.empty:
        return
    yield (
        "What varies in the pilot: the correlation of each recipe with the reference, and the "
        "smallest difference that the pilot itself can show:"
    )
    several = found["fraction"].nunique() > 1
    rows = [
        [
            str(row["recipe"]),
            *[f"{100 * row['fraction']:g} %"] * several,
            f"{row['correlation']:.2f}",
            plan.decimal(row["smallest"]),
        ]
        for row in found.to_dict("records")
    ]
    head = ["recipe", *["labels"] * several, "correlation", "smallest"]
    yield from aligned([head, *rows], numbers=range(1, len(head)))
    if plan.trained and (found["seeds"] == 1).any():
        yield (
            "Where the pilot has one training each, its smallest difference is that of two trained "
            "models; how far trainings differ is not in it."
        )


def _reservations(plan: Plan) -> Iterator[str]:
    if len(plan.scenarios) > 1 and VARIED not in plan.scenarios:
        names = " and ".join(plan.scenarios)
        yield (
            f"Where two numbers stand, they are those of a {names} between the two recipes, the "
            "smaller number first."
        )
        if _crosses(plan):
            yield (
                f"In some places the smaller one is that of {[*plan.scenarios][-1]}: with the "
                "higher correlation the test comes to rest on the few seeds sooner."
            )
    if VARIED in plan.scenarios:
        prospect = plan.scenarios[VARIED]
        its = prospect.smallest(plan.patients[0], plan.seeds[0])
        yield (
            f"How far trainings differ is known from {count(prospect.difference.seeds, 'seed')} "
            f"only. If they differ as much more as that leaves open (one time in ten), differences "
            f"of {plan.decimal(its)} or more are shown, not "
            f"{plan.decimal(plan.first.smallest(plan.patients[0], plan.seeds[0]))}."
        )
    if not plan.trained:
        yield (
            "How far trainings differ is not known and not in these numbers: they hold for two "
            "trained models, not for the recipes, and are too small for these. A pilot with 2 "
            "seeds or more tells it, or --between-seeds."
        )
    if _grows(plan):
        yield (
            "Where the smallest difference grows with more patients, the test depends mostly on "
            "the variance between the few seeds, which is poorly known; add seeds, not patients."
        )
    if 2 in plan.seeds:
        yield "Two seeds find too many differences where there are none; plan three or more."
    yield from _untried(plan)
    if min(plan.patients) < FEW:
        yield (
            f"With fewer than {FEW} test patients intervals are themselves uncertain, and these "
            "numbers as well."
        )


def _untried(plan: Plan) -> Iterator[str]:
    low, high = plan.first.difference.tried
    needed = _values(plan, "patients needed", "patients")
    named = [m for m in (*plan.patients, *needed) if np.isfinite(m)]
    if plan.first.difference.excess and any(not low <= m <= high for m in named):
        yield (
            f"How the variance of {plan.metric.label} falls with patients was tried from "
            f"{low:,.0f} to {high:,.0f} of them; below and above it is taken to fall as 1 / "
            "patients."
        )


def _grows(plan: Plan) -> bool:
    """Whether more patients show less anywhere in the plan."""
    return any(
        (np.diff([its.smallest(m, s) for m in sorted(plan.patients)]) > 0).any()
        for name, its in plan.scenarios.items()
        if name != VARIED
        for s in plan.seeds
    )


def _crosses(plan: Plan) -> bool:
    """Whether a higher correlation shows less than a lower one anywhere in the plan."""
    every = [*plan.scenarios.values()]  # from the highest on
    return any(
        (np.diff([its.smallest(m, s) for its in every]) < 0).any()
        for m in plan.patients
        for s in plan.seeds
    )


def _size(plan: Plan, patients: int, seeds: int) -> str:
    who = count(patients, "test patient")
    return f"{who} and {_of_seeds(seeds)}" if plan.trained else f"{who} and two trained models"


def _of_seeds(seeds: int) -> str:
    return count(seeds, "seed") if seeds > 1 else "one training each"


def _values(plan: Plan, what: str, column: str, **at: float) -> list[float]:
    """A number of each scenario but that of a pilot whose trainings differ more."""
    rows = plan.of(what)
    rows = rows[rows["scenario"] != VARIED]
    for name, value in at.items():
        rows = rows[np.isclose(rows[name].astype(float), value)]
    return pd.to_numeric(rows[column], errors="coerce").to_list()


def _span(plan: Plan, values: Sequence[float]) -> str:
    """`.031`, `.031 to .045`, `.031 to –` where one is not known: ascending."""
    texts = dict.fromkeys(plan.decimal(value) for value in np.sort(values))
    return " to ".join(texts)


def _amount(plan: Plan, values: Sequence[float]) -> str:
    return f"{_span(plan, values)} {plan.metric.label}"


def _counts(values: Sequence[float]) -> str:
    texts = dict.fromkeys(f"{v:,.0f}" if np.isfinite(v) else MISSING for v in np.sort(values))
    return " to ".join(texts)


def _grid(
    corner: str, names: Sequence[str], heads: Sequence[str], cells: Sequence[Sequence[str]]
) -> list[str]:
    rows = [[corner, *heads], *([name, *row] for name, row in zip(names, cells, strict=True))]
    return [f"  {line}" for line in aligned(rows, numbers=range(len(heads) + 1))]
