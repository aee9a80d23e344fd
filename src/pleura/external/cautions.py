"""What must be known of an evaluation before the model is used there."""

from collections.abc import Iterator

import pandas as pd

from pleura.evaluate.prediction_sets import PRESENT
from pleura.evaluate.reliability import CHANGE
from pleura.evaluate.transport import ALL, AT_HOME, HERE, HOME
from pleura.external.few import few_of_class, hangs_on_few, of_few
from pleura.external.judged import FLAG
from pleura.external.tables import Evaluated
from pleura.external.units import IMAGE
from pleura.external.weights import of_weights
from pleura.report.findings import Estimate, estimates, in_words
from pleura.report.numbers import capital, count, decimal, listing, p_value, percent
from pleura.report.section import Caution
from pleura.wording import absence

NAMED = 4
OTHER_UNIT = 5  # times as great a median as at home, which may be another unit
SHIFTED = 0.02  # least change of a share that is worth a sentence


def cautions(evaluated: Evaluated) -> list[Caution]:
    """What must be known before the model is used here, serious ones first."""
    every = [
        *_of_patients(evaluated),
        *of_weights(evaluated),
        *of_few(evaluated),
        *_of_units(evaluated),
        *_of_other_metrics(evaluated),
        *_of_probabilities(evaluated),
        *_of_thresholds(evaluated),
        *_of_sets(evaluated),
        *_of_the_flag(evaluated),
        *_of_shares(evaluated),
        *_of_subgroups(evaluated),
    ]
    return sorted(every, key=lambda caution: not caution.serious)


def _of_patients(evaluated: Evaluated) -> Iterator[Caution]:
    home, dropped = evaluated.facts.get("home"), evaluated.facts["dropped"]
    if dropped["patients"]:
        people, images = (count(dropped[key], key[:-1]) for key in ("patients", "images"))
        yield Caution(
            f"{people} with {images} left out: the model was trained on them. "
            "known.csv names each.",
            serious=False,
            see="patients",
        )
    if home is None and evaluated.facts.get("fingerprints"):
        yield Caution(
            "Images alone were compared with those of the training, by fingerprints. Patients of "
            "the training with other images would not be found.",
            serious=False,
            see="patients",
        )
    elif home is None:
        yield Caution(
            "It is not known whether patients of the training are among these. The model's study "
            "is not here; whoever has it can ask `pleura overlap`.",
            see="patients",
        )
    elif not home["images_compared"]:
        yield Caution(
            "Images were not compared with those of the training, names of patients alone. The "
            "study's folder holds no decoded images any more.",
            see="patients",
        )
    names = evaluated.facts.get("names")
    if names and names["doubt"]:
        yield Caution(
            f"{names['doubt']} A patient of the training with other images is not found.",
            serious=not names["salt"],
            see="patients",
        )
    if home and home["known_not_learned"]:
        images = count(home["known_not_learned"], "image")
        yield Caution(
            f"{images} of these patients' are in the study too, where the model learned nothing "
            "from them. Where they tested it, home and here are not independent.",
            serious=False,
            see="patients",
        )


def _of_units(evaluated: Evaluated) -> Iterator[Caution]:
    """Of numbers that are so much greater or smaller here that they may be in another unit."""
    ranges = evaluated.facts.get("numbers") or {}
    if not {HERE, HOME} <= set(ranges):
        return
    here, home = ranges[HERE], ranges[HOME]
    low, high = sorted((abs(here[1]), abs(home[1])))
    if here[0] > home[2] or here[2] < home[0] or (low > 0 and high / low >= OTHER_UNIT):
        yield Caution(
            f"Numbers here lie from {here[0]:g} to {here[2]:g} (median {here[1]:g}), those of the "
            f"study from {home[0]:g} to {home[2]:g} ({home[1]:g}): another unit? Then convert the "
            "column and evaluate again.",
            see="results",
        )


def _of_other_metrics(evaluated: Evaluated) -> Iterator[Caution]:
    """Of metrics that are shown to be worse here where the primary one is not."""
    if not evaluated.has_home:
        return
    worse = {
        name: evaluated.difference(name)
        for name, metric in evaluated.metrics.items()
        if evaluated.p(name, holm=True) < 1 - evaluated.level
        and not hangs_on_few(evaluated, metric)
        and evaluated.difference(name).value * metric.sign < 0
    }
    if worse and evaluated.primary.name not in worse:
        told = [
            f"{evaluated.metrics[name].label} {in_words(each, evaluated.metrics[name], sign=True)}"
            for name, each in worse.items()
        ]
        yield Caution(
            f"Worse here than at home by other metrics: {listing(told, NAMED)}.", see="results"
        )


def change_of_log_loss(evaluated: Evaluated) -> Estimate | None:
    """By how much recalibration changes the log-loss; None where there was none."""
    table = evaluated.table("recalibration")
    if table.empty or evaluated.task == "numbers":
        return None
    changes = estimates(table[table["shown"] == CHANGE], "measure")
    return changes.get(("log_loss",))


def _of_probabilities(evaluated: Evaluated) -> Iterator[Caution]:
    change, metrics = change_of_log_loss(evaluated), evaluated.metrics
    if change is not None and change.high < 0:
        by = in_words(change, metrics["log_loss"], sign=True)
        yield Caution(
            "Probabilities are not right here: a map fitted on some of these patients lowers the "
            f"log-loss of the others, {by}.",
            see="probabilities",
        )
    if change is not None and change.low > 0:
        yield Caution(
            "Recalibration on so few patients makes probabilities worse here: leave the model as "
            "it is.",
            see="probabilities",
        )


