"""Tables of the public images that lie beside a clone, by the names of their sources.

PLEURA_SHARED=../shared python -m benchmarks.shared_data FOLDER

writes FOLDER/NAME/images.csv with links to the images, so that `PLEURA_DATA=FOLDER` lets studies
find them as `pleura data get NAME` would put them. The copies are smaller than what the sources
publish, and laid out in another way: their own tables say who is who.
"""

import csv
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pleura.data.sources.images_table import write_images
from pleura.data.sources.listed import SOURCES
from pleura.data.sources.source import Row

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
XRAYS = {"file": "image", "patient_id": "patient"}
MASKS = {"patient_id": "patient", "source": "origin", "subset": "source"}
FRAMES = {**XRAYS, "video_id": "video"}


def link(folder: Path, to: Path) -> None:
    """A link in `folder` with the name of what it leads to."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / to.name).exists():
        (folder / to.name).symlink_to(to.resolve())


def rows_of(
    table: Path, folder: Path, names: Mapping[str, str], wanted: Callable[[Row], bool]
) -> Iterable[Row]:
    """The rows of a table with its columns renamed, and with paths from `folder`."""
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            renamed: dict[str, object] = {names.get(name, name): row[name] for name in row}
            for path in ("image", "mask"):
                if renamed.get(path):
                    renamed[path] = folder / str(renamed[path])
            if wanted(renamed):
                yield renamed


def write_shared(folder: Path, data: Path) -> None:
    """Write the tables of all sources of which there are images in `data`."""
    chest = data / "chest_xray"
    of_xrays = {
        "kermany": lambda row: str(row["source"]).startswith("Kermany"),
        "covid-chestxray": lambda row: str(row["source"]).startswith("ieee8023"),
        "kermany-covid": lambda row: True,
    }
    for name, wanted in of_xrays.items():
        for part in ("kermany", "ieee8023"):
            link(folder / name, chest / part)
        rows = rows_of(chest / "images.csv", folder / name, XRAYS, wanted)
        write_images(rows, folder / name)
    for name, place, table, names in (
        ("lung-masks", "lung_masks/montgomery_shenzhen", "lung_masks/pairs.csv", MASKS),
        ("pocus", "lung_ultrasound/frames", "lung_ultrasound/frames.csv", FRAMES),
    ):
        link(folder / name, data / place)
        rows = rows_of(data / table, folder / name, names, lambda row: True)
        write_images(rows, folder / name)
    mnist = folder / "pneumoniamnist"
    link(mnist, data / "pneumoniamnist_28.npz")
    rows_of_mnist = SOURCES["pneumoniamnist"].rows
    assert rows_of_mnist is not None
    write_images(rows_of_mnist(mnist, mnist), mnist)


if __name__ == "__main__":
    write_shared(Path(sys.argv[1]), SHARED / "data")
    print(f"PLEURA_DATA={Path(sys.argv[1]).absolute()}")
