from pathlib import Path

import numpy as np

from pleura.data.audit.borders import content_of, find_empty, without_borders
from tests.data.audit.made_up import chest, collection_of


def test_content_lies_within_flat_rows_and_columns() -> None:
    image = np.full((1, 64, 64), 5, np.uint8)
    image[0, 10:30, 20:60] = chest(0)[:20, :40] // 2 + 60
    assert content_of(image).tolist() == [[20, 10, 60, 30]]
    assert content_of(np.full((1, 4, 6), 9, np.uint8)).tolist() == [[0, 0, 6, 4]]
    stretched = without_borders(image)
    assert stretched.shape == image.shape
    assert stretched.min() > 5


def test_blank_faint_and_bordered_images_are_named(tmp_path: Path) -> None:
    squares = [chest(seed) for seed in range(20)]
    squares[3] = np.full_like(squares[3], 40)
    squares[5] = (100 + squares[5].astype(int) // 25).astype(np.uint8)
    small = np.zeros_like(squares[7])
    small[20:50, 20:50] = squares[7][::2, ::2][:30, :30]
    squares[7] = small
    findings = find_empty(collection_of(tmp_path, squares))
    assert [(finding.kind, finding.rows) for finding in findings] == [
        ("blank", (3,)),
        ("mostly border", (7,)),
        ("nearly blank", (5,)),
    ]
    assert findings[1].text == "row 9 (7.png) is mostly border: 22% of it shows anything"
