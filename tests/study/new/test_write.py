"""A table becomes a study file that a study reads, as it is and in its quick variant."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.errors import InputError
from pleura.study.new import write
from pleura.study.new.people import shared_images_merged
from pleura.study.new.write import default_file, new_study
from pleura.study.prepared import NetworkTiming
from pleura.study.study_files import read_study
from tests.conftest import MakeImages


@pytest.fixture(autouse=True)
def _timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "time_backbone", lambda announce: NetworkTiming("fp32", 1.0, 0.2))


def test_the_file_runs_as_it_is(make_images: MakeImages, tmp_path: Path) -> None:
    said: list[str] = []
    table = make_images(patients=60)
    file = new_study(table, tmp_path / "s.yaml", announce=said.append)
    study, quick = read_study(file), read_study(file, quick=True)
    assert study.data.manifest == table
    assert study.data.classes == ["a", "b"]
    assert study.data.size == 96
    assert study.split.test == "split"
    assert list(study.recipes) == ["scratch", "frozen", "fine-tuning", "truncated"]
    assert {recipe.backbone_name for recipe in study.recipes.values()} == {"tf_efficientnet_lite0"}
    assert (quick.data.size, quick.seeds, quick.training.epochs) == (48, [0], 2)
    text = file.read_text()
    assert "  # a: 60 images of 30 patients\n" in text
    assert all(len(line) <= 104 for line in text.splitlines())
    assert said[0] == "120 images of 60 patients"
    assert said[1] == "columns: patient 'patient', label 'label'; learned: a, b"
    with pytest.raises(InputError, match="is there already"):
        new_study(table, file)


def test_patients_who_share_an_image_are_one_where_folds_hang_on_it(
    make_images: MakeImages, tmp_path: Path
) -> None:
    table = make_images(patients=10)
    rows = table.read_text().splitlines()
    table.write_text("\n".join(",".join(row.split(",")[:3]) for row in rows) + "\n")
    five = read_study(new_study(table, tmp_path / "five.yaml"))
    (table.parent / "3_0.png").write_bytes((table.parent / "1_0.png").read_bytes())
    four = read_study(file := new_study(table, tmp_path / "four.yaml"))
    assert (five.split.folds, four.split.folds) == (5, 3)
    assert "  # b: 10 images of 4 patients\n" in file.read_text()
    for number in (5, 7):
        (table.parent / f"{number}_0.png").write_bytes((table.parent / "1_0.png").read_bytes())
    with pytest.raises(InputError, match="too few patients") as told:
        new_study(table, tmp_path / "two.yaml")
    assert "b: 2 patients" in str(told.value)
    assert "share an image count as one" in str(told.value)


def test_who_is_one_is_told_as_the_study_has_it(
    make_images: MakeImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images that are alike at the 48 pixels of the quick variant may differ at those of the whole
    study; folds are chosen by the fewer patients."""
    table = make_images(patients=10)
    rows = table.read_text().splitlines()
    table.write_text("\n".join(",".join(row.split(",")[:3]) for row in rows) + "\n")
    (table.parent / "3_0.png").write_bytes((table.parent / "1_0.png").read_bytes())
    sizes: list[int] = []

    def compared(path, target, manifest, *args, size=48, **how):  # type: ignore[no-untyped-def]
        sizes.append(size)
        if size > 48:
            return manifest
        return shared_images_merged(path, target, manifest, *args, size=size, **how)

    monkeypatch.setattr(write, "shared_images_merged", compared)
    said: list[str] = []
    study = read_study(file := new_study(table, tmp_path / "s.yaml", announce=said.append))
    assert sizes == [48, study.data.size]
    assert study.split.folds == 3
    assert "  # b: 10 images of 5 patients\n" in file.read_text()
    assert any("has 5 patients: so few" in line for line in said)
    assert not any("share an image count as one" in line for line in said)


def test_a_table_whose_patients_are_not_known_is_refused(
    make_images: MakeImages, tmp_path: Path
) -> None:
    folder = make_images().parent
    for number, path in enumerate(sorted(folder.glob("*.png"))):
        kept = folder / "classes" / "ab"[number % 2]
        kept.mkdir(parents=True, exist_ok=True)
        path.rename(kept / path.name)
    out = tmp_path / "s.yaml"
    with pytest.raises(InputError, match="nothing says which patient"):
        new_study(folder / "classes", out)
    with pytest.raises(InputError, match="public:nothing"):
        new_study(Path("public:nothing"), out)
    assert not out.exists()
    study = read_study(new_study(folder / "classes", out, image_is_patient=True))
    assert study.data.image_is_patient


