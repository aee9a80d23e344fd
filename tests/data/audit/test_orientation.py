from collections.abc import Callable
from pathlib import Path

import numpy as np

from pleura.data.audit.orientation import find_misplaced
from tests.data.audit.made_up import Square, chest, collection_of

CHANGED: dict[int, tuple[str, Callable[[Square], Square]]] = {
    3: ("inverted", lambda square: 255 - square),
    13: ("upside down", lambda square: square[::-1]),
    23: ("turned by half", lambda square: square[::-1, ::-1]),
    33: ("turned left", lambda square: square.T[::-1]),
    43: ("turned right", lambda square: square[::-1].T),
    53: ("mirrored", lambda square: square[:, ::-1]),
}


def test_changed_images_are_found_and_named(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(200)]
    for row, (_, change) in CHANGED.items():
        squares[row] = change(squares[row])
    findings = find_misplaced(collection_of(tmp_path, squares))
    assert {finding.rows[0]: finding.kind for finding in findings} == {
        row: kind for row, (kind, _) in CHANGED.items()
    }
    assert not any(finding.leak for finding in findings)
    scores = [finding.score for finding in findings]
    assert scores == sorted(scores, reverse=True)
    (negative,) = [finding for finding in findings if finding.kind == "inverted"]
    assert negative.text == "row 5 (3.png) looks like a photographic negative, unlike the rest"


def test_what_cannot_be_told_in_a_collection_is_not_looked_for(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 64), np.uint8)
    assert find_misplaced(collection_of(tmp_path, list(noise))) == ()


def test_a_few_patients_are_not_enough(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(40)]
    patients = [f"p{row % 4}" for row in range(40)]
    assert find_misplaced(collection_of(tmp_path, squares, patients=patients)) == ()
