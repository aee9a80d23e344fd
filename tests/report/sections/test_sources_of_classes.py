"""What a class that comes from one source only takes from the answer, in words."""

from dataclasses import replace

import pytest

from pleura.report.classification import ClassifierFolder
from pleura.report.nouns import FINDING
from pleura.report.sections.clues import clue_sentences, find_clues
from pleura.report.sections.sources_of_classes import source_caution, unanswerable
from tests.report.conftest import cautions_of, find, study_of
from tests.report.made_classifiers import CLASSES
from tests.report.sections.made_clues import SOURCES, MakeStudy, study_with_clues
from tests.report.written import write_report


def test_a_class_from_one_source_is_a_serious_caution(one_class_apart: ClassifierFolder) -> None:
    first = cautions_of(study_of(one_class_apart))[0]
    assert first.serious
    assert first.text.startswith("One class comes from one source only: “NORMAL” (40 patients)")
    assert "telling collections apart" in first.text
    assert "for “NORMAL” there are 11" in first.text


def test_every_class_from_its_own_source_is_told_once(make_study: MakeStudy) -> None:
    counts = [
        *[("north", "NORMAL", 40, 80), ("south", "BACTERIA", 30, 60)],
        ("south", "VIRUS", 30, 60),
    ]
    contents = study_with_clues(make_study, counts)
    told = [each.text for each in cautions_of(study_of(contents))]
    (text,) = [text for text in told if "source" in text]
    assert "Every class comes from one source only: “NORMAL” (40 patients) from north; " in text
    assert "“BACTERIA” (30 patients) and “VIRUS” (30 patients) from south" in text
    assert "for “NORMAL” nothing in these data can tell which" in text


def test_a_finding_is_held_against_patients_of_its_source_without_it(
    make_study: MakeStudy,
) -> None:
    """A patient has several findings: those with others say nothing of one."""
    counts = [
        *[("north", "NORMAL", 40, 80), ("north", "no NORMAL", 25, 50), ("south", "VIRUS", 9, 9)],
        *[("north", "BACTERIA", 30, 60), ("south", "BACTERIA", 8, 9), ("north", "VIRUS", 5, 5)],
    ]
    contents = replace(study_with_clues(make_study, counts), noun=FINDING)
    (told,) = [each.text for each in cautions_of(study_of(contents)) if "source" in each.text]
    assert told.startswith("One finding comes from one source only: “NORMAL” (40 patients)")
    assert "only patients without it from the same source" in told
    assert "for “NORMAL” there are 25." in told
    assert unanswerable(contents) == ""
    findings = find(contents)
    clues = find_clues(study_of(contents, findings))
    assert clues is not None
    sentences = " ".join(clue_sentences(clues, findings))
    assert "Cramér" not in sentences
    assert "come from north; they are 62 % of its patients" in sentences.replace("\u00a0", " ")


def test_what_the_data_cannot_answer_is_said_before_anything_is_compared(
    make_study: MakeStudy,
) -> None:
    counts = [("north", "NORMAL", 40, 80), ("south", "BACTERIA", 30, 60), ("west", "VIRUS", 30, 60)]
    contents = study_with_clues(make_study, counts)
    said = unanswerable(contents)
    assert said == (
        "These data cannot answer the question: telling the sources apart would score as well as "
        "seeing disease, since each class comes from a source of its own: “NORMAL” from north, "
        "“BACTERIA” from south and “VIRUS” from west."
    )
    page = write_report(contents.path).read_text(encoding="utf-8")
    top = page[: page.index("scratch reaches AUROC")]
    assert said in top


def test_two_classes_of_one_source_are_not_told_apart_by_it(make_study: MakeStudy) -> None:
    counts = [
        *[("north", "NORMAL", 40, 80), ("south", "BACTERIA", 30, 60)],
        ("south", "VIRUS", 30, 60),
    ]
    contents = study_with_clues(make_study, counts)
    assert unanswerable(contents) == (
        "These data cannot tell disease from source: telling the sources apart would score as well "
        "as seeing disease between “NORMAL” from north and “BACTERIA” and “VIRUS” from south."
    )
    text = source_caution(contents)
    assert "The score of telling “NORMAL”, “BACTERIA” or “VIRUS” from classes of other sou" in text
    assert "“BACTERIA” and “VIRUS” share a source, which does not tell them apart." in text


@pytest.mark.parametrize(
    "counts",
    [
        [(source, name, 20, 40) for source in SOURCES for name in CLASSES],
        [("north", name, 20, 40) for name in CLASSES],
        [("", name, 20, 40) for name in CLASSES],
        [("north", "NORMAL", 4, 8), ("south", "BACTERIA", 3, 6), ("", "VIRUS", 3, 6)],
        [("north", "NORMAL", 4, 8), *[(s, n, 3, 6) for s in SOURCES for n in CLASSES[1:]]],
    ],
)
def test_no_headline_where_a_class_has_several_sources_or_unknown_ones(
    make_study: MakeStudy, counts: list[tuple[str, str, int, int]]
) -> None:
    assert unanswerable(study_with_clues(make_study, counts)) == ""


def test_no_caution_where_sources_mix(make_study: MakeStudy) -> None:
    counts = [(source, name, 20, 40) for source in SOURCES for name in CLASSES]
    contents = study_with_clues(make_study, counts)
    assert source_caution(contents) == ""
    clues = find_clues(study_of(contents))
    assert clues is not None
    assert not any("All patients" in text for text in clue_sentences(clues, find(contents)))
