from pathlib import Path

import numpy as np
from PIL import Image

from pleura.data.audit.align import align, likeness
from pleura.data.audit.duplicates import find_duplicates
from pleura.data.audit.recut import find_recut
from tests.data.audit.made_up import SIDE, Square, chest, collection_of


def cut(square: Square, left: float, top: float, right: float, bottom: float) -> Square:
    """The square without so many pixels at its edges, enlarged to its size again."""
    box = (left, top, SIDE - right, SIDE - bottom)
    image = Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.BICUBIC, box)
    return np.asarray(image)


def test_a_cut_image_is_laid_onto_the_whole_one_and_nobody_elses() -> None:
    whole = np.stack([chest(seed) for seed in range(12)]).astype(np.float32)
    parts = np.stack([cut(chest(seed), 4, 0, 1, 5) for seed in range(12)]).astype(np.float32)
    assert likeness(whole, parts).min() > 0.97
    assert likeness(whole, np.roll(parts, 1, axis=0)).max() < 0.9
    moved, covered = align(whole, parts)
    assert covered.mean() > 0.98
    assert np.abs(moved - parts)[covered].mean() < 5


def test_a_shift_is_found_exactly() -> None:
    wide = np.stack([chest(seed, 72) for seed in range(3)]).astype(np.float32)
    one, other = wide[:, :64, 4:68], wide[:, 4:68, :64]
    moved, covered = align(np.ascontiguousarray(one), np.ascontiguousarray(other))
    assert np.abs(moved - other)[:, 8:-8, 8:-8].mean() < 2
    assert 0.8 < covered.mean() < 0.95


def test_each_kind_is_found_once(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(40)]
    darker = (squares[5] * 0.8).astype(np.uint8)
    cut_mirrored = cut(squares[9][:, ::-1], 3, 2, 5, 0)
    patients = [f"p{row}" for row in range(40)] + ["p3", "other", "third", "fourth"]
    collection = collection_of(
        tmp_path, [*squares, squares[3], squares[4], darker, cut_mirrored], patients=patients
    )
    findings = find_duplicates(collection)
    assert [(finding.kind, finding.rows, finding.leak) for finding in findings] == [
        ("exact duplicate", (4, 41), True),
        ("exact duplicate", (3, 40), False),
        ("near duplicate", (5, 42), True),
        ("cut differently", (9, 43), False),
    ]
    assert [finding.merge for finding in findings] == [True, False, True, False]
    assert findings[0].text == (
        "row 6 (4.png) of patient p4 and row 43 (41.png) of patient other are the same pixels"
    )
    assert "the same image, cut differently, mirrored left to right (" in findings[3].text


def test_an_image_of_the_same_patient_hides_no_copy_of_another_one(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(30)]
    copy = cut(squares[4], 2, 3, 1, 4)
    # Another exposure of each of the two, more like it than they are like each other.
    siblings = [
        (square * 0.95 + chest(99) * 0.05).astype(np.uint8) for square in (squares[4], copy)
    ]
    patients = np.array([*map(str, range(30)), "other", "4", "other"])
    collection = collection_of(tmp_path, [*squares, copy, *siblings])
    alone = {(pair.one, pair.other) for pair in find_recut(collection, np.arange(33))}
    assert alone == {(4, 31), (30, 32)}
    both = {(pair.one, pair.other) for pair in find_recut(collection, np.arange(33), patients)}
    assert both >= {*alone, (4, 30)}


def test_sets_parts_and_labels_are_named(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(10)]
    collection = collection_of(
        tmp_path,
        [*squares, squares[2], squares[2]],
        labels=[*"ababababab", "a", "b"],
        patients=[*"0123456789", "2", "2"],
        parts=[*["train"] * 10, "test", ""],
    )
    (finding,) = find_duplicates(collection)
    assert finding.rows == (2, 10, 11)
    assert finding.leak
    assert finding.text.endswith(
        "are the same pixels, under two labels, in the parts test, train; 3 images hang together so"
    )


def test_a_study_merges_no_copies_under_two_labels_or_in_two_parts(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(12)]
    darker = (squares[2] * 0.8).astype(np.uint8)
    copies = [squares[0], squares[1], darker, squares[3]]
    collection = collection_of(
        tmp_path,
        [*squares, *copies],
        labels=[*"aaaaaaaaaaab", "b", "b", "b", "a"],
        patients=[*map(str, range(12)), "0", "x", "y", "z"],
        parts=[*["train"] * 15, "test"],
    )
    found = {finding.rows: (finding.leak, finding.merge) for finding in find_duplicates(collection)}
    assert found == {
        (0, 12): (True, False),  # of one patient, whose image has two labels
        (1, 13): (True, False),
        (2, 14): (True, False),  # as good as equal, of two patients
        (3, 15): (True, False),  # in two parts
    }


def test_another_exposure_of_the_same_patient_may_have_another_label(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(12)]
    darker = (squares[2] * 0.8).astype(np.uint8)
    collection = collection_of(
        tmp_path, [*squares, darker], labels=[*"a" * 12, "b"], patients=[*map(str, range(12)), "2"]
    )
    [found] = find_duplicates(collection)
    assert (found.rows, found.leak) == ((2, 12), False)


def test_frames_of_a_clip_are_no_duplicates(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(10)]
    again = cut(squares[1], 2, 2, 2, 2)
    videos = ["", "clip", "clip", *[""] * 7, "clip", "clip"]
    collection = collection_of(tmp_path, [*squares, squares[1], again], videos=videos)
    assert find_duplicates(collection) == ()
    assert find_recut(collection, np.arange(12)) != []


def test_copies_of_real_x_rays_that_are_cut_differently(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "lung_masks" / "montgomery_shenzhen" / "images"
    files = sorted(folder.iterdir())[::6]
    squares = []
    for file in files:
        with Image.open(file) as image:
            squares.append(np.asarray(image.convert("L").resize((SIDE, SIDE))))
    copied = range(0, len(files), 4)
    rng = np.random.default_rng(0)
    copies = [cut(squares[row], *rng.uniform(0, 0.08 * SIDE, 4)) for row in copied]
    twins = find_recut(
        collection_of(tmp_path, [*squares, *copies]), np.arange(len(squares) + len(copies))
    )
    expected = {(row, len(squares) + number) for number, row in enumerate(copied)}
    pairs = {(pair.one, pair.other) for pair in twins}
    assert len(pairs & expected) >= 0.9 * len(expected)
    assert pairs <= expected
