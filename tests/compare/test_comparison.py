"""`pleura compare` from two folders to tables, a page and a few lines."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from pleura.compare.comparison import compare_studies
from pleura.compare.page import PAGE, render, write_page
from pleura.compare.tables import read_comparison
from pleura.errors import InputError
from tests.compare.made import patients, predictions, write_study
from tests.conftest import with_figures


def tables_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A study and one of a second year, whose test part has half of the patients of the first, and
    four of whom the first has learned."""
    runs = tmp_path_factory.mktemp("runs")
    names = [*patients(0, 30), *patients(60, 64), *patients(70, 90)]
    one = write_study(runs / "2024", predictions(patients(0, 40)), learned={0: patients(40, 70)})
    strengths = {"tuned": 4.0, "new": 1.0, "pixels: random forest": 1.0}
    two = write_study(
        runs / "2025",
        predictions(names, strengths, draw=1),
        data={"manifest": "/data/images.csv", "size": 64},
    )
    return one, two


@pytest.fixture(scope="module")
def folder(years: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("comparison")
    return compare_studies(*years, out).folder


def read(folder: Path, name: str) -> pd.DataFrame:
    text = {"study": str}
    return pd.read_csv(folder / f"{name}.csv", keep_default_na=False, dtype=text)


def test_both_folders_stay_as_they_are(years: tuple[Path, Path], tmp_path: Path) -> None:
    before = [tables_of(each) for each in years]
    compare_studies(*years, tmp_path / "out")
    assert [tables_of(each) for each in years] == before


def test_who_trained_one_and_tests_the_other_is_told_and_left_out(folder: Path) -> None:
    overlap = read(folder, "overlap").set_index(["study", "other"])["patients"]
    assert overlap["2025", "tested"] == 30
    assert overlap["2025", "learned"] == 4
    assert overlap["2025", "absent"] == 20
    assert overlap["2024", "absent"] == 10
    page = (folder / PAGE).read_text()
    told = "4 of the 54 test patients of 2025 trained, chose or calibrated models of 2024"
    assert told in page
    differences = read(folder, "differences")
    paired = differences[differences["how"] == "paired"]
    assert set(paired["patients_first"]) == {30}
    assert set(paired["recipe"]) == {"tuned"}
    shared = read(folder, "shared_images")
    assert not shared["patient_first"].isin(patients(60, 64)).any()


def test_the_verdict_is_a_sentence_with_its_interval(
    years: tuple[Path, Path], folder: Path
) -> None:
    lines = write_page(folder)
    assert lines[0].startswith(
        "On 30 test patients of both: 2025 is better than 2024 with tuned, by"
    )
    assert lines[1].startswith("4 of the 54 test patients of 2025")
    assert lines[2] == "Settings that differ: data.size (48 → 64)"


def test_the_page_is_made_of_the_tables_alone(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in [*folder.glob("*.csv"), folder / "comparison.json"]:
        shutil.copy(path, moved)
    write_page(moved)
    assert (moved / PAGE).read_text() == (folder / PAGE).read_text()
    assert "“2025” less “2024”" in render(read_comparison(moved))[0]


def test_its_figure_is_drawn(folder: Path) -> None:
    with with_figures():
        _, figures = render(read_comparison(folder))
    assert list(figures) == ["both"]
    assert "tuned" in figures["both"]
    assert "<path" in figures["both"]


def test_a_copy_of_a_study_is_the_same_in_everything(
    years: tuple[Path, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(years[0], copy)
    done = compare_studies(years[0], copy, tmp_path / "out")
    differences = read(done.folder, "differences")
    assert set(differences["how"]) == {"paired"}
    known = differences[differences["difference"] != ""]
    assert (known[["difference", "low", "high"]].astype(float) == 0).all(axis=None)
    assert done.lines == (
        "On 40 test patients of both: both predict the same with frozen and tuned.",
        "No setting differs",
    )


def test_other_patients_are_compared_as_separate_samples(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", predictions(patients(0, 30)))
    two = write_study(tmp_path / "two", predictions(patients(30, 70)))
    done = compare_studies(one, two, tmp_path / "out")
    assert done.lines[0].startswith("Each on other test patients (30 and 40)")
    assert set(read(done.folder, "differences")["how"]) == {"separate"}
    page = done.page.read_text()
    assert "The two were tested on different patients" in page
    assert "so that the two samples count as independent" in page


def relabelled(table: pd.DataFrame) -> pd.DataFrame:
    turned = {"ill": "well", "well": "ill"}
    return table.assign(label=table["label"].map(turned), logit_ill=-table["logit_ill"])


def test_patients_are_called_different_only_where_they_are(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", predictions(patients(0, 30)))
    same = write_study(tmp_path / "same", relabelled(predictions(patients(0, 30), draw=1)))
    page = compare_studies(one, same, tmp_path / "a").page.read_text()
    assert "The two were tested on the same patients, but too few of their images" in page
    assert "The patients are the same, and each is paired with the same one" in page
    assert "Whether models or patients differ" not in page
    for untrue in ("different patients", "The patients are others", "independent"):
        assert untrue not in page
    more = write_study(tmp_path / "more", relabelled(predictions(patients(20, 60), draw=1)))
    page = compare_studies(one, more, tmp_path / "b").page.read_text()
    assert "The two were tested on partly different patients" in page
    assert "10 patients in both are paired with themselves; all others are in one alone" in page


def test_files_of_the_user_are_not_written_over(
    years: tuple[Path, Path], folder: Path, tmp_path: Path
) -> None:
    compare_studies(*years, folder)  # its own, again
    for name in ("settings.csv", "comparison.json", "figures/both.svg"):
        mine = tmp_path / name.partition(".")[0] / name
        mine.parent.mkdir(parents=True)
        mine.write_text("{}")
        out = tmp_path / name.partition(".")[0]
        with pytest.raises(InputError, match=rf"did not write there.*: {name}; give another"):
            compare_studies(*years, out)
        assert mine.read_text() == "{}"
        assert [path for path in out.rglob("*") if path.is_file()] == [mine]
    other = tmp_path / "reports"
    other.mkdir()
    (other / "mine.csv").write_text("a")
    assert compare_studies(*years, other).page.is_file()


def test_without_a_recipe_in_common_there_is_nothing_to_compare(tmp_path: Path) -> None:
    one = write_study(tmp_path / "one", predictions(patients(0, 10)))
    two = write_study(tmp_path / "two", predictions(patients(0, 10), {"new": 1.0}))
    with pytest.raises(InputError, match=r"no recipe in common.*frozen, tuned at 1; and new at 1"):
        compare_studies(one, two, tmp_path / "out")


def test_nothing_is_written_into_a_study(years: tuple[Path, Path]) -> None:
    for out in (years[0], years[1] / "comparison"):
        with pytest.raises(InputError, match="give the comparison a folder of its own"):
            compare_studies(*years, out)


def test_a_damaged_comparison_is_refused(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    (moved / "differences.csv").write_text("how\n")
    with pytest.raises(InputError, match=r"differences\.csv: cannot be read; give the same"):
        read_comparison(moved)
    (moved / "comparison.json").write_text("{")
    with pytest.raises(InputError, match=r"comparison\.json: gone or damaged"):
        read_comparison(moved)
