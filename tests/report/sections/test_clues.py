"""The section on what gives the class away, and the caution at the top."""

from dataclasses import replace

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.clue_strength import (
    BACKGROUND,
    CLASS,
    FILE,
    GRAY,
    OUTER,
    SIZE,
    SOURCE,
    SPREAD,
    WHOLE,
)
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Estimate
from pleura.report.sections import sources_of_classes
from pleura.report.sections.clues import (
    CLUES,
    SAID,
    Clues,
    clue_cautions,
    clue_sentences,
    clue_table,
    count_table,
    find_clues,
)
from pleura.report.study import Study
from tests.report.conftest import cautions_of, find, study_of
from tests.report.made_classifiers import CLASSES
from tests.report.sections.made_clues import MakeStudy, study_with_clues
from tests.report.written import write_report


def test_every_clue_has_words() -> None:
    assert set(SAID) == {OUTER, SIZE, FILE, GRAY, SPREAD, WHOLE, BACKGROUND, SOURCE}


def test_table_and_sentences_say_what_was_measured(one_class_apart: ClassifierFolder) -> None:
    findings = find(one_class_apart)
    clues = find_clues(study_of(one_class_apart, findings))
    assert clues is not None
    table = clue_table(clues, findings)
    assert [column.title for column in table.columns] == [
        *("What is known", "Class", *CLASSES, "Source")
    ]
    assert [row[0].text for row in table.rows] == [
        *("Outer 15 % of the image", "Size, aspect and mean gray", "Source")
    ]
    areas = {row[0].text: row[1].order for row in table.rows}
    assert areas["Size, aspect and mean gray"] == pytest.approx(0.5, abs=0.1)
    assert areas["Source"] == clues.auroc[SOURCE, CLASS, "macro"].value
    assert [cell.text for cell in table.rows[-1]][-1] == "–"
    first, second, third, fourth = clue_sentences(clues, findings)
    assert first.startswith("A forest tells the class with a macro AUROC of .")
    assert "(240 test images of 120 patients)" in first
    assert "The best recipe, scratch, reaches ." in first
    assert second.startswith("A forest tells the source with an AUROC of 1.000 (.9")
    assert "over 111 patients" in third
    assert "All patients with “NORMAL” (40) come from north; they are 78" in fourth
    assert "telling collections apart" in fourth


def test_sources_that_are_the_classes_are_told_once(make_study: MakeStudy) -> None:
    counts = [("north", "NORMAL", 40, 80), ("south", "BACTERIA", 30, 60), ("west", "VIRUS", 9, 9)]
    contents = study_with_clues(make_study, counts)
    findings = find(contents)
    clues = find_clues(study_of(contents, findings))
    assert clues is not None
    table = clue_table(clues, findings)
    assert [column.title for column in table.columns] == ["What is known", "Class", *CLASSES]
    _, second, *_ = clue_sentences(clues, findings)
    assert second == (
        "Each class comes from a source of its own: a forest tells the source as it tells the "
        "class."
    )
    # One patient of another class in a source makes telling it something else.
    for source, name in (("north", "VIRUS"), ("", "NORMAL")):
        more = clues.counts.iloc[:1].assign(source=source, **{"class": name})
        mixed = replace(clues, counts=pd.concat([clues.counts, more]))
        assert clue_table(mixed, findings).columns[-1].title == "Source"


def test_patients_by_source(one_class_apart: ClassifierFolder) -> None:
    findings = find(one_class_apart)
    clues = find_clues(study_of(one_class_apart, findings))
    assert clues is not None
    table = count_table(clues, findings)
    assert table is not None
    shown = [[cell.text for cell in row] for row in table.rows]
    assert shown == [["north", "40", "10", "1"], ["south", "0", "30", "30"]]


def test_without_sources_files_that_tell_a_class_are_a_caution(make_study: MakeStudy) -> None:
    contents = study_with_clues(make_study, [("", name, 40, 80) for name in CLASSES])
    findings = find(contents)
    study = study_of(contents, findings)
    clues = find_clues(study)
    assert clues is not None
    assert of_files(study, clues) == []  # the file tells nothing here
    told = dict(clues.auroc)
    for name, value in (("macro", 0.8), ("VIRUS", 1.0)):
        told[FILE, CLASS, name] = Estimate(value, value - 0.02, min(1.0, value + 0.02))
    ((text, serious),) = of_files(study, replace(clues, auroc=told))
    assert serious
    assert "macro AUROC of .800 (.780 to .820), and “VIRUS” (1.000 (.980 to 1.000)) from" in plain(
        text
    )
    assert "a column “source” (hospital, device or collection) would tell more" in text
    # What mean gray alone tells as well may be disease.
    told |= {(GRAY, CLASS, name): told[FILE, CLASS, name] for name in ("macro", "VIRUS")}
    assert of_files(study, replace(clues, auroc=told)) == []
    assert any("No source is given" in line for line in clue_sentences(clues, findings))


