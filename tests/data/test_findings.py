from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.compound_labels import resembled
from pleura.data.findings import with_findings
from pleura.data.findings_rule import FindingsRule, Policies
from pleura.errors import InputError
from tests.data.unlabelled import manifest

CELLS = pd.DataFrame(
    {
        "image": [f"i{i}.png" for i in range(5)],
        "patient": [f"p{i}" for i in range(5)],
        "label": ["Edema|Effusion", "No Finding", "effusion | Mass", "", "Edema"],
    }
)


def test_several_in_one_cell(tmp_path: Path) -> None:
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    found = with_findings(manifest(tmp_path, CELLS), rule)
    assert found.classes == ("Edema", "Effusion")
    assert found.labels.tolist() == [[1, 1], [0, 0], [0, 1], [1, 0]]
    assert found.table["label"].tolist() == ["Edema, Effusion", "No Finding", "Effusion", "Edema"]
    assert found.table["image"].map(lambda name: Path(name).name).tolist()[-1] == "i4.png"
    assert "findings in the cells that are not studied: Mass (1)" in found.notes
    assert "rows left out, nothing being known of any finding: 1" in found.notes
    assert {name: int(of.sum()) for name, of in found.members.items()} == {
        "Edema": 2,
        "no Edema": 2,
        "Effusion": 2,
        "no Effusion": 2,
    }


