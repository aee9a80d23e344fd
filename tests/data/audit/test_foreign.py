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


def test_features_are_believed_where_they_are_given(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(120)]
    rng = np.random.default_rng(0)
    features = rng.normal(size=(120, 8)).astype(np.float32) * 0.1 + np.eye(8, dtype=np.float32)[0]
    features[17] = np.eye(8, dtype=np.float32)[1]
    (finding,) = find_foreign(collection_of(tmp_path, squares, features=features))
    assert finding.rows == (17,)
