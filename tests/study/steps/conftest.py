"""What steps work on, with small images and a split, and without a study."""

from pathlib import Path

import pytest

from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.study.context import Context
from tests.conftest import MakeImages
from tests.study.trained import RUN


@pytest.fixture(scope="module")
def images(make_images: MakeImages) -> Path:
    """24 patients of two images, 8 of them test."""
    return make_images(patients=24)


@pytest.fixture
def context(images: Path, tmp_path: Path) -> Context:
    """A context of the test's own with the images at 32 pixels, split for `RUN`."""
    manifest = read_manifest(images)
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    rule = Rule(
        test="split", validation=0.25, seeds=[int(RUN["seed"])], fractions=[RUN["fraction"]]
    )
    split = make_split(manifest, rule)
    return Context(tmp_path, manifest, bank, split, 1, "cpu")
