"""What is recorded beside images, as numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks.dicom_files import write
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.evaluate.clue_strength import EMPTY, QUALITY, WINDOW
from pleura.tasks.recorded_clues import MOST, of_cells, of_windows, one_hot, recorded_clues


def test_numbers_ages_and_dates_are_numbers_and_an_empty_cell_is_below_all() -> None:
    np.testing.assert_array_equal(of_cells(pd.Series(["61", "", "7"]))[:, 0], [61, -1, 7])
    np.testing.assert_array_equal(of_cells(pd.Series(["061Y", "007Y"]))[:, 0], [61, 7])
    dates = of_cells(pd.Series(["1970-01-03", "unknown", "1970-02-01"]))
    np.testing.assert_array_equal(dates[:, 0], [2, -1, 31])


@pytest.mark.parametrize("cell", ["9999-12-31", "0001-01-01", "3000", "0000", "-1"])
def test_a_date_may_lie_ages_away(cell: str) -> None:
    days = of_cells(pd.Series([cell, "1970-01-03", "1970-02-01"]))
    assert days.shape == (3, 1) and days[1:, 0].tolist() == [2, 31] and abs(days[0, 0]) > 300_000
    words = of_cells(pd.Series([cell, "DRX-1", "CR 85", "CR 85"]))
    assert words.shape[1] > 1 and len(np.unique(words, axis=0)) == 3


def test_times_may_name_their_zones() -> None:
    cells = ["1970-01-02T01:00:00+01:00", "1970-01-02T00:00:00", "1970-01-02T12:00:00Z"]
    assert of_cells(pd.Series(cells))[:, 0].tolist() == [1, 1, 1.5]


def test_a_number_beyond_all_measure_is_not_known() -> None:
    cells = ["inf", "1e300", "-1e39", *map(str, range(27))]
    assert of_cells(pd.Series(cells))[:, 0].tolist() == [-1, -1, -1, *range(27)]


def test_words_are_columns_whatever_their_spelling() -> None:
    cells = of_cells(pd.Series(["AP", "ap", "PA", ""]))
    assert (cells[0] == cells[1]).all()
    assert len(np.unique(cells, axis=0)) == 3


def test_rare_words_count_as_one() -> None:
    words = np.array([f"w{i}" for i in range(MOST + 3)] + [f"w{i}" for i in range(MOST)])
    assert one_hot(words.astype(object)).shape == (2 * MOST + 3, MOST + 1)
    assert one_hot(words.astype(object))[:, -1].sum() == 3


def test_windows_are_their_centre_and_width_and_kinds_are_apart() -> None:
    shown_by = ["window 40/400 LINEAR", "window -1.5/2 LINEAR", "VOI LUT (first of 2)", ""]
    numbers = of_windows(pd.Series(shown_by))
    assert numbers[:, :2].tolist() == [[40, 400], [-1.5, 2], [-1, -1], [-1, -1]]
    assert len(np.unique(numbers[:, 2:], axis=0)) == 3


def test_what_headers_record_and_how_files_show_their_images_are_clues(tmp_path: Path) -> None:
    rows = []
    for number in range(4):
        pixels = np.full((8, 8), 100 * number, np.uint16)
        window = {"WindowCenter": 400, "WindowWidth": 500 + number % 2}
        write(tmp_path / f"{number}.dcm", pixels, **window)
        kind, size, side = [("CR", "0.2", "L"), ("DX", "0.14", "R")][number % 2]
        rows.append((f"{number}.dcm", "ab"[number % 2], f"p{number}", kind, size, side))
    columns = ["image", "label", "patient", "modality", "row_mm", "laterality"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "images.csv", index=False)
    manifest = read_manifest(tmp_path / "images.csv")
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=8)
    clues = recorded_clues(manifest, bank)
    assert set(clues) == {"modality", "row_mm", "laterality", WINDOW}
    assert clues[WINDOW].tolist() == [[500], [501], [500], [501]]


@pytest.fixture
def clues(tmp_path: Path) -> dict[str, np.ndarray]:
    rows = []
    for number in range(6):
        name = f"{number}.jpg"
        quality = 90 if number < 3 else 60
        Image.fromarray(np.full((20, 20), 10 * number, np.uint8)).save(
            tmp_path / name, quality=quality
        )
        rows.append((name, "ab"[number % 2], f"p{number}", "AP", ["", "M", "F"][number % 3], "GE"))
    columns = ["image", "label", "patient", "view", "Gender", "remark"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "images.csv", index=False)
    manifest = read_manifest(tmp_path / "images.csv")
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    return recorded_clues(manifest, bank)


def test_only_what_differs_is_a_clue(clues: dict[str, np.ndarray]) -> None:
    # The view, the format and the bits are the same everywhere; a remark is nobody's record.
    assert set(clues) == {"Gender", EMPTY, QUALITY}
    assert clues[EMPTY].any(axis=1).tolist() == [True, False, False, True, False, False]
    np.testing.assert_allclose(clues[QUALITY][:, 0], [90] * 3 + [60] * 3, atol=1)


@pytest.mark.parametrize("column", ["frames", "NumberOfFrames", "seconds", "fps", "frame_rate"])
def test_how_long_and_how_fast_a_clip_is_may_tell_its_class(tmp_path: Path, column: str) -> None:
    rows = []
    for number in range(4):
        Image.fromarray(np.full((8, 8), 50 * number, np.uint8)).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", "ab"[number % 2], f"p{number}", str(30 + number % 2)))
    table = pd.DataFrame(rows, columns=["image", "label", "patient", column])
    table.to_csv(tmp_path / "images.csv", index=False)
    manifest = read_manifest(tmp_path / "images.csv")
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=8)
    assert recorded_clues(manifest, bank)[column][:, 0].tolist() == [30, 31, 30, 31]
