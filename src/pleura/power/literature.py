"""A plan from a published AUROC alone: no pilot, no scores."""

from dataclasses import replace

import numpy as np

from pleura.errors import InputError
from pleura.evaluate.auroc_variance import Design, of_difference, of_one
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.power import Components, Prospect
from pleura.power.options import Options, question_of, training_of
from pleura.power.plan import Plan, plan_of, seeds_of
from pleura.power.source import Published
from pleura.wording import count

PATIENTS = (400, 100, 200, 800, 1600)
LEVEL = 0.95
MOST_IMAGES = 1_000_000
FEWEST = 5  # patients of the rarer kind, below which the formula says nothing


def plan_from_literature(published: Published, options: Options) -> Plan:
    """The plan that follows from published numbers (Hanley and McNeil 1982; Obuchowski 1997).

    Raises InputError for a number out of its range, such as an AUROC of .5 or less, or of 1.
    """
    _refuse(published)
    question = question_of(options, LEVEL, 1)
    patients = options.patients or PATIENTS
    rarer = min(published.positives, 1 - published.positives)
    if few := [m for m in patients if m * rarer < FEWEST]:
        raise InputError(
            f"--patients {few[0]}: at {published.positives:g} positives there are "
            f"{few[0] * rarer:.1f} of the rarer kind; the formula takes {FEWEST} or more, that is "
            f"{count(np.ceil(FEWEST / rarer), 'patient')}"
        )
    alone = of_one(published.auroc, Design(published.positives, published.images, published.within))
    slope = AUROC.transformation.slope(published.auroc)
    scenarios = {}
    for correlation in sorted(published.correlations, reverse=True):
        difference = of_difference(alone, correlation)
        difference = replace(difference, shared=difference.shared * slope**2)
        both: tuple[Components, Components] = difference, alone
        if (varies := training_of(options, AUROC)) is not None:
            both = (
                replace(difference, training=varies * slope**2),
                replace(alone, training=varies / 2),
            )
        name = f"correlation {correlation:g}"
        scenarios[name] = Prospect(AUROC, published.auroc, *both, question)
    heading = (
        f"From the literature: AUROC {published.auroc:g}, {100 * published.positives:g} % positive "
        "patients"
    )
    if published.images > 1:
        heading += (
            f", images of each: {published.images:g}, whose scores correlate by "
            f"{published.within:g}"
        )
    seeds = seeds_of(options, options.between_seeds is not None, ())
    return plan_of(heading, scenarios, patients, seeds, options)


def _refuse(published: Published) -> None:
    low, high = sorted(published.correlations)
    problems = []
    if not 0.5 < published.auroc < 1:
        why = (
            ".5 is guessing; for a value below .5 give 1 minus it"
            if published.auroc <= 0.5
            else "at 1 nothing can vary"
        )
        problems.append(f"--auroc {published.auroc:g}: from above .5 to below 1: {why}")
    if not 0 < published.positives < 1:
        problems.append(
            f"--positives {published.positives:g}: a share above 0 and below 1, such as .3: an "
            "AUROC takes patients of both kinds"
        )
    if not 1 <= published.images <= MOST_IMAGES:
        problems.append(
            f"--images {published.images:g}: 1 or more for each patient, up to {MOST_IMAGES:,}"
        )
    if not 0 <= published.within <= 1:
        problems.append(f"--within {published.within:g}: from 0 to 1")
    if not 0 <= low <= high < 1:
        problems.append(f"--correlation {low:g} {high:g}: from 0 to below 1")
    if problems:
        raise InputError("power: a number of the literature is out of its range", problems)