def test_one_label_of_each_image_is_its_rarest_finding(tmp_path: Path) -> None:
    label = ["Edema|Effusion", "No Finding", "effusion | Mass", "Effusion", "Edema"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    found = with_findings(manifest(tmp_path, CELLS.assign(label=label)), rule)
    assert found.single_labels.tolist() == [1, 0, 2, 2, 1]


def test_images_contradict_where_a_finding_is_known_to_differ(tmp_path: Path) -> None:
    read = manifest(tmp_path, COLUMNS, ("Edema", "Effusion"))
    found = with_findings(read, FindingsRule(names=["Edema", "Effusion"], uncertain="zero"))
    assert found.labels.tolist() == [[1, 0], [0, 1], [0, -1], [-1, 0], [1, -1]]
    assert found.contradict(np.array([0, 1]))
    assert not found.contradict(np.array([1, 2]))  # the second's effusion is not known
    assert found.contradict(np.array([1, 4]))


def test_nothing_beside_a_finding_is_a_contradiction(tmp_path: Path) -> None:
    table = CELLS.assign(label=["Edema|No Finding", "Effusion", "Edema", "No Finding", "Edema"])
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    (problem,) = with_findings(manifest(tmp_path, table), rule).problems
    assert problem == "row 2 (i0.png): 'Edema|No Finding' says 'No Finding' beside a finding"


def test_another_separator_than_the_one_given_is_refused(tmp_path: Path) -> None:
    label = ["Edema;Effusion", "No Finding", "Effusion", "Edema|Mass; hilar", "Mass, edema"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    problems = with_findings(manifest(tmp_path, CELLS.assign(label=label)), rule).problems
    assert [problem.split(" holds")[0] for problem in problems] == [
        "row 2 (i0.png): 'Edema;Effusion'",
        "row 6 (i4.png): 'Mass, edema'",
    ]


@pytest.mark.parametrize(
    "between",
    ["\n", "\t", "\\", "\uff5c", "\uff0c", "\u3001", " and ", " UND ", "_with_", " "],
)
def test_what_stands_between_findings_may_be_anything(tmp_path: Path, between: str) -> None:
    label = [f"Edema{between}Effusion", "No Finding", "Effusion", "Wands", "Edema"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    (problem,) = with_findings(manifest(tmp_path, CELLS.assign(label=label)), rule).problems
    assert "'Edema" in problem
    assert "holds what is studied and more" in problem


def test_what_is_called_much_like_a_finding_is_told(tmp_path: Path) -> None:
    label = ["Effusions|Edema", "left effusion", "Effusion|No Edema", "oedema", "Mass|Efusion"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    notes = with_findings(manifest(tmp_path, CELLS.assign(label=label)), rule).notes
    (told,) = [note for note in notes if note.startswith("not studied, though called much like")]
    assert told.partition(": ")[2] == (
        "'Effusions', like 'Effusion' (1), 'Efusion', like 'Effusion' (1), "
        "'left effusion', like 'Effusion' (1), 'oedema', like 'Edema' (1)"
    )


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("Pleural Other", ["Pleural Effusion"]),
        ("Pneumothorax", ["Pneumonia"]),
        ("Lung Opacity", ["Lung Lesion"]),
        ("Cardiomegaly", ["Enlarged Cardiomediastinum"]),
        ("without effusion", ["Effusion"]),
        ("Massive", ["Mass"]),
        ("", ["Mass"]),
    ],
)
def test_other_findings_are_not_alike(word: str, names: list[str]) -> None:
    assert resembled(word, names) == ""


def test_a_cell_of_separators_alone_says_nothing(tmp_path: Path) -> None:
    label = ["Edema|Effusion", "|", "No Finding", " | ", "Edema|"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    found = with_findings(manifest(tmp_path, CELLS.assign(label=label)), rule)
    assert found.labels.tolist() == [[1, 1], [0, 0], [1, 0]]


COLUMNS = CELLS.drop(columns="label").assign(
    Edema=["1", "0.0", "-1", "", "1.0"], Effusion=["0", "1", "", "-1", "nan"]
)


@pytest.mark.parametrize(
    ("unknown", "uncertain", "expected"),
    [
        ("mask", "mask", [[1, 0], [0, 1], [1, -1]]),
        ("zero", "one", [[1, 0], [0, 1], [1, 0], [0, 1], [1, 0]]),
        ("zero", {"Edema": "zero"}, [[1, 0], [0, 1], [0, 0], [0, -1], [1, 0]]),
        ({"Effusion": "one", "others": "zero"}, "mask", [[1, 0], [0, 1], [-1, 1], [0, -1], [1, 1]]),
    ],
)
def test_a_policy_for_what_is_not_known(
    tmp_path: Path, unknown: Policies, uncertain: Policies, expected: list[list[int]]
) -> None:
    read = manifest(tmp_path, COLUMNS, ("Edema", "Effusion"))
    rule = FindingsRule(names=["Edema", "Effusion"], unknown=unknown, uncertain=uncertain)
    assert with_findings(read, rule).labels.tolist() == expected


def test_findings_are_called_otherwise_than_their_columns(tmp_path: Path) -> None:
    read = manifest(tmp_path, COLUMNS.rename(columns={"Edema": "flag_1"}), ("flag_1", "Effusion"))
    rule = FindingsRule(names={"Edema": "flag_1", "Effusion": "Effusion"})
    found = with_findings(read, rule)
    assert found.classes == ("Edema", "Effusion")
    assert found.labels.tolist() == [[1, 0], [0, 1], [1, -1]]


def test_what_policies_decided_is_told(tmp_path: Path) -> None:
    read = manifest(tmp_path, COLUMNS, ("Edema", "Effusion"))
    rule = FindingsRule(names=["Edema", "Effusion"], unknown="zero", uncertain={"Edema": "one"})
    notes = with_findings(read, rule).notes
    assert "unknown findings, 3 cells: Edema 1 (taken for 0), Effusion 2 (taken for 0)" in notes
    assert "uncertain findings, 2 cells: Edema 1 (taken for 1), Effusion 1 (left out)" in notes


def test_what_is_known_is_part_of_the_key(tmp_path: Path) -> None:
    """The labels that people see are alike; what was masked or taken for 0 is not."""
    read = manifest(tmp_path, COLUMNS, ("Edema", "Effusion"))
    keys = {
        with_findings(
            read, FindingsRule(names=["Edema", "Effusion"], unknown=policy, uncertain="zero")
        ).key
        for policy in ("zero", "one", "mask")
    }
    assert len(keys) == 3


def test_a_cell_that_says_something_else(tmp_path: Path) -> None:
    table = COLUMNS.assign(Edema=["1", "2", "0", "yes", "0"])
    read = manifest(tmp_path, table, ("Edema", "Effusion"))
    problems = with_findings(read, FindingsRule(names=["Edema", "Effusion"])).problems
    assert [problem.split(":")[0] for problem in problems] == ["row 3 (i1.png)", "row 5 (i3.png)"]
    assert "column Edema says '2'; it must say 1 (there), 0 (not there)" in problems[0]


def test_a_finding_that_no_image_has_is_refused(tmp_path: Path) -> None:
    rule = FindingsRule(names=["Edema", "Nodule"], separator="|")
    with pytest.raises(InputError, match="findings that no image has") as error:
        with_findings(manifest(tmp_path, CELLS), rule)
    assert "Nodule: 1 in no row" in str(error.value)
    assert "take them out of data.findings.names, or write them" in error.value.heading


def test_where_words_stand_in_its_column_they_are_to_be_mended_first(tmp_path: Path) -> None:
    table = COLUMNS.assign(Edema=["yes", "no", "no", "yes", "no"])
    read = manifest(tmp_path, table, ("Edema", "Effusion"))
    with pytest.raises(InputError) as error:
        with_findings(read, FindingsRule(names=["Edema", "Effusion"]))
    assert "findings that no image has; mend the rows below first" in error.value.heading
    assert "column Edema says 'yes'; it must say 1 (there)" in error.value.problems[1]


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'Edema'"):
        with_findings(manifest(tmp_path, COLUMNS, ("Edema",)), FindingsRule(names=["Edemas"]))


def test_a_column_given_for_two_findings_is_refused(tmp_path: Path) -> None:
    rule = FindingsRule(names={"Edema": "Edema", "Water": "Edema"})
    with pytest.raises(InputError, match="a column of its own") as error:
        with_findings(manifest(tmp_path, COLUMNS, ("Edema",)), rule)
    assert "'Edema' is given for several" in str(error.value)


@pytest.mark.parametrize("word", ["unknown", "?", "-", "n/a", "not known", "not reported"])
def test_a_word_for_nothing_in_place_of_findings_is_an_empty_cell(
    tmp_path: Path, word: str
) -> None:
    label = ["Edema|Effusion", word, "No Finding", "Edema", "Mass"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    read = manifest(tmp_path, CELLS.assign(label=label))
    found = with_findings(read, rule)
    assert found.labels.tolist() == [[1, 1], [0, 0], [1, 0], [0, 0]]
    assert found.problems == ()
    assert "rows left out, nothing being known of any finding: 1" in found.notes
    assert "findings in the cells that are not studied: Mass (1)" in found.notes
    zero = with_findings(read, rule.model_copy(update={"unknown": "zero"}))
    assert zero.labels.tolist()[1] == [0, 0]
    if word != "n/a":  # which is emptied as the table is read
        assert f"cells that say that no finding is known: {word} (1)" in found.notes


@pytest.mark.parametrize(
    "cell",
    [
        *("none", "-1", "uncertain", "Effusion?", "(Edema)", "possible effusion"),
        *("Edema|?", "Edema|unknown", "Edema|not reported", "Edema|Effusion*", "No Finding?"),
    ],
)
def test_a_word_that_leaves_open_whether_a_finding_is_there_is_refused(
    tmp_path: Path, cell: str
) -> None:
    label = ["Edema|Effusion", cell, "No Finding", "Edema", "Mass?"]
    rule = FindingsRule(names=["Edema", "Effusion"], separator="|")
    (problem,) = with_findings(manifest(tmp_path, CELLS.assign(label=label)), rule).problems
    word = cell.split("|")[-1]
    assert problem.startswith(f"row 3 (i1.png): {word!r} does not say whether a finding is there")


def test_words_for_nothing_that_mean_that_nothing_is_there(tmp_path: Path) -> None:
    label = ["Edema|Effusion", "none", "-", "Edema", "Effusion"]
    read = manifest(tmp_path, CELLS.assign(label=label))
    for none, row in (("none", 1), ("-", 2)):
        rule = FindingsRule(names=["Edema", "Effusion"], separator="|", none=none)
        labels = with_findings(read, rule).labels.tolist()
        assert labels[row] == [0, 0]


def test_a_finding_that_is_called_as_the_absence_of_another_is_refused() -> None:
    """Else images without Edema and images with "no Edema" would be counted as one."""
    with pytest.raises(ValueError, match="'no Edema' is what images without 'Edema' are called"):
        FindingsRule(names=["Edema", "no Edema"])
    with pytest.raises(ValueError, match="'No edema' is what images without 'Edema' are called"):
        FindingsRule(names={"No edema": "a", "Edema": "b"})


def test_policies_go_by_names_however_their_letters_are_composed(tmp_path: Path) -> None:
    composed, apart = "\u00c9panchement", "E\u0301panchement"
    table = COLUMNS.rename(columns={"Effusion": composed})
    read = manifest(tmp_path, table, ("Edema", composed))
    rule = FindingsRule(names=["Edema", apart], unknown={apart: "one"}, uncertain="zero")
    assert with_findings(read, rule).labels.tolist() == [[1, 0], [0, 1], [0, 1], [-1, 0], [1, 1]]
