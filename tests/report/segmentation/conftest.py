"""A finished study of segmentations, made once."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from pleura.report.segmentation.folder import CasesFolder, read_cases_folder
from pleura.report.segmentation.judged import Judged, judge
from tests.report.segmentation.made_up import RECIPES, write_study

SMALL = {name: RECIPES[name] for name in ("X-Unet", "X-Unet, plain", "X-Unet, sparse")}


@pytest.fixture
def make_cases(tmp_path: Path) -> Callable[..., Path]:
    """`write_study` into a folder of the test's own, small."""
    return functools.partial(
        write_study,
        tmp_path / "ribs",
        recipes=SMALL,
        fractions=(1.0,),
        seeds=(0, 1),
        patients=8,
        overlays=False,
    )


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> CasesFolder:
    """Three recipes on three structures at two fractions with two seeds; only to be read."""
    folder = tmp_path_factory.mktemp("cases") / "ribs"
    write_study(folder, SMALL, fractions=(0.25, 1.0), seeds=(0, 1), patients=24)
    return read_cases_folder(folder)


@pytest.fixture(scope="session")
def judged(cases: CasesFolder) -> Judged:
    """What `cases` shows."""
    return judge(cases)
