"""What must be known before two studies are held against each other."""

from collections.abc import Iterator

from pleura.compare.differences import TOO_FEW
from pleura.compare.few import of_few
from pleura.compare.pairing import RELABELLED, SPARSE
from pleura.compare.people import Hashes
from pleura.compare.tables import Compared
from pleura.compare.verdict import leaks, other_numbers, same_patients, shared_patients, told_rows
from pleura.report.findings import in_words
from pleura.report.numbers import capital, count, decimal, listing
from pleura.report.section import Caution

APART = 0.1  # difference of the shares of a class from which on it is told
NAMED = 4


def cautions(compared: Compared) -> list[Caution]:
    """What must be known, serious cautions first."""
    every = [
        *_of_numbers(compared),
        *_of_leaks(compared),
        *_of_patients(compared),
        *_of_names(compared),
        *_of_images(compared),
        *_of_classes(compared),
        *_of_seeds(compared),
        *_of_other_metrics(compared),
        *_of_shares(compared),
        *(Caution(f"{note}.", serious=False, see="compared") for note in compared.facts["notes"]),
    ]
    return sorted(every, key=lambda caution: not caution.serious)


def _of_numbers(compared: Compared) -> Iterator[Caution]:
    for each in other_numbers(compared):
        yield Caution(f"{capital(each)}.", see="compared")


def _of_leaks(compared: Compared) -> Iterator[Caution]:
    for each in leaks(compared):
        yield Caution(
            f"{capital(each)}. What each study reaches on its own test part stays as honest as it "
            "was.",
            see="compared",
        )


def _of_patients(compared: Compared) -> Iterator[Caution]:
    people = compared.facts["people"]
    if not compared.paired and same_patients(compared):
        yield Caution(
            "The two were tested on the same patients, but too few of their images can be compared "
            "in pairs. A difference can be one of images or labels and not of the models.",
            see="compared",
        )
    elif not compared.paired:
        yield Caution(
            f"The two were tested on {'partly ' * bool(shared_patients(compared))}different "
            "patients. A difference can be one of the patients and not of the models: who is in "
            "one alone counts as independent, and intervals are wide.",
            see="mix",
        )
    yield from of_few(compared)
    if people["namesakes"] and people["by_names"] and not compared.facts["images"]["shared"]:
        yield Caution(
            f"{count(people['namesakes'], 'name')} of patients stand in both studies, which share "
            "no test image. Where these are other people, as where two places count from 1, say "
            "--strangers.",
            serious=bool(shared_patients(compared)),
            see="compared",
        )


def _of_names(compared: Compared) -> Iterator[Caution]:
    people = compared.facts["people"]
    if people["strangers"]:
        alone = compared.facts["images"]["how"] == "content"
        yield Caution(
            "Patients who are called alike were said to be other people"
            f"{'; images alone tell who is in both' * alone}.",
            serious=False,
            see="compared",
        )
    elif not people["by_names"]:
        yield Caution(
            "In one of the studies every image is a patient of its own. Images alone tell who is "
            "in both; somebody with other images is not found.",
            serious=False,
            see="compared",
        )
    else:
        yield from _of_hashes(compared)


def _of_hashes(compared: Compared) -> Iterator[Caution]:
    """That hashes of patients find nobody, or not everybody."""
    hashes = Hashes(**compared.facts["people"]["hashes"])
    each = zip(compared.names, hashes.named, hashes.hashed, strict=True)
    called = " and ".join(
        f"{'' if hashed == named else f'{hashed:,} of the '}{count(named, 'patient')} of {study}"
        for study, named, hashed in each
        if hashed
    )
    unknown = "a patient with other images who trained one study and tests the other is not found."
    if hashes.apart:
        yield Caution(
            f"{capital(called)} are called by hashes, of which none is in the other study. With "
            f"another salt the same patient has another hash: {unknown}",
            see="compared",
        )
    if hashes.not_compared:
        why = (
            "and the salt finds nobody among them. A wrong salt would look the same: is it that of "
            "the table with the hashes? If it is not,"
            if hashes.salt
            else "with which other names are compared by their salt alone (--salt). Without it,"
        )
        yield Caution(f"{capital(called)} are called by hashes, {why} {unknown}", see="compared")


