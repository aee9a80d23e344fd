"""Classes and the sources they come from: what these data cannot tell apart, in words."""

from collections.abc import Mapping

from pleura.evaluate.clue_strength import of_one_source, without_common_source
from pleura.report.classification import ClassifierFolder
from pleura.report.folder import TableFile
from pleura.report.numbers import count, listing
from pleura.report.prose import EVERY, quoted, say
from pleura.report.section import Caution, Section, doubt
from pleura.wording import absence

SOURCES = TableFile("sources.csv", ("source", "class"), ("patients", "images"))


def unanswerable(contents: ClassifierFolder) -> str:
    """That the data cannot tell disease from source, where every class comes from one source.

    Two classes of one source are not told apart by it: then it is said between which groups of
    classes. Empty where a class comes from several sources or from unknown ones, and of findings,
    of which each is held against the images without it.
    """
    if not contents.noun.single:
        return ""
    classes, counts = contents.classes, contents.table(SOURCES)
    sole = of_one_source(counts, classes)
    if len(sole) < len(classes) or not without_common_source(counts, classes):
        return ""
    by_source = _by_source(sole)
    groups = [f"{quoted(names, EVERY)} from {source}" for source, names in by_source.items()]
    own = len(by_source) == len(classes)
    return say("sources_of_classes", "unanswerable", groups=listing(groups, EVERY), own=own)


def source_caution(contents: ClassifierFolder) -> str:
    """That classes come from one source only, which, and what it means; empty where none does.

    Only other classes from the same source tell disease from source: it is said how many of their
    patients there are. A class that shares its source with other classes of one source has those to
    be held against, but none of another source. A finding is held against the patients without it.
    """
    noun, classes, counts = contents.noun, contents.classes, contents.table(SOURCES)
    sole = of_one_source(counts, classes)
    if not sole:
        return ""
    by_source, patients = _by_source(sole), counts.groupby("class")["patients"].sum()
    others = {
        name: int(here.drop(name).sum() if noun.single else here.get(absence(name), 0))
        for name, source in sole.items()
        for here in [counts[counts["source"] == source].set_index("class")["patients"]]
    }
    patients_of = {name: f"“{name}” ({count(patients[name], 'patient')})" for name in sole}
    held = [
        f"{listing([patients_of[name] for name in names], EVERY)} from {source}"
        for source, names in by_source.items()
    ]
    *most, last = (f"“{name}”" for name in sole)
    return say(
        "sources_of_classes",
        "of_one_source",
        noun=noun,
        number=len(sole),
        classes=len(classes),
        held=held,
        sources=len(by_source),
        one_of=f"{', '.join(most)} or {last}" if most else last,
        shared=[quoted(names, EVERY) for names in by_source.values() if len(names) > 1],
        alone=[name for name, number in others.items() if number == 0],
        fewest=min(others, key=lambda name: others[name]),
        others=others,
    )


def _by_source(sole: Mapping[str, str]) -> dict[str, list[str]]:
    by_source: dict[str, list[str]] = {}
    for name, source in sole.items():
        by_source.setdefault(source, []).append(name)
    return by_source


SECTION: Section[ClassifierFolder, bool] = doubt(
    lambda study: map(Caution, filter(None, [source_caution(study.recipes.contents)])),
    warns=15,
    see="clues",
)
