"""Numbers of a table: which rows count, ranges that stratify, and splits by the patient's mean."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.numbers import by_mean, with_numbers
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.data.subset import few_patients
from pleura.errors import InputError


def manifest_of(folder: Path, cells: list[str], per_patient: int = 1) -> Manifest:
    """Rows of nothing but a name, a patient and what stands in the column `age`."""
    table = pd.DataFrame(
        {
            "image": [f"{at}.png" for at in range(len(cells))],
            "patient": [f"p{at // per_patient}" for at in range(len(cells))],
            "age": cells,
        }
    )
    for name in table["image"]:
        (folder / name).touch()
    table.to_csv(folder / "images.csv", index=False)
    return read_manifest(folder / "images.csv", extras=["age"], labelled=False)


def test_numbers_are_told_and_their_thirds_stratify(tmp_path: Path) -> None:
    found = with_numbers(manifest_of(tmp_path, [*map(str, range(1, 10))]), "age")
    assert found.labels.tolist() == [float(at) for at in range(1, 10)]
    assert found.labels.dtype == np.float64
    assert found.classes == ("up to 3", "above 3 to 6", "above 6")
    assert found.single_labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert [int(of.sum()) for of in found.members.values()] == [3, 3, 3]
    assert found.outputs == ("age",)
    assert found.labelled


def test_empty_cells_are_left_out_with_a_note_and_words_refused_by_row(tmp_path: Path) -> None:
    cells = ["41", "", "old", "3e1", "nan", "12,5"]
    found = with_numbers(manifest_of(tmp_path, cells), "age")
    assert found.labels.tolist() == [41.0, 30.0]
    assert found.table["image"].map(lambda name: Path(name).name).tolist() == ["0.png", "3.png"]
    assert any("2 rows left out, column age being empty" in note for note in found.notes)
    told = [problem for problem in found.problems if "must say a number" in problem]
    assert [problem.split(":")[0] for problem in told] == ["row 4 (2.png)", "row 7 (5.png)"]
    assert "'old'" in told[0]


def test_numbers_beyond_single_precision_are_refused(tmp_path: Path) -> None:
    found = with_numbers(manifest_of(tmp_path, ["41", "1e300", "30", "-1e16", "1e15"]), "age")
    assert found.labels.tolist() == [41.0, 30.0, 1e15]
    told = [problem for problem in found.problems if "more than 1e+15" in problem]
    assert [problem.split(":")[0] for problem in told] == ["row 3 (1.png)", "row 5 (3.png)"]
    for cells in (["1000000001", "1000000009", "1000000005"], ["1e-200", "5e-200", "0"]):
        with pytest.raises(InputError, match="single precision"):
            with_numbers(manifest_of(tmp_path, cells), "age")


def test_what_tells_nothing_apart_is_refused(tmp_path: Path) -> None:
    same = manifest_of(tmp_path, ["5", "5.0", ""])
    with pytest.raises(InputError, match="not two different numbers"):
        with_numbers(same, "age")
    with pytest.raises(InputError, match="no column 'aged'; did you mean 'age'"):
        with_numbers(same, "aged")


@pytest.mark.parametrize(
    ("numbers", "classes"),
    [
        ([0, 1, 1, 1, 1, 1], ("up to 0", "above 0")),
        ([0, 0, 0, 0, 0, 1], ("up to 0", "above 0")),
        ([0, 1], ("up to 0", "above 0")),
    ],
)
def test_few_different_numbers_have_fewer_ranges(
    numbers: list[int], classes: tuple[str, ...], tmp_path: Path
) -> None:
    found = with_numbers(manifest_of(tmp_path, [*map(str, numbers)]), "age")
    assert found.classes == classes
    assert all(of.any() for of in found.members.values())


def test_the_key_knows_the_numbers(tmp_path: Path) -> None:
    one = manifest_of(tmp_path, ["1", "2", "3"])
    other = manifest_of(tmp_path, ["1", "2", "3.5"])
    keys = {with_numbers(each, "age").key for each in (one, other, one)}
    assert len(keys) == 2


def test_a_part_of_the_patients_keeps_its_numbers(tmp_path: Path) -> None:
    read = with_numbers(manifest_of(tmp_path, [*map(str, range(12))]), "age")
    few = few_patients(read, 2)
    assert len(few) == 6
    expected = few.table["image"].map(lambda name: float(Path(name).stem))
    assert few.labels.tolist() == expected.tolist()


def test_strata_are_fifths_of_the_patients_means() -> None:
    groups = np.array([f"p{at:02d}" for at in range(20) for _ in range(2)])
    means = np.random.default_rng(0).permutation(20).astype(float)
    numbers = np.repeat(means, 2) + np.tile([-0.3, 0.3], 20)
    strata = by_mean(groups, numbers).strata
    assert strata == {f"p{at:02d}": int(mean // 4) for at, mean in enumerate(means)}
    assert set(by_mean(groups[:8], numbers[:8]).strata.values()) == {0}


def test_parts_have_alike_means(tmp_path: Path) -> None:
    """Of 60 patients with two images each; chance alone would part means by .13 deviations and
    more in most draws."""
    random = np.random.default_rng(1)
    cells = [f"{value:.3f}" for value in np.repeat(random.normal(50, 20, 60), 2)]
    read = with_numbers(manifest_of(tmp_path, cells, per_patient=2), "age")
    rule = Rule(test=0.3, folds=None, validation=0.3, seeds=[0], fractions=[1.0], rules={}, seed=0)
    parts = make_split(read, rule, by_mean).parts(0, 0, 1.0)
    strata = by_mean(read.groups, read.labels).strata
    for rows, share in ((parts.test, 0.3), (parts.validation, 0.21)):
        drawn = [strata[name] for name in sorted(set(read.groups[rows]))]
        assert np.bincount(drawn, minlength=5).tolist() == pytest.approx([12 * share] * 5, abs=1.01)


def test_labels_can_be_the_numbers_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,label,patient\na.png,1.5,p\nb.png,,q\nc.png,2,r\n")
    for name in "abc":
        (tmp_path / f"{name}.png").touch()
    found = with_numbers(read_manifest(tmp_path / "t.csv", labelled=False), "label")
    assert found.labels.tolist() == [1.5, 2.0]
    assert not found.problems
    assert "1 row left out, column label being empty" in found.notes
