"""Chests that are exposed once give the images that they would have given."""

from pathlib import Path

from pleura.simulate.xray.folder import Confounder, write_chest_xrays
from tests.study.exposed import each_chest_exposed_once

MARKS = {"plain": [], "marked": [Confounder("border", default=1.0)]}


def write(folder: Path, marks: list[Confounder], seed: int) -> dict[str, bytes]:
    """The files of a small set by their names."""
    write_chest_xrays(
        folder, patients=2, size=32, seed=seed, confounders=marks, images_per_patient=(1, 1)
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}


def test_images_are_those_of_chests_exposed_each_time(tmp_path: Path) -> None:
    sets = [(name, seed) for seed in (0, 1) for name in MARKS]
    expected = {
        (name, seed): write(tmp_path / f"{name}{seed}", MARKS[name], seed) for name, seed in sets
    }
    with each_chest_exposed_once():
        for name, seed in sets:
            once = write(tmp_path / f"once {name}{seed}", MARKS[name], seed)
            assert once == expected[name, seed]
    assert expected["plain", 0] != expected["marked", 0]
    assert expected["plain", 0] != expected["plain", 1]
