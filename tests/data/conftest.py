"""Small manifests, and the real images where they are at hand."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Row = Mapping[str, str]
WriteTable = Callable[[Sequence[Row]], Path]
DEFAULT_SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture
def shared_data() -> Path:
    folder = Path(os.environ.get("PLEURA_SHARED", DEFAULT_SHARED)) / "data"
    if not folder.is_dir():
        pytest.skip(f"the real images are not at {folder}; set PLEURA_SHARED")
    return folder


@pytest.fixture
def write_table(tmp_path: Path) -> WriteTable:
    """Write a CSV, and for every `image` that is not there a 16 x 16 PNG of its own noise."""

    def write(rows: Sequence[Row]) -> Path:
        header = list(rows[0])
        lines = [",".join(header), *(",".join(row[name] for name in header) for row in rows)]
        for number, row in enumerate(rows):
            file = tmp_path / row.get("image", "")
            if row.get("image", "").endswith(".png") and "missing" not in file.name:
                file.parent.mkdir(parents=True, exist_ok=True)
                if not file.exists():
                    noise = np.random.default_rng(number).integers(0, 256, (16, 16), np.uint8)
                    Image.fromarray(noise).save(file)
        path = tmp_path / "images.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