def test_few_patients_of_several_classes_are_studied_as_one(
    make_images: MakeImages, tmp_path: Path
) -> None:
    table, said = make_images(patients=40), list[str]()
    lines = table.read_text().splitlines()
    at = lines[0].split(",").index("label")
    cells = [line.split(",") for line in lines]
    for number, row in enumerate(cells[1:]):
        if row[at] == "b":
            row[at] = "b" if number % 16 < 8 else "c"
    table.write_text("\n".join(map(",".join, cells)) + "\n")
    file = new_study(table, tmp_path / "s.yaml", classes=["ill=b,c"], announce=said.append)
    study = read_study(file)
    assert study.data.classes == ["a", "ill"]
    assert study.data.labels == {"ill": ["b", "c"]}
    assert "  # ill: 40 images of 20 patients\n" in file.read_text()


def relabelled(table: Path, names: dict[str, str]) -> None:
    rows = [line.split(",") for line in table.read_text().splitlines()]
    at = rows[0].index("label")
    for row in rows[1:]:
        row[at] = names[row[at]]
    table.write_text("\n".join(map(",".join, rows)) + "\n")


def test_labels_that_end_lines_of_yaml_write_none(make_images: MakeImages, tmp_path: Path) -> None:
    relabelled(table := make_images(patients=60), {"a": "a\u2028b: {x: 1}", "b": "c\x85d"})
    study = read_study(new_study(table, tmp_path / "s.yaml"))
    assert study.data.classes == ["a\u2028b: {x: 1}", "c\x85d"]


def test_classes_called_as_tables_of_a_study_call_all_are_refused_at_once(
    make_images: MakeImages, tmp_path: Path
) -> None:
    relabelled(table := make_images(patients=60), {"a": "all", "b": "b"})
    said: list[str] = []
    with pytest.raises(InputError, match="no class can be called all") as told:
        new_study(table, tmp_path / "s.yaml", announce=said.append)
    assert "--classes 'NEW=all'" in str(told.value)
    assert not said
    study = read_study(new_study(table, tmp_path / "s.yaml", classes=["every=all"]))
    assert sorted(study.data.classes or ()) == ["b", "every"]


def test_names_stay_out_of_the_report_unless_they_are_public(
    make_images: MakeImages, tmp_path: Path
) -> None:
    file = new_study(make_images(), tmp_path / "s.yaml")
    assert read_study(file).report.patients == "hidden"


def test_rows_without_a_label_and_other_names_of_columns_are_written(
    make_images: MakeImages, tmp_path: Path
) -> None:
    made, table = make_images(), tmp_path / "t.csv"
    rows = [line.split(",") for line in made.read_text().splitlines()[1:]]
    cells = [f"{made.parent / image},{label},{who}" for image, label, who, _ in rows]
    table.write_text("\n".join(["file,class,pid", *cells, "elsewhere.png,,p0"]))
    found = read_study(new_study(table, tmp_path / "s.yaml", columns={"patient": "pid"}))
    assert found.data.columns == {"image": "file", "label": "class", "patient": "pid"}
    assert found.data.where == {"label": "?*"}


def test_an_age_is_no_patient_and_what_is_taken_for_one_is_told(
    make_images: MakeImages, tmp_path: Path
) -> None:
    made, said = make_images(), list[str]()
    table = made.with_name("t.csv")
    table.write_text(made.read_text().replace("patient", "patient_age", 1))
    with pytest.raises(InputError, match="nothing says which patient"):
        new_study(table, tmp_path / "s.yaml")
    table.write_text(made.read_text().replace("patient", "pid", 1))
    text = new_study(table, tmp_path / "s.yaml", announce=said.append).read_text()
    assert "columns: patient 'pid', label 'label'; learned: a, b" in said
    before, _, after = text.partition("  columns: {patient: pid}\n")
    assert before.endswith("look whether each is what is meant\n")
    assert after


def test_clips_are_seen_by_some_of_their_frames(tmp_path: Path) -> None:
    random, rows = np.random.default_rng(0), []
    for who in range(10):
        frames = [Image.fromarray(random.integers(0, 255, (32, 32), np.uint8)) for _ in range(9)]
        frames[0].save(
            tmp_path / f"{who}.gif", save_all=True, append_images=frames[1:], duration=40
        )
        rows.append(f"{who}.gif,{'ab'[who % 2]},p{who}")
    (tmp_path / "t.csv").write_text("\n".join(["image,label,patient", *rows]))
    said: list[str] = []
    file = new_study(tmp_path / "t.csv", tmp_path / "s.yaml", announce=said.append)
    study = read_study(file)
    assert said[0] == "80 frames of 10 clips of 10 patients"
    assert study.data.frames is not None
    assert study.data.frames.number == 8
    assert "  # a: 40 frames of 5 clips of 5 patients\n" in file.read_text()


def test_a_table_is_not_written_over(make_images: MakeImages) -> None:
    table = make_images()
    before = table.read_text()
    with pytest.raises(InputError, match=r"let its name end in \.yaml"):
        new_study(table, table, overwrite=True)
    assert table.read_text() == before


def test_a_file_is_called_as_its_table_or_folder() -> None:
    assert default_file(Path("export/images.csv")) == Path("export.yaml")
    assert default_file(Path("export/frames.csv")) == Path("frames.yaml")
    assert default_file(Path("public:kermany")) == Path("kermany.yaml")
