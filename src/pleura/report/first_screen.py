"""The first screen of the page: what must be seen before all else, on one sheet of A4."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from pleura.report import sheet
from pleura.report.figures.forest import forest
from pleura.report.findings import Findings, could_show, in_words
from pleura.report.numbers import at_labels, capital, listing
from pleura.report.prose import sentences
from pleura.report.section import Caution
from pleura.report.sources_tested import sources_tested
from pleura.report.study import Study

ROWS, FEWEST = 7, 4  # recipes and baselines in the figure, where there is room and where not
COLUMNS = 230  # points for the columns below the figure, before it has fewer rows
OF_STUDY, OF_MODEL = 4, 3  # cautions that stand open, of a study with all that are serious
SOURCES = 3  # that are named
# Characters of texts into which names of users go, in which nothing else has a limit.
MOST = {
    "question": 300,
    "verdict": 320,
    "unanswerable": 240,
    "pixel_verdict": 300,
    "transductive": 204,
    "handed_over": 260,
    "reached": 375,
}
OF_FACT = 40  # characters
AFTER = "pixel_verdict", "transductive"  # that follow the verdict
NAMED = 3  # sections
FOLD = 2 * sheet.MORE.high  # points of the line under which cautions are folded
LINK = " a link to it"  # as long as what follows a caution


@dataclass(frozen=True)
class Cautions:
    """Cautions of one kind: those that stand open, and those that can be unfolded."""

    open: Sequence[Caution]
    folded: Sequence[Caution]

    def more(self, called: Mapping[str, str]) -> str:
        """The line under which the others are folded, which is all that paper shows of them here:
        how many there are, how many are serious, and the sections that tell them."""
        serious = sum(each.serious for each in self.folded)
        names = dict.fromkeys(called[each.see] for each in self.folded if each.see)
        which = "serious" if serious == len(self.folded) else f"{serious} serious"
        of_these = f" ({which})" if serious else ""
        where = f", in {listing([*names], NAMED)}" if names else ""
        return f"{len(self.folded)} more{of_these}{where}"


@dataclass(frozen=True)
class FirstScreen:
    """What stands on it besides its texts, as far as it fits on one sheet in print."""

    figure: tuple[str, str, Figure]
    not_told: Sequence[str]
    cautions: Cautions
    of_model: Cautions
    height: float  # points that it takes on paper, estimated


def first_screen(
    study: Study[Any],
    values: Mapping[str, Any],
    of_study: Sequence[Caution],
    of_model: Sequence[Caution],
) -> FirstScreen:
    """The figure and the cautions for which the texts of the page, `values`, leave room on a sheet
    of A4: first the figure gets fewer rows, then fewer cautions stand open."""
    above = sheet.OVER + sheet.QUESTION.height(values["question"])
    above += sheet.verdict_height(str(values.get("unanswerable", "")))
    above += sheet.verdict_height(values["verdict"])
    above += sum(sheet.PIXELS.height(values.get(key, "")) for key in AFTER)
    above += sheet.ASIDE.height(Markup(values["aside"]).striptags())
    above += sheet.facts_height(values["facts"]) + sheet.BETWEEN
    for rows in range(ROWS, FEWEST - 1, -1):
        figure = figure_of(study.findings, rows)
        room = sheet.HEIGHT - above - sheet.figure_height(figure[2])
        if room >= COLUMNS:
            break
    untold = not_told(study)
    model = f"The model handed over in best/ {values['handed_over']}"
    left = sheet.HEADING + sum(map(sheet.PARAGRAPH.height, (model, values["reached"])))
    right = sheet.items_height(untold)
    box = sheet.BETWEEN + sheet.BOX + sheet.HEADING
    cautions = parted(of_study, OF_STUDY, room - right - box, serious=True)
    its = parted(of_model, OF_MODEL, room - left - box)
    left += box + cautions_height(its) if of_model else 0
    right += box + cautions_height(cautions) if of_study else 0
    height = sheet.HEIGHT - room + max(left, right)
    return FirstScreen(figure, untold, cautions, its, height)


def parted(
    every: Sequence[Caution], most: int, room: float = math.inf, *, serious: bool = False
) -> Cautions:
    """The cautions, of which the first that leads to each section stands open, `most` in all; where
    `serious`, all serious ones do, of those of one kind the first. Of these only so many stand open
    as there is `room` for, in points on paper, and none that is in the verdict."""
    beside = [each for each in every if not each.in_verdict]
    first = {each.kind or each.text: each for each in reversed(beside) if serious and each.serious}
    chosen = [each for each in beside if first.get(each.kind or each.text) is each]
    sections = {each.see for each in chosen}
    for each in beside:
        if len(chosen) < most and each not in chosen and not (each.see and each.see in sections):
            chosen.append(each)
            sections.add(each.see)
    open_: list[Caution] = []
    for each in chosen:
        rest = [other for other in every if other not in open_ and other is not each]
        if cautions_height(Cautions([*open_, each], rest)) > room:
            break
        open_.append(each)
    return Cautions(open_, [each for each in every if each not in open_])


def cautions_height(cautions: Cautions) -> float:
    """Of those that stand open and of the line that folds the others, in points on paper."""
    styles = {True: sheet.SERIOUS, False: sheet.CAUTION}
    texts = [(each.on_first_screen + LINK, styles[each.serious]) for each in cautions.open]
    return sum(style.height(text) for text, style in texts) + FOLD * bool(cautions.folded)


def shown_first(findings: Findings, rows: int = ROWS) -> Findings:
    """The findings with no more recipes than the figure has room for: the reference, the best
    baseline, the model that is handed over, and the best of the others at the largest fraction."""
    largest = findings.fractions[-1]
    at = findings.at(largest)
    needed = {findings.reference, findings.best_baseline(largest)}
    needed |= {name for name, look in at.items() if look.handed_over}
    by_merit = sorted(findings.recipes, key=lambda name: -findings.merit(name, largest))
    others = [name for name in by_merit if name not in needed]
    kept = needed | set(others[: max(rows - len(needed & {*at}), 0)])
    looks = {name: look for name, look in findings.looks.items() if name in kept}
    return replace(findings, looks=looks)


def figure_of(findings: Findings, rows: int = ROWS) -> tuple[str, str, Figure]:
    """Heading, description that is read aloud, and the one figure: values and differences at the
    largest fraction, of no more recipes than `rows`."""
    largest, few = findings.fractions[-1], shown_first(findings, rows)
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
    findings = study.recipes.findings
    here = findings.compared(findings.fractions[-1])
    undecided = [each for each in here if each.recipe in findings.recipes]
    return sentences(
        "first_screen",
        "not_told",
        tested=tested,
        named=listing(tested.every, SOURCES),
        elsewhere=listing(tested.elsewhere, SOURCES),
        official=isinstance(contents.split.get("rule", {}).get("test"), str),
        subgroups=bool(settings.get("subgroups")),
        seeds=study.findings.seeds,
        smaller=could_show(undecided, study.findings.metric),
        simulated=bool(contents.data.get("simulated")),
    )
