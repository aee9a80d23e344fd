"""The numbers of a plan, a row each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.power import Components, Prospect, Question, range_of
from pleura.power.labels import Trend
from pleura.power.options import Options
from pleura.power.pilot import Pilot
from pleura.power.prospects import prospect_of, width_of_recipe

COLUMNS = [
    *("what", "scenario", "recipe", "fraction", "labels", "patients", "seeds", "difference"),
    *("smallest", "power", "width_of_difference", "width_of_recipe", "correlation"),
    *("by_patients", "by_both", "by_seeds", "slope", "low", "high", "p"),
    *("fraction_low", "fraction_high"),
]
Row = dict[str, object]


def of_sizes(
    scenarios: Mapping[str, Prospect], patients: Sequence[int], seeds: Sequence[int]
) -> Iterator[Row]:
    for name, prospect in scenarios.items():
        for m in patients:
            for s in seeds:
                parts = prospect.difference.three(m, s)
                by_patients, by_both, by_seeds = (part / sum(parts) for part in parts)
                yield {
                    "what": "smallest",
                    "scenario": name,
                    "patients": m,
                    "seeds": s,
                    "smallest": prospect.smallest(m, s),
                    "width_of_difference": prospect.width_of_difference(m, s),
                    "width_of_recipe": width_of_recipe(prospect, m, s),
                    "by_patients": by_patients,
                    "by_both": by_both,
                    "by_seeds": by_seeds,
                }


def needed(
    scenarios: Mapping[str, Prospect],
    differences: Sequence[float],
    patients: Sequence[int],
    seeds: Sequence[int],
) -> Iterator[Row]:
    for name, prospect in scenarios.items():
        low, high = range_of(prospect.metric)
        for difference in differences:
            if not difference < high - low:
                raise InputError(
                    f"--difference {difference:g}: no difference in {prospect.metric.label} is as "
                    f"large: it lies between {low:g} and {high:g}"
                )
            for s in seeds:
                yield {
                    "what": "patients needed",
                    "scenario": name,
                    "difference": difference,
                    "seeds": s,
                    "patients": prospect.patients_for(difference, s),
                }
            for m in patients if seeds != (1,) else ():
                yield {
                    "what": "seeds needed",
                    "scenario": name,
                    "difference": difference,
                    "patients": m,
                    "seeds": prospect.seeds_for(difference, m),
                }


def of_pairs(pilot: Pilot, question: Question, options: Options) -> Iterator[Row]:
    """A row for each comparison of the pilot: what varies in it, and what one of its size shows."""
    for pair in pilot.pairs:
        its = prospect_of(pilot, [pair], question, replace(options, between_seeds=None))
        m, s = pair.patients, len(pair.seeds)
        difference = pair.one - pair.two
        parts = [Components.of(each, m) for each in (pair.one, pair.two, difference)]
        one, two, both = (sum(each.parts(m, s)) for each in parts)
        by_patients, by_both, by_seeds = np.sqrt(parts[2].three(m, s))
        yield {
            "what": "comparison",
            "recipe": pair.recipe,
            "fraction": pair.fraction,
            "labels": pilot.labels.get(pair.fraction, np.nan),
            "patients": m,
            "seeds": s,
            "smallest": its.smallest(m, s),
            "correlation": (one + two - both) / (2 * np.sqrt(one * two)) if one * two else np.nan,
            "by_patients": by_patients,
            "by_both": by_both,
            "by_seeds": by_seeds if s > 1 else np.nan,
        }


def of_labels(
    pilot: Pilot, found: Sequence[Trend], question: Question, options: Options
) -> Iterator[Row]:
    for trend in found:
        largest = max(trend.differences)  # its own: another recipe may have more
        pair = next(
            each for each in pilot.pairs if (each.recipe, each.fraction) == (trend.recipe, largest)
        )
        its = prospect_of(pilot, [pair], question, options)
        smallest = its.smallest(pair.patients, len(pair.seeds))
        reached = trend.reached_at(smallest)
        for fraction, difference in trend.differences.items():
            yield {
                "what": "with labels",
                "recipe": trend.recipe,
                "fraction": fraction,
                "labels": pilot.labels.get(fraction, np.nan),
                "difference": difference,
            }
        yield {
            "what": "each doubling of labels",
            "recipe": trend.recipe,
            "slope": trend.slope,
            "low": trend.low,
            "high": trend.high,
            "p": trend.p,
            "smallest": smallest,
            "fraction": reached[0],
            "fraction_low": reached[1],
            "fraction_high": reached[2],
            "labels": reached[0] * pilot.labels.get(largest, np.nan) / largest,
        }


def table_of(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)
