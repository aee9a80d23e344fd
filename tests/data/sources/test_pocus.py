import csv
from pathlib import Path

from tests.data.sources.ultrasound import pocus

from pleura.data.sources.pocus import rows


def made(folder: Path) -> Path:
    """The folder of a made-up copy that has the table."""
    pocus(folder)
    return next(folder.rglob("dataset_metadata.csv")).parent


def listed(folder: Path) -> dict[str, dict[str, object]]:
    """The rows that have a file, by its path from the folder."""
    return {
        Path(str(row["image"])).relative_to(folder).as_posix(): dict(row)
        for row in rows(folder, folder)
        if "video" in row
    }


def test_each_row_has_its_own_file(tmp_path: Path) -> None:
    folder = made(tmp_path)
    videos = {path: row["video"] for path, row in listed(folder).items()}
    uncertain = "pocus_videos/linear/label_uncertain"
    assert videos[f"{uncertain}/Cov_bolzano_Linee B .mpeg"] == "Cov_bolzano_Linee B (2)"
    assert videos["pocus_videos/linear/Cov_bolzano_linee B.mpeg"] == "Cov_bolzano_linee B"
    assert f"{uncertain}/Cov_bolzano_sliding .mpeg" in videos
    patients = {path: row["patient"] for path, row in listed(folder).items()}
    assert patients["pocus_videos/convex/Reg-nephropocus.mp4"] == "74"
    assert patients["pocus_videos/linear/Reg-nephropocus.mp4"] == "77"


def test_a_row_takes_no_file_of_another(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "pocus_videos/convex/Reg-nephropocus.mp4").unlink()
    patients = {path: row["patient"] for path, row in listed(folder).items()}
    assert patients["pocus_videos/linear/Reg-nephropocus.mp4"] == "77"
    assert "74" not in patients.values()
    unclear = [row for row in rows(folder, folder) if "left_out" in row]
    assert [Path(str(row["image"])).name for row in unclear] == ["Reg-nephropocus"]


def test_what_the_authors_call_uncertain_is_so_wherever_it_is_said(tmp_path: Path) -> None:
    folder = made(tmp_path)
    uncertain = {path for path, row in listed(folder).items() if row["label_uncertain"] == 1}
    assert {Path(path).name for path in uncertain} == {
        *("Cov_bolzano_Linee B .mpeg", "Cov_bolzano_linee B.mpeg", "Cov_bolzano_sliding .mpeg"),
        "Vir_or_Pneu_file4.mp4",
    }
    table = folder / "dataset_metadata.csv"
    table.write_text(table.read_text().replace("/label_uncertain", ""))
    again = {path for path, row in listed(folder).items() if row["label_uncertain"] == 1}
    assert again == uncertain - {"pocus_videos/linear/Cov_bolzano_linee B.mpeg"}


def test_flags_that_nobody_has_filled_in_are_not_known(tmp_path: Path) -> None:
    folder = made(tmp_path)
    by_path = listed(folder)
    flags = (
        *("a_lines", "b_lines", "pleural_irregular", "consolidation", "effusion"),
        "air_bronchogram",
    )
    seen = {path: "".join(str(row[flag]) or "-" for flag in flags) for path, row in by_path.items()}
    assert seen["pocus_videos/convex/Reg-nephropocus.mp4"] == "000000"  # healthy
    assert seen["pocus_videos/linear/Reg-nephropocus.mp4"] == "------"
    assert seen["pocus_videos/linear/Cov_bolzano_linee B.mpeg"] == "------"
    assert seen["pocus_images/linear/Reg_a.jpg"] == "000-10"


def test_those_of_whom_no_patient_is_known_are_one_of_their_source(tmp_path: Path) -> None:
    folder = made(tmp_path)
    with (folder / "dataset_metadata.csv").open(newline="") as file:
        unknown = {
            row["Filename"].strip()
            for row in csv.DictReader(file)
            if row["Source ID"] == "41" and not row["Patient ID / Name"]
        }
    patients = [row["patient"] for row in listed(folder).values()]
    assert patients.count("source 41") == len(unknown) == 3