def test_size_and_aspect_are_judged_by_themselves_whatever_mean_gray_tells(
    make_study: MakeStudy,
) -> None:
    """Mean gray that tells the class, too, takes nothing from files of which each class has its
    own size."""
    contents = study_with_clues(make_study, [("", name, 40, 80) for name in CLASSES])
    study = study_of(contents)
    clues = find_clues(study)
    assert clues is not None
    told = dict(clues.auroc)
    for name in ("macro", *CLASSES):
        told |= {(clue, CLASS, name): Estimate(1.0, 0.98, 1.0) for clue in (SIZE, GRAY, FILE)}
    ((text, serious),) = of_files(study, replace(clues, auroc=told))
    assert serious
    assert text.startswith("The size and aspect of the files tell the classes apart with a macro A")
    assert "a column “source” (hospital, device or collection) would tell more" in text
    (sentence,) = [
        line
        for line in clue_sentences(replace(clues, auroc=told), find(contents))
        if line.startswith("A forest tells the class")
    ]
    assert "1.000 (.980 to 1.000) from the file’s size and aspect" in plain(sentence)
    # Sizes that tell nothing are no warning, however well mean gray tells the class.
    told |= {(SIZE, CLASS, name): Estimate(0.54, 0.51, 0.57) for name in ("macro", *CLASSES)}
    assert of_files(study, replace(clues, auroc=told)) == []


def of_files(study: Study[ClassifierFolder], clues: Clues) -> list[tuple[str, bool]]:
    """What is cautioned of size and aspect of the files, and whether that is serious."""
    every = clue_cautions(study, clues)
    return [(each.text, each.serious) for each in every if "size and aspect" in each.text]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_page_has_the_section_where_clues_were_measured(
    one_class_apart: ClassifierFolder, contents: ClassifierFolder
) -> None:
    page = write_report(one_class_apart.path).read_text(encoding="utf-8")
    assert page.count("What gives the class away") == 1
    assert '<a href="#clues">' in page
    assert find_clues(study_of(contents)) is None
    assert "What gives the class away" not in write_report(contents.path).read_text("utf-8")


def test_a_table_of_clues_without_targets_is_named(one_class_apart: ClassifierFolder) -> None:
    path = one_class_apart.path / "clues.csv"
    pd.read_csv(path).drop(columns="target").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"clues\.csv: columns missing: target"):
        read_classifiers(one_class_apart.path).table(CLUES)


def test_one_source_gives_no_table_of_sources(one_class_apart: ClassifierFolder) -> None:
    single = one_class_apart.table(sources_of_classes.SOURCES).assign(source="north")
    contents = one_class_apart.with_table(sources_of_classes.SOURCES, single)
    findings = find(contents)
    clues = find_clues(study_of(contents, findings))
    assert clues is not None
    assert count_table(clues, findings) is None
    assert not any("Cramér" in text for text in clue_sentences(clues, findings))


def test_a_frame_that_does_as_well_as_the_best_recipe_is_a_caution(
    one_class_apart: ClassifierFolder,
) -> None:
    findings = find(one_class_apart)
    study = study_of(one_class_apart, findings)
    clues = find_clues(study)
    assert clues is not None
    (told,) = [each.text for each in clue_cautions(study, clues)]
    assert "outer 15 % of the images alone reaches" in told
    assert told in [c.text for c in cautions_of(study_of(one_class_apart))]
    poor = {key: replace(e, value=0.4) for key, e in clues.auroc.items()}
    assert list(clue_cautions(study, replace(clues, auroc=poor))) == []
    for margin, serious in ((0.05, False), (0.4, True)):
        data = {**one_class_apart.data, "lungs": {"masker": "chest/best", "crop": margin}}
        cropped = replace(one_class_apart, study={**one_class_apart.study, "data": data})
        (caution,) = clue_cautions(study_of(cropped, findings), clues)
        assert "cropped to their lungs: what lies there is black bars" in caution.text
        assert caution.serious == serious


def test_what_is_recorded_and_tells_the_class_is_one_caution(
    one_class_apart: ClassifierFolder,
) -> None:
    study = study_of(one_class_apart, find(one_class_apart))
    clues = find_clues(study)
    assert clues is not None
    poor = {key: Estimate(0.5, 0.4, 0.6) for key in clues.auroc}
    found = {"age": Estimate(0.6, 0.55, 0.7), "sex": Estimate(0.7, 0.6, 0.8)}
    also = {"site": Estimate(0.9, 0.45, 0.99), BACKGROUND: Estimate(0.9, 0.8, 0.95)}
    auroc = {**poor, **{(name, CLASS, "macro"): e for name, e in {**found, **also}.items()}}
    [told] = clue_cautions(study, replace(clues, auroc=auroc))
    assert "“age” (.600" in told.text
    assert "“sex” (.700" in told.text
    assert "site" not in told.text
    assert BACKGROUND not in told.text
    assert not told.serious
    sure = auroc | {("age", CLASS, "macro"): Estimate(0.97, 0.9, 0.99)}
    assert [each.serious for each in clue_cautions(study, replace(clues, auroc=sure))] == [True]
