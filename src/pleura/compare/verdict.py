"""What a comparison found: in a sentence, in the lines of a terminal, and what it cannot tell."""

from collections.abc import Sequence

import pandas as pd

from pleura.compare.differences import SAME, TOO_FEW
from pleura.compare.few import too_few
from pleura.compare.people import LEARNED, TESTED
from pleura.compare.tables import Compared, Row
from pleura.compare.versions import DEVICE, VERSION
from pleura.data.names import word_key
from pleura.report.findings import TOO_WIDE, UNTOLD, difference_told, written
from pleura.report.numbers import at_labels, capital, count, listing, setting

NAMED = 3  # recipes of one verdict in a sentence
CORRECTED = " after Holm's correction for all comparisons"
VERDICTS = ("better", "worse", "as good", "no difference shown", TOO_FEW, SAME, "")


def told_rows(compared: Compared) -> list[Row]:
    """The rows of the verdict: at the largest fraction, of recipes; of pixel baselines alone where
    there are no recipes."""
    rows = compared.rows(compared.main, compared.primary.name)
    largest = [row for row in rows if row.fraction == max(each.fraction for each in rows)]
    return [row for row in largest if not compared.is_baseline(row.recipe)] or largest


def verdict(compared: Compared) -> str:
    """How the second study does against the first, in a sentence."""
    rows = told_rows(compared)
    groups = {name: [row for row in rows if row.verdict == name] for name in VERDICTS}
    claims = [_claim(compared, name, its) for name, its in groups.items() if its]
    fraction = rows[0].fraction
    where = "" if compared.fractions(compared.main) == [1.0] else f", {at_labels(fraction)}"
    return f"{whom(compared, rows[0])}{where}: {'; '.join(claims)}."


def whom(compared: Compared, row: Row) -> str:
    """On whom the two are compared: `On 48 test patients of both`; `Each on other test patients (48
    and 35)`."""
    if compared.paired:
        return f"On {count(row.patients[0], 'test patient')} of both"
    first, second = (f"{number:,}" for number in row.patients)
    if shared := shared_patients(compared):
        return f"Each on its own test patients ({first} and {second}, {shared:,} of them in both)"
    return f"Each on other test patients ({first} and {second})"


def _claim(compared: Compared, verdict: str, rows: Sequence[Row]) -> str:
    """`b is better than a with x, by .031 AUROC (.010 to .052)`."""
    first, second = compared.names
    if verdict in ("better", "worse"):
        told = [f"{row.recipe}, by {_size(row)}" for row in rows]
        return f"{second} is {verdict} than {first} with {listing(told, NAMED)}"
    if verdict == SAME:
        return f"both predict the same with {listing([row.recipe for row in rows], NAMED)}"
    if not verdict:
        return f"nothing can be told of {listing([row.recipe for row in rows], NAMED)}"
    told = [f"{row.recipe} ({_difference(row, first=not at)})" for at, row in enumerate(rows)]
    if verdict == TOO_FEW:
        few = too_few(compared, rows[0].how)
        return f"no verdict, with {few}: too few to tell of {listing(told, NAMED)}"
    if verdict == "as good":
        margin = f" within {setting(margin_of(compared))}" * bool(margin_of(compared))
        return f"{second} is as good as {first}{margin} with {listing(told, NAMED)}"
    # The interval of one comparison may leave zero out that many of them do not.
    apart = any(not row.difference.low <= 0 <= row.difference.high for row in rows)
    return f"no difference is shown{CORRECTED * apart} with {listing(told, NAMED)}"


def _difference(row: Row, *, first: bool) -> str:
    """`difference in AUROC +.031, .010 to .052`; of those after the `first` without its name."""
    if first:
        return difference_told(row.difference, row.metric)
    value, ends = written(row.difference, row.metric, sign=True)
    return f"{value}, {ends}" if ends != TOO_WIDE else UNTOLD