def _of_images(compared: Compared) -> Iterator[Caution]:
    images, out = compared.facts["images"], compared.facts["left_out"]
    if images["how"] == "name":
        strangers = compared.facts["people"]["strangers"]
        told = (
            "Whether any image is in both is not known"
            if strangers
            else "Images count as the same that are called alike, and their patients too: their "
            "content was not compared"
        )
        yield Caution(
            f"{told}. A study's folder does not tell what its images hold (bank/); `pleura study "
            "run` on it notes that again.",
            serious=compared.paired or strangers,
            see="compared",
        )
    if images["saved_again"]:
        first, second = compared.names
        number = count(images["saved_again"], "image")
        yield Caution(
            f"{number} of {second} look the same as one of {first}, mirrored too, while no file is "
            "the same. They may have been saved again, in training as well as in test: their "
            "patients are found by name alone, and those under another name are in no count here.",
            see="compared",
        )
    if out[RELABELLED][1]:
        yield Caution(
            f"{count(out[RELABELLED][1], 'test image')} of both studies have another label in one "
            "than in the other, and are left out of paired differences. shared_images.csv names "
            "them.",
            see="compared",
        )
    if out[SPARSE][1]:
        yield Caution(
            f"{count(out[SPARSE][1], 'test image')} of both studies lie in folds that have too few "
            "images in common to tell the metrics, and are left out of paired differences.",
            serious=False,
            see="compared",
        )


def _of_classes(compared: Compared) -> Iterator[Caution]:
    for name, only in zip(compared.names, compared.facts["only"], strict=True):
        if only:
            yield Caution(
                f"{name} alone has {listing(only, NAMED)}. Only what both have is compared, so "
                "that values are not those of the studies' own reports.",
                see="compared",
            )


def _of_seeds(compared: Compared) -> Iterator[Caution]:
    seeds = {row.seeds for row in told_rows(compared)}
    for first, second in seeds:
        if 1 in (first, second):
            yield Caution(
                "One seed in one study at least: chance in its training is not in the interval. "
                "Use three seeds or more.",
                serious=False,
            )
            return


def _of_other_metrics(compared: Compared) -> Iterator[Caution]:
    """Of recipes that are shown to differ by other metrics, and not by that of the verdict."""
    named = {(row.recipe, row.verdict) for row in told_rows(compared)}
    recipes = {recipe for recipe, verdict in named if verdict not in ("better", "worse")}
    largest = told_rows(compared)[0].fraction
    told = []
    for metric in list(compared.metrics)[1:]:
        for row in compared.rows(compared.main, metric):
            if (
                row.recipe in recipes
                and row.fraction == largest
                and row.p_holm < 1 - compared.level
                and row.verdict != TOO_FEW
            ):
                value = in_words(row.difference, row.metric, sign=True)
                told.append(f"{row.recipe} {row.verdict} by {row.metric.label}, {value}")
    if told:
        yield Caution(
            f"Other metrics show a difference where {compared.primary.label} does not: "
            f"{listing(told, NAMED)}.",
            serious=False,
            see="results",
        )


def _of_shares(compared: Compared) -> Iterator[Caution]:
    table, (first, second) = compared.tables["case_mix"], compared.names
    if compared.facts["task"] in ("numbers", "segmentation"):
        return
    its = table[(table["column"] == "label") & (table["group"] != "all")]
    far = its[(its["share_first"] - its["share_second"]).abs() >= APART]
    told = [
        f"“{row['group']}” {decimal(row['share_first'], 2)} in {first}, "
        f"{decimal(row['share_second'], 2)} in {second}"
        for row in far.to_dict("records")
    ]
    if told:
        yield Caution(
            f"{capital(compared.noun.several)} have other shares in the test parts: "
            f"{listing(told, NAMED)}. Accuracy, F1 and AUPRC change with these by themselves.",
            serious=not compared.paired,
            see="mix",
        )
