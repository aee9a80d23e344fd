"""Images to learn from without labels: whole patients, no test images, every manifest's share."""

from pathlib import Path

import numpy as np
import pytest

from pleura.data.bank import build_bank
from pleura.data.manifest import read_manifest
from pleura.errors import InputError
from pleura.study.pool import Pool
from tests.conftest import MakeImages


def pool(make_images: MakeImages, folder: Path, *patients: int, validation: float = 0.25) -> Pool:
    manifests = [
        read_manifest(make_images(patients=n, seed=i), labelled=False)
        for i, n in enumerate(patients)
    ]
    banks = [build_bank(m.table["image"].tolist(), folder, size=16) for m in manifests]
    return Pool(tuple(manifests), tuple(banks), validation)


def test_rows_follow_each_other_and_patients_stay_whole(
    make_images: MakeImages, tmp_path: Path
) -> None:
    two = pool(make_images, tmp_path, 12, 8)
    train, watched = two.parts(0, 0)
    assert sorted([*train, *watched]) == list(range(40))
    assert not set(two.groups[train]) & set(two.groups[watched])
    # Each manifest and label gives its share, though both have patients called p0.
    assert np.sum(watched < 24) == 2 * 4
    assert np.sum(watched >= 24) == 2 * 2
    assert len(set(two.groups)) == 20


def test_a_seed_draws_anew(make_images: MakeImages, tmp_path: Path) -> None:
    one = pool(make_images, tmp_path, 12)
    again, other = one.parts(0, 0)[1], one.parts(1, 0)[1]
    assert one.parts(0, 0)[1].tolist() == again.tolist() != other.tolist()


def test_it_is_watched_by_the_first_labels_there_are(
    make_images: MakeImages, tmp_path: Path
) -> None:
    manifest = read_manifest(make_images(patients=6), labelled=False)
    blank = read_manifest(make_images(patients=6, seed=1), labelled=False)
    blank = read_manifest(blank.origin, labelled=False, where={"label": "a"})
    banks = [build_bank(m.table["image"].tolist(), tmp_path, size=16) for m in (blank, manifest)]
    labels = Pool((blank, manifest), tuple(banks), 0.25).labels
    assert set(labels[: len(blank)]) == {-1}
    assert labels[len(blank) :].tolist() == manifest.labels.tolist()


def test_too_few_patients_are_refused(make_images: MakeImages, tmp_path: Path) -> None:
    few = pool(make_images, tmp_path, 2, validation=0.1)
    with pytest.raises(InputError, match="2 patients"):
        few.parts(0, 0)
