"""The first screen of the page: what must be seen before all else, on one sheet of A4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.figure import Figure

from pleura.report.figures.forest import forest
from pleura.report.findings import Findings, in_words
from pleura.report.numbers import at_labels, capital, listing
from pleura.report.prose import sentences
from pleura.report.section import Caution
from pleura.report.sources_tested import sources_tested
from pleura.report.study import Study

ROWS = 7  # recipes and baselines in the figure
OF_STUDY, OF_MODEL = 4, 3  # cautions that stand open, of a study with all that are serious
SOURCES = 3  # that are named


@dataclass(frozen=True)
class Cautions:
    """Cautions of one kind: those that stand open, and those that can be unfolded."""

    open: Sequence[Caution]
    folded: Sequence[Caution]


def parted(every: Sequence[Caution], most: int, *, serious: bool = False) -> Cautions:
    """The cautions, of which the first that leads to each section stands open, `most` in all; where
    `serious`, all serious ones do, of those of one kind the first, and the others as far as there
    is room."""
    first = {each.kind or each.text: each for each in reversed(every) if serious and each.serious}
    open_ = [each for each in every if first.get(each.kind or each.text) is each]
    sections = {each.see for each in open_}
    for each in every:
        if len(open_) < most and each not in open_ and not (each.see and each.see in sections):
            open_.append(each)
            sections.add(each.see)
    return Cautions(open_, [each for each in every if each not in open_])


def shown_first(findings: Findings) -> Findings:
    """The findings with no more recipes than the figure has room for: the reference, the best
    baseline, the model that is handed over, and the best of the others at the largest fraction."""
    largest = findings.fractions[-1]
    at = findings.at(largest)
    needed = {findings.reference, findings.best_baseline(largest)}
    needed |= {name for name, look in at.items() if look.handed_over}
    by_merit = sorted(findings.recipes, key=lambda name: -findings.merit(name, largest))
    others = [name for name in by_merit if name not in needed]
    kept = needed | set(others[: max(ROWS - len(needed & {*at}), 0)])
    looks = {name: look for name, look in findings.looks.items() if name in kept}
    return replace(findings, looks=looks)


def figure_of(findings: Findings) -> tuple[str, str, Figure]:
    """Heading, description that is read aloud, and the one figure: values and differences at the
    largest fraction."""
    largest, few = findings.fractions[-1], shown_first(findings)
    names = few.at(largest)
    values = "; ".join(
        f"{name} {in_words(few.primary(name, largest), few.metric)}" for name in names
    )
    where = at_labels(largest)
    left_out = len(findings.at(largest)) - len(names)
    heading = f"{capital(where)}, on test"
    heading += f" ({left_out} more below)" if left_out else ""
    return heading, f"{few.metric.label} with intervals, {where}: {values}", forest(few, largest)


def not_told(study: Study[Any]) -> list[str]:
    """What the data of a study cannot tell, as sentences."""
    contents, tested = study.recipes.contents, sources_tested(study)
    settings: Mapping[str, Any] = contents.study
    return sentences(
        "first_screen",
        "not_told",
        tested=tested,
        named=listing(tested.every, SOURCES),
        elsewhere=listing(tested.elsewhere, SOURCES),
        official=isinstance(contents.split.get("rule", {}).get("test"), str),
        subgroups=bool(settings.get("subgroups")),
        seeds=study.findings.seeds,
        simulated=bool(contents.data.get("simulated")),
    )