def rates(evaluated: Evaluated) -> dict[tuple[float, str, str, str, str], Estimate]:
    """By target, class, where the threshold was chosen, measure, and where."""
    table = evaluated.table("thresholds")
    if table.empty:
        return {}
    return estimates(table, "target", "class", "chosen", "measure", "where")


def _of_thresholds(evaluated: Evaluated) -> Iterator[Caution]:
    lower: dict[float, list[str]] = {}
    for (target, of, chosen, measure, where), rate in rates(evaluated).items():
        mine = (chosen, measure, where) == (AT_HOME, "sensitivity", HERE)
        if mine and rate.high < target and not few_of_class(evaluated, of):
            lower.setdefault(target, []).append(f"{in_words(rate, line=target)} for “{of}”")
    for target, those in lower.items():
        yield Caution(
            f"A threshold chosen at home for a sensitivity of {percent(target)} does not hold "
            f"here: {listing(those, NAMED)}.",
            see="thresholds",
        )


def borne_by(question: str, answer: str) -> str:
    """Whose patients the coverage of an answer is of, as they are counted: the class, or those with
    or without the finding that is the `question`; "" of all answers together."""
    if not question or not answer:
        return answer
    return question if answer == PRESENT else absence(question)


def _of_sets(evaluated: Evaluated) -> Iterator[Caution]:
    table = evaluated.table("sets")
    if table.empty:
        return
    keys = ["question", "answer", "measure", "where"]
    found, fell = estimates(table, *keys), []
    promised = float(table["promised"].iloc[0])
    for (question, answer, measure, where), its in found.items():
        if measure != "covered" or where != HERE or not answer:
            continue
        least = found.get((question, answer, "expected", HERE))
        few = few_of_class(evaluated, borne_by(question, answer))
        if least is not None and its.high < least.low and not few:
            fell.append(f"{in_words(its)} for “{f'{question} {answer}'.strip()}”")
    if fell:
        yield Caution(
            f"Prediction sets, which promise {percent(promised)}, hold the right answer less often "
            f"here: {listing(fell, NAMED)}.",
            see="sets",
        )


def flagged(evaluated: Evaluated, of: str = ALL) -> Estimate | None:
    """The share of images that are unlike the training images; None where that is not known."""
    table = evaluated.table("flagged")
    its = table[table["class"] == of] if len(table) else table
    if its.empty:
        return None
    value, low, high = its[["value", "low", "high"]].iloc[0]
    return Estimate(float(value), float(low), float(high))


def _of_the_flag(evaluated: Evaluated) -> Iterator[Caution]:
    share, rate = flagged(evaluated), evaluated.facts["flag"].get("rate")
    if share is None or rate is None:
        yield Caution(
            "Whether images are like those of the training is not known: the model has no flag.",
            serious=False,
        )
        return
    if share.low > rate:
        yield Caution(
            f"{capital(_percent(share))} of the {evaluated.by}s are unlike the images that the "
            f"model was trained on, where {promised(evaluated)} would be of {evaluated.by}s like "
            "them.",
            see="shift",
        )


def promised(evaluated: Evaluated) -> str:
    """`1.2 %`, or of clips and patients `at most about 2.4 %`: the share of those like the training
    images that are flagged all the same."""
    rate = f"{100 * float(evaluated.facts['flag']['rate']):.1f}\N{NO-BREAK SPACE}%"
    return "at most about " * (evaluated.by != IMAGE) + rate


def _percent(share: Estimate) -> str:
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f} %)".replace(
        " %", "\N{NO-BREAK SPACE}%"
    )


def shares(evaluated: Evaluated) -> pd.DataFrame:
    """A row a class: its shares at home, estimated and true."""
    table = evaluated.table("label_shift")
    if table.empty:
        return table
    return table.pivot_table("value", "class", "measure", sort=False)


def _of_shares(evaluated: Evaluated) -> Iterator[Caution]:
    table, by_class = evaluated.table("label_shift"), shares(evaluated)
    moved, wrong = [], []
    for name in by_class.index:
        its = estimates(table[table["class"] == name], "measure")
        home, true = its["at home",].value, its["true",]
        guess = its["estimated",]
        if not true.low <= home <= true.high and abs(true.value - home) > SHIFTED:
            moved.append(f"“{name}” {decimal(home, 2)} at home, {decimal(true.value, 2)} here")
        if not guess.low <= true.value <= guess.high:
            wrong.append(f"“{name}” {decimal(guess.value, 2)}")
    if moved:
        yield Caution(
            f"Classes have other shares here than those for which probabilities hold: "
            f"{listing(moved, NAMED)}.".replace("Classes", capital(evaluated.noun.several)),
            serious=False,
            see="shares",
        )
    if wrong:
        yield Caution(
            "More than shares has changed: estimated from probabilities alone, they would be "
            f"{listing(wrong, NAMED)}, and are not.",
            serious=False,
            see="shares",
        )


def _of_subgroups(evaluated: Evaluated) -> Iterator[Caution]:
    table = evaluated.table("subgroup_differences")
    if table.empty:
        return
    metric = evaluated.primary
    its = table[
        (table["metric"] == metric.name)
        & table["class"].isin(["macro", "all"])
        & (table["p_holm"] < 1 - evaluated.level)
        & (table["column"] != FLAG)
    ]
    for row in its.to_dict("records"):
        worse, better = row["group"], row["other"]
        if row["difference"] * metric.sign > 0:
            worse, better = better, worse
        yield Caution(
            f"It does worse for {row['column']} {worse} than for {better}: "
            f"{metric.label} {metric.decimal(row['group_value'])} and "
            f"{metric.decimal(row['other_value'])} ({row['group']} and {row['other']}), "
            f"p {p_value(row['p_holm'])} after Holm's correction.",
            see="subgroups",
        )