def _size(row: Row) -> str:
    """`.031 AUROC (.010 to .052)`, without a sign: words tell the direction."""
    of = row.difference
    sign = -1 if of.value < 0 else 1
    low, high = sorted((sign * of.low, sign * of.high))
    return f"{row.metric.amount(abs(of.value))} ({row.metric.interval(low, high)})"


def margin_of(compared: Compared) -> float:
    """Of the primary metric."""
    return 0.0 if compared.primary.unit else float(compared.facts["margin"])


def lines(compared: Compared) -> tuple[str, ...]:
    """What a terminal says: the verdict, whom both have, and what differs besides."""
    told = []
    for rows, what in zip(differing(compared), ("setting", "version"), strict=True):
        named = [
            f"{f'{recipe}: ' if recipe else ''}{key.removeprefix(VERSION)} ({one} → {two})"
            for recipe, key, one, two in rows.itertuples(index=False)
        ]
        if named:
            told.append(f"{what}s that differ: {listing(named, 4)}")
        elif what == "setting":
            told.append("no setting differs")
    warned = [*other_numbers(compared), *leaks(compared)]
    return (verdict(compared), *map(capital, warned), *map(capital, told))


def differing(compared: Compared) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What differs by the table of settings: what the study files say, which can be changed alone;
    and versions and the device, which nobody chose there."""
    table = compared.tables["settings"]
    noted = table["key"].str.startswith(VERSION) | (table["key"] == DEVICE)
    return table[~noted], table[noted]


def other_numbers(compared: Compared) -> list[str]:
    """A sentence where the two studies tell numbers of two names, of which only the unit is the
    same."""
    names = compared.facts["number"].get("names", ())
    if len({word_key(name) for name in names}) < 2:
        return []
    told = " and ".join(
        f"“{number}” in {study}" for number, study in zip(names, compared.names, strict=True)
    )
    return [
        f"the number is {told}: only the unit is the same. Unless these are two names of one "
        "quantity, a difference of errors says nothing of the models"
    ]


def leaks(compared: Compared) -> list[str]:
    """A sentence for each study whose test patients the other has learned from."""
    first, second = compared.names
    told = []
    for study, other in ((second, first), (first, second)):
        number, of = whose(compared, study, LEARNED), whose(compared, study)
        if number:
            told.append(
                f"{number:,} of the {count(of, 'test patient')} of {study} trained, chose or "
                f"calibrated models of {other}: on them the two cannot be compared, and they are "
                "left out of every paired difference"
            )
    return told


def whose(compared: Compared, study: str, other: str = "") -> int:
    """Test patients of a study, or those with whom the other study did what `other` says."""
    table = compared.tables["overlap"]
    its = table[(table["study"] == study) & (not other or table["other"] == other)]
    return int(its["patients"].sum())


def shared_patients(compared: Compared) -> int:
    """Test patients of the first study whom the second tests, too."""
    return whose(compared, compared.names[0], TESTED)


def same_patients(compared: Compared) -> bool:
    """Whether each study tests all test patients of the other, and none of its own besides."""
    return all(
        0 < whose(compared, study) == whose(compared, study, TESTED) for study in compared.names
    )


def not_told(compared: Compared) -> list[str]:
    """What these tables cannot tell."""
    settings, versions = (len(each) for each in differing(compared))
    told = []
    if settings > 1:
        told.append(
            f"Which of the {settings:,} settings that differ makes a difference: change one alone "
            "to learn that."
        )
    if versions:
        told.append(
            "Whether other versions of packages and of pleura, or another device, make a "
            "difference: run one of the studies again where the other ran to learn that."
        )
    if not compared.paired and not same_patients(compared):
        told.append(
            "Whether models or patients differ: each study was tested on patients of its own, and "
            "one of them may have had the easier ones."
        )
    told.append("Other patients: the next hospital may differ from these.")
    if all(seeds == 1 for seeds in told_rows(compared)[0].seeds):
        told.append("Other trainings: with one seed each, chance in training is in no interval.")
    return told
