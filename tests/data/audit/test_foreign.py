from pathlib import Path

import numpy as np

from pleura.data.audit.foreign import find_foreign
from tests.data.audit.made_up import chest, collection_of


def test_strangers_are_found_though_they_are_alike(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(120)]
    y, x = np.mgrid[:64, :64]
    for number, row in enumerate((4, 44, 84)):
        squares[row] = (128 + 100 * np.sin((x + y * (1 + number / 9)) / 4)).astype(np.uint8)
    findings = find_foreign(collection_of(tmp_path, squares))
    assert {finding.rows for finding in findings[:3]} == {(4,), (44,), (84,)}
    assert len(findings) <= 5
    assert find_foreign(collection_of(tmp_path, squares[:90])) == ()


def test_another_picture_of_the_same_patient_is_no_company(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(120)]
    y, x = np.mgrid[:64, :64]
    strange = (128 + 100 * np.sin((x + y) / 4)).astype(np.uint8)
    squares[:30] = [strange] * 30
    patients = ["one"] * 30 + [f"p{row}" for row in range(30, 120)]
    found = find_foreign(collection_of(tmp_path, squares, patients=patients))
    assert {finding.rows for finding in found[:30]} == {(row,) for row in range(30)}
    every = find_foreign(collection_of(tmp_path, squares))  # of 30 patients they are a kind
    assert not {finding.rows for finding in every} & {(row,) for row in range(30)}
