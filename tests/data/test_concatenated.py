"""Banks one after the other."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import Bank, build_bank, open_bank
from pleura.data.concatenated import Concatenated
from pleura.errors import PleuraError


def bank_of(folder: Path, grays: list[int]) -> Bank:
    folder.mkdir()
    for gray in grays:
        Image.new("L", (8, 8), gray).save(folder / f"{gray}.png")
    images = [str(folder / f"{gray}.png") for gray in grays]
    return build_bank(images, folder / "banks", size=8, workers=1)


def test_rows_go_on_from_bank_to_bank(tmp_path: Path) -> None:
    joined = Concatenated((bank_of(tmp_path / "a", [1, 2, 3]), bank_of(tmp_path / "b", [10, 11])))
    assert len(joined) == 5
    rows = np.array([4, 0, 3, 2, 4])
    assert joined.read(rows)[:, 0, 0].tolist() == [11, 1, 10, 3, 11]
    assert [Path(name).stem for name in joined.names(rows)] == ["11", "1", "10", "3", "11"]
    assert joined.read(rows[:0]).shape == (0, 8, 8)


def test_a_bank_is_opened_by_its_folder(tmp_path: Path) -> None:
    bank = bank_of(tmp_path / "a", [1, 2, 3])
    names = bank.info["image"].tolist()
    opened = open_bank(bank.folder, names)
    assert opened.info.equals(bank.info)
    assert (opened.key, opened.size, opened.fit) == (bank.key, bank.size, bank.fit)
    with pytest.raises(PleuraError, match="gone or damaged"):
        open_bank(bank.folder, names[:2])
    with pytest.raises(PleuraError, match="gone or damaged"):
        open_bank(tmp_path, names)
