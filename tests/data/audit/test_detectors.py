from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleura.data.audit.detectors import DETECTORS, find_faults
from tests.data.audit.made_up import chest, collection_of


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("side", [8, 64, 300])
def test_a_few_images_of_any_size_are_searched(tmp_path: Path, count: int, side: int) -> None:
    squares = [chest(seed, side) for seed in range(count)]
    findings = find_faults(collection_of(tmp_path, squares, labels=["a", *"b" * (count - 1)]))
    assert {finding.kind for finding in findings} <= {"burned-in marks"}


def test_images_that_cannot_be_read_are_in_no_finding(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(8)]
    collection = collection_of(tmp_path, [*squares, *[np.zeros_like(squares[0])] * 2])
    info = collection.bank.info.assign(error=[""] * 8 + ["no such file"] * 2)
    for errors in (info, info.assign(error="no such file")):
        broken = replace(collection, bank=replace(collection.bank, info=errors))
        rows = {row for finding in find_faults(broken) for row in finding.rows}
        assert rows <= set(range(8))


def test_names_are_single_and_sentences_end() -> None:
    assert len({detector.name for detector in DETECTORS}) == len(DETECTORS)
    assert all(detector.what.endswith(".") for detector in DETECTORS)
